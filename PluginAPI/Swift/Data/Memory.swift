/// Bytes of a batch that is being made: aligned to 64, growing by doubling, freed when the last reference goes, on
/// whichever thread that is. Written by one thread.
public final class Memory: @unchecked Sendable {
  /// Changes when the memory grows.
  public private(set) var base: UnsafeMutableRawPointer
  /// In bytes.
  public private(set) var capacity: Int
  /// Bytes in use.
  public var count: Int
  private let allocator: Allocator
  private var isHosts: Bool

  /// At least 64 bytes are allocated, so that `base` is never a pointer to nothing.
  public init(capacity: Int = 0, allocator: Allocator = .system) {
    self.allocator = allocator
    self.capacity = max((capacity + 63) & ~63, 64)
    (base, isHosts) = allocator.allocate(self.capacity)
    count = 0
  }

  /// Memory whose first `count` bytes are zero and in use.
  public static func zeroed(_ count: Int, allocator: Allocator = .system) -> Memory {
    let memory = Memory(capacity: count, allocator: allocator)
    memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: memory.capacity)
    memory.count = count
    return memory
  }

  deinit { allocator.free(base, isHosts: isHosts) }

  /// Makes room for `bytes` more.
  @inlinable
  public func reserve(_ bytes: Int) {
    if capacity - count < bytes { grow(to: count + bytes) }
  }

  /// Appends the bytes of a value of a trivial type.
  @inlinable
  public func append<T: BitwiseCopyable>(_ value: T) {
    reserve(MemoryLayout<T>.size)
    base.storeBytes(of: value, toByteOffset: count, as: T.self)
    count += MemoryLayout<T>.size
  }

  @inlinable
  public func append(from source: UnsafeRawPointer, count bytes: Int) {
    reserve(bytes)
    (base + count).copyMemory(from: source, byteCount: bytes)
    count += bytes
  }

  @inlinable
  public func append(_ bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { append(from: start, count: bytes.count) }
  }

  /// The memory as values of one type.
  @inlinable
  public func pointer<T: BitwiseCopyable>(to type: T.Type) -> UnsafeMutablePointer<T> {
    base.assumingMemoryBound(to: type)
  }

  /// Grows to at least `bytes`.
  public func grow(to bytes: Int) {
    guard bytes > capacity else { return }
    let size = (max(bytes, capacity * 2) + 63) & ~63
    let (grown, grownIsHosts) = allocator.allocate(size)
    grown.copyMemory(from: base, byteCount: count)
    allocator.free(base, isHosts: isHosts)
    (base, capacity, isHosts) = (grown, size, grownIsHosts)
  }
}
