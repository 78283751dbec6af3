import CHeadrace
import Glibc
import Synchronization

/// Memory out of a segment that another process sees. Any thread.
final class SegmentAllocator: Sendable {
  // It never changes; whose the memory is at each place is under the lock.
  nonisolated(unsafe) private let start: UnsafeMutableRawPointer?
  private let count: Int
  private let blocks: Mutex<BlockMap>

  /// - Parameter segment: stays mapped as long as this is used.
  init(_ segment: UnsafeMutableRawBufferPointer) {
    start = segment.baseAddress
    count = segment.count
    blocks = Mutex(BlockMap(bytes: segment.count))
  }

  /// A block aligned to 256 bytes, as it was left; nil if there is no room.
  func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard let offset = blocks.withLock({ $0.take(bytes) }) else { return nil }
    return start.map { $0 + offset }
  }

  /// - Returns: false if this is no block of ours, or was freed already.
  func free(_ memory: UnsafeRawPointer) -> Bool {
    guard let offset = offset(of: memory, count: 1) else { return false }
    return blocks.withLock { $0.giveBack(offset) }
  }

  /// Where bytes lie in the segment; nil if they do not all lie in it.
  func offset(of memory: UnsafeRawPointer, count bytes: Int) -> Int? {
    guard let start, memory >= UnsafeRawPointer(start) else { return nil }
    let offset = memory - UnsafeRawPointer(start)
    return offset < count && bytes <= count - offset ? offset : nil
  }

  /// Bytes that are in use.
  var takenBytes: Int { blocks.withLock { $0.takenBytes } }
}

/// The memory that a worker's plugin is given: of the segment that its host sees, and private memory once there is no room.
///
/// There is one for the process: a block outlives its instance and may be freed without a host.
enum WorkerMemory {
  private static let segment = Mutex<SegmentAllocator?>(nil)

  /// Before any code of the plugin runs.
  static func use(_ allocator: SegmentAllocator) { segment.withLock { $0 = allocator } }

  static let table = HostConstant(
    headrace_host_allocator(
      struct_size: UInt32(MemoryLayout<headrace_host_allocator>.size), reserved: 0,
      allocate: { _, bytes in
        let shared = Int(exactly: bytes).flatMap { bytes in WorkerMemory.segment.withLock { $0 }?.allocate(bytes) }
        return shared ?? PrivateMemory.allocate(bytes)
      }, free: { _, memory in memory.map(WorkerMemory.free) }))

  private static func free(_ memory: UnsafeMutableRawPointer) {
    guard let segment = segment.withLock({ $0 }), segment.offset(of: memory, count: 1) != nil else {
      return PrivateMemory.free(memory)
    }
    guard !segment.free(memory) else { return }
    // As the system does it: going on would damage what is another's.
    let told = Array("headrace: the plugin freed what is no block of the host's allocator\n".utf8)
    _ = write(STDERR_FILENO, told, told.count)
    abort()
  }
}

/// Memory of this process only.
enum PrivateMemory {
  /// Aligned to 64; nil where Swift's own allocation would end the process.
  static func allocate(_ bytes: UInt64) -> UnsafeMutableRawPointer? {
    var memory: UnsafeMutableRawPointer?
    guard bytes <= 1 << 40, posix_memalign(&memory, 64, max(64, Int(bytes))) == 0 else { return nil }
    return memory
  }

  static func free(_ memory: UnsafeMutableRawPointer?) { Glibc.free(memory) }
}
