import CArrow
import CHeadrace

/// Memory for a set of C structures that lives and dies together: a list with its elements and their texts. Filled by
/// one thread, then only released, by any.
final class Arena: @unchecked Sendable {
  private var blocks: [UnsafeMutableRawPointer] = []
  private var free: UnsafeMutableRawPointer?
  private var left = 0
  /// What the structures refer to besides the arena's own memory.
  var keptAlive: [AnyObject] = []

  deinit { for block in blocks { block.deallocate() } }

  /// Uninitialised memory for `count` values of a trivial type.
  func allocate<T>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
    raw(max(count, 1) * MemoryLayout<T>.stride).bindMemory(to: type, capacity: max(count, 1))
  }

  /// One initialised value.
  func place<T>(_ value: T) -> UnsafeMutablePointer<T> {
    let pointer = allocate(T.self, 1)
    pointer.initialize(to: value)
    return pointer
  }

  /// An array of values, nil if there are none.
  func array<T>(_ values: [T]) -> UnsafeMutablePointer<T>? {
    guard !values.isEmpty else { return nil }
    let pointer = allocate(T.self, values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.initialize(from: base, count: values.count) }
    }
    return pointer
  }

  func string(_ text: String) -> headrace_string {
    var copy = text
    return copy.withUTF8 { utf8 in
      guard let base = utf8.baseAddress, utf8.count > 0 else { return headrace_string(data: nil, length: 0) }
      let target = raw(utf8.count)
      target.copyMemory(from: base, byteCount: utf8.count)
      return headrace_string(data: target.assumingMemoryBound(to: CChar.self), length: UInt64(utf8.count))
    }
  }

  func bytes(_ bytes: [UInt8]) -> headrace_bytes {
    headrace_bytes(data: UnsafePointer(array(bytes)), length: UInt64(bytes.count))
  }

  /// Text that ends in a zero, as Arrow wants it.
  func cString(_ text: String) -> UnsafePointer<CChar> {
    let bytes = Array(text.utf8CString)
    let target = allocate(CChar.self, bytes.count)
    for (index, byte) in bytes.enumerated() { (target + index).initialize(to: byte) }
    return UnsafePointer(target)
  }

  private func raw(_ bytes: Int) -> UnsafeMutableRawPointer {
    let rounded = (bytes + 15) & ~15
    if rounded > left || free == nil { grow(toHold: rounded) }
    guard let start = free else { preconditionFailure("the arena has just grown") }
    free = start + rounded
    left -= rounded
    return start
  }

  private func grow(toHold bytes: Int) {
    let size = max(bytes, blocks.isEmpty ? 512 : 16384)
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    blocks.append(block)
    free = block
    left = size
  }
}
