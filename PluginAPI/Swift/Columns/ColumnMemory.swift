/// One growable buffer of a column: aligned to 64 bytes and padded to a multiple of 64, as Arrow recommends.
@frozen public struct ColumnMemory: ~Copyable {
  /// Arrow's recommended alignment, in bytes.
  public static let alignment = 64

  @usableFromInline var base: UnsafeMutableRawPointer?
  @usableFromInline var capacity: Int
  private let allocator: Allocator
  private var isHosts = false

  public init(allocator: Allocator = .system) {
    base = nil
    capacity = 0
    self.allocator = allocator
  }

  deinit { if let base { allocator.free(base, isHosts: isHosts) } }

  /// Room for `bytes` bytes, the first `used` of them kept. What is new is set to `fill`, or left as it comes if nil.
  @inlinable
  mutating func reserve(_ bytes: Int, keeping used: Int, fill: UInt8? = nil) -> UnsafeMutableRawPointer {
    if let base, bytes <= capacity { return base }
    return grow(to: bytes, keeping: used, fill: fill)
  }

  @usableFromInline
  mutating func grow(to bytes: Int, keeping used: Int, fill: UInt8?) -> UnsafeMutableRawPointer {
    let wanted = max(bytes, capacity * 2, 1)
    let size = (wanted + Self.alignment - 1) & ~(Self.alignment - 1)
    let (fresh, freshIsHosts) = allocator.allocate(size)
    // Without memory there is nothing to keep, though the caller may count Arrow's first offset as used.
    let kept = base == nil ? 0 : used
    if let base {
      fresh.copyMemory(from: base, byteCount: kept)
      allocator.free(base, isHosts: isHosts)
    }
    if let fill { (fresh + kept).initializeMemory(as: UInt8.self, repeating: fill, count: size - kept) }
    base = fresh
    capacity = size
    isHosts = freshIsHosts
    return fresh
  }

  /// Gives the memory away and is empty again.
  mutating func take() -> ColumnBuffer? {
    defer {
      base = nil
      capacity = 0
    }
    return base.map { ColumnBuffer(base: $0, isHosts: isHosts, allocator: allocator) }
  }
}

/// Memory that belongs to a column which is given away.
struct ColumnBuffer {
  let base: UnsafeMutableRawPointer
  fileprivate let isHosts: Bool
  fileprivate let allocator: Allocator

  /// Once, on any thread.
  func free() { allocator.free(base, isHosts: isHosts) }
}
