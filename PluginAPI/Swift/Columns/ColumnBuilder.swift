/// Builds one Arrow column by appending to it.
///
/// Made for decoders that must not spend more than some nanoseconds on a value: no allocation per value, no reference
/// counting, no validity bitmap until the first null. A decoder holds an `UnsafeMutablePointer<ColumnBuilder>`
/// (`RecordBuilder` hands it out), which spares the exclusivity checks of class properties.
///
/// Only the append that fits the layout may be called; that is the caller's invariant and not checked in release.
@frozen public struct ColumnBuilder: ~Copyable {
  @usableFromInline let width: Int
  @usableFromInline var values: ColumnMemory
  @usableFromInline var offsets: ColumnMemory
  @usableFromInline var validity: ColumnMemory
  /// Bytes of `values` in use, for the layout `bytes`.
  @usableFromInline var used = 0
  /// The values of a list; nil for every other layout. Owned by this builder.
  public let child: UnsafeMutablePointer<ColumnBuilder>?
  public let layout: ColumnLayout
  @usableFromInline var length = 0
  public internal(set) var nullCount = 0

  /// - Parameter allocator: the host's, so that the column crosses to it without a copy.
  public init(_ layout: ColumnLayout, allocator: Allocator = .system) {
    self.layout = layout
    values = ColumnMemory(allocator: allocator)
    offsets = ColumnMemory(allocator: allocator)
    validity = ColumnMemory(allocator: allocator)
    var width = 0
    var child: UnsafeMutablePointer<ColumnBuilder>?
    switch layout {
    case .fixed(let bytes): width = bytes
    case .list(let element):
      child = .allocate(capacity: 1)
      child?.initialize(to: ColumnBuilder(element, allocator: allocator))
    case .bool, .bytes: break
    }
    self.width = width
    self.child = child
  }

  deinit {
    child?.deinitialize(count: 1)
    child?.deallocate()
  }

  /// Values so far, nulls included.
  @inlinable public var count: Int { length }

  /// Bytes that the column's values and offsets occupy, children included: what a batch's size is measured by.
  public var byteCount: Int {
    switch layout {
    case .bool: (count + 7) / 8
    case .fixed: count * width
    case .bytes: used + count * 4
    case .list: count * 4 + (child?.pointee.byteCount ?? 0)
    }
  }
}

// MARK: - Appending

extension ColumnBuilder {
  /// Appends a fixed-width value. `Value` has exactly the layout's width.
  @inlinable
  public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
    let size = MemoryLayout<Value>.size
    assert(size == width, "a value of another width")
    let start = count &* size
    let base = values.reserve(start &+ size, keeping: start)
    base.storeBytes(of: value, toByteOffset: start, as: Value.self)
    length &+= 1
  }

  /// Appends a fixed-width value from memory, `width` bytes of it.
  @inlinable
  public mutating func append(fixed source: UnsafeRawPointer) {
    let start = count &* width
    let base = values.reserve(start &+ width, keeping: start)
    (base + start).copyMemory(from: source, byteCount: width)
    length &+= 1
  }

  @inlinable
  public mutating func append(bool value: Bool) {
    let byte = count >> 3
    let base = values.reserve(byte &+ 1, keeping: byte, fill: 0).assumingMemoryBound(to: UInt8.self)
    let mask = UInt8(1) << UInt8(truncatingIfNeeded: count & 7)
    // The byte is fresh from memory of an earlier, discarded row where it is not fresh from `fill`.
    base[byte] = value ? base[byte] | mask : base[byte] & ~mask
    length &+= 1
  }

  /// Appends the value of a `bytes` column. The column's bytes together stay below 2 GiB: the caller ends its batch
  /// before.
  @inlinable
  public mutating func append(bytes source: UnsafeRawPointer, count length: Int) {
    let end = used &+ length
    precondition(end <= Int(Int32.max), "a batch of more than 2 GiB in one column")
    let base = values.reserve(end, keeping: used)
    (base + used).copyMemory(from: source, byteCount: length)
    used = end
    endValue(at: Int32(truncatingIfNeeded: end))
  }

  /// Appends the value of a `bytes` column byte by byte, so that it can be computed on the way.
  @inlinable
  public mutating func append(bytes source: some Collection<UInt8>) {
    let end = used &+ source.count
    precondition(end <= Int(Int32.max), "a batch of more than 2 GiB in one column")
    let base = values.reserve(end, keeping: used).assumingMemoryBound(to: UInt8.self)
    for (index, byte) in source.enumerated() { base[used &+ index] = byte }
    used = end
    endValue(at: Int32(truncatingIfNeeded: end))
  }

  /// Appends text as UTF-8.
  public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      withUnsafePointer(to: UInt8(0)) { empty in
        append(bytes: UnsafeRawPointer(bytes.baseAddress ?? empty), count: bytes.count)
      }
    }
  }

  /// Ends a list whose values were appended to `child` since the last one ended.
  @inlinable
  public mutating func appendList() {
    guard let child else { return assertionFailure("not a list") }
    precondition(child.pointee.count <= Int(Int32.max), "a batch of more than 2^31 list values in one column")
    endValue(at: Int32(truncatingIfNeeded: child.pointee.count))
  }

  public mutating func appendNull() {
    markNull()
    switch layout {
    case .bool: append(bool: false)
    case .fixed:
      let start = count * width
      let base = values.reserve(start + width, keeping: start)
      (base + start).initializeMemory(as: UInt8.self, repeating: 0, count: width)
      length += 1
    case .bytes: endValue(at: Int32(used))
    case .list: appendList()
    }
  }

  /// Offsets are those of Arrow: `count + 1` of them, the first 0.
  @inlinable
  mutating func endValue(at end: Int32) {
    let next = count &+ 1
    let base = offsets.reserve((next &+ 1) &* 4, keeping: next &* 4, fill: 0).assumingMemoryBound(to: Int32.self)
    base[next] = end
    length = next
  }

  /// Bits are 1 from the start, so that a value which is not null costs the bitmap nothing.
  private mutating func markNull() {
    let byte = count >> 3
    let base = validity.reserve(byte + 1, keeping: validity.capacity, fill: 0xFF).assumingMemoryBound(to: UInt8.self)
    base[byte] &= ~(UInt8(1) << UInt8(count & 7))
    nullCount += 1
  }
}

// MARK: - Taking back and giving away

extension ColumnBuilder {
  /// Forgets what came after the first `length` values: a row turned out to be bad half-way.
  public mutating func truncate(to length: Int) {
    while count > length {
      self.length -= 1
      reviveBit(at: count)
    }
    guard let offsets = offsets.base?.assumingMemoryBound(to: Int32.self) else {
      used = 0
      child?.pointee.truncate(to: 0)
      return
    }
    switch layout {
    case .bytes: used = Int(offsets[length])
    case .list: child?.pointee.truncate(to: Int(offsets[length]))
    case .bool, .fixed: break
    }
  }

  private mutating func reviveBit(at index: Int) {
    guard let base = validity.base?.assumingMemoryBound(to: UInt8.self), index >> 3 < validity.capacity else { return }
    let mask = UInt8(1) << UInt8(index & 7)
    if base[index >> 3] & mask == 0 { nullCount -= 1 }
    base[index >> 3] |= mask
  }

  /// Makes room for `rows` more values and, in a `bytes` column, `bytes` bytes of them.
  public mutating func reserve(rows: Int, bytes: Int = 0) {
    switch layout {
    case .bool: _ = values.reserve((count + rows + 7) / 8, keeping: (count + 7) / 8, fill: 0)
    case .fixed: _ = values.reserve((count + rows) * width, keeping: count * width)
    case .bytes:
      _ = values.reserve(used + bytes, keeping: used)
      fallthrough
    case .list:
      let kept = offsets.base == nil ? 0 : (count + 1) * 4
      _ = offsets.reserve((count + rows + 1) * 4, keeping: kept, fill: 0)
    }
  }
}
