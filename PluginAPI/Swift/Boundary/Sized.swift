import CHeadrace

/// The rule of `struct_size`: of a structure from the other side, no byte beyond the smaller of its size and ours is
/// looked at or written.
enum Sized {
  /// A copy of the other side's structure; what it did not have is zero, and so NULL.
  static func read<T>(_ pointer: UnsafePointer<T>, empty: T) -> T {
    var copy = empty
    let size = min(size(of: UnsafeRawPointer(pointer)), MemoryLayout<T>.size)
    withUnsafeMutableBytes(of: &copy) { $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: size)) }
    return copy
  }

  /// Fills the other side's structure as far as both go, and says how far.
  static func write<T>(_ value: T, to pointer: UnsafeMutablePointer<T>) {
    let size = min(size(of: UnsafeRawPointer(pointer)), MemoryLayout<T>.size)
    withUnsafeBytes(of: value) {
      UnsafeMutableRawPointer(pointer).copyMemory(from: $0.baseAddress ?? .init(pointer), byteCount: size)
    }
    UnsafeMutableRawPointer(pointer).storeBytes(of: UInt32(size), as: UInt32.self)
  }

  /// Whether the other side's structure reaches to the end of `field`.
  static func has<T, V>(_ field: KeyPath<T, V>, in pointer: UnsafePointer<T>) -> Bool {
    guard let offset = MemoryLayout<T>.offset(of: field) else { return false }
    return size(of: UnsafeRawPointer(pointer)) >= offset + MemoryLayout<V>.size
  }

  private static func size(of pointer: UnsafeRawPointer) -> Int { Int(pointer.load(as: UInt32.self)) }
}
