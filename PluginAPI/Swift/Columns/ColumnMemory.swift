/// One growable buffer of a column: aligned to 64 bytes and padded to a multiple of 64, as Arrow recommends.
@frozen public struct ColumnMemory: ~Copyable {
  /// Arrow's recommended alignment, in bytes.
  public static let alignment = 64

  @usableFromInline var base: UnsafeMutableRawPointer?
  @usableFromInline var capacity: Int

  @inlinable public init() {
    base = nil
    capacity = 0
  }

  deinit { base?.deallocate() }

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
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
    // Without memory there is nothing to keep, though the caller may count Arrow's first offset as used.
    let kept = base == nil ? 0 : used
    if let base {
      fresh.copyMemory(from: base, byteCount: kept)
      base.deallocate()
    }
    if let fill { (fresh + kept).initializeMemory(as: UInt8.self, repeating: fill, count: size - kept) }
    base = fresh
    capacity = size
    return fresh
  }

  /// Gives the memory away, to be freed with `deallocate()`, and is empty again.
  mutating func take() -> UnsafeMutableRawPointer? {
    defer {
      base = nil
      capacity = 0
    }
    return base
  }
}
