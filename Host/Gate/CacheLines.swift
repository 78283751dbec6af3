public import Synchronization

/// Atomic words that share no cache line with anything else.
///
/// 128 bytes: two lines, because the adjacent line is fetched along with the one that is asked for.
@usableFromInline
final class CacheLines: @unchecked Sendable {
  // Unchecked: the memory is atomics only, allocated in `init`, freed in `deinit` and never moved.
  @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let base: UnsafeMutableRawPointer
  private let count: Int

  /// `count` words that begin as zero.
  init(words count: Int) {
    let size = (count * MemoryLayout<Atomic<UInt64>>.stride + 127) / 128 * 128
    base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 128)
    words = base.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    self.count = count
    for index in 0..<count { (words + index).initialize(to: Atomic(0)) }
  }

  deinit {
    words.deinitialize(count: count)
    base.deallocate()
  }
}
