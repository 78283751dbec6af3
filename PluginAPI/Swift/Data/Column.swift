import CArrow

/// A column of an input batch. Valid while the call lasts; what a transform puts into its output stays valid with it.
///
/// The accessors for values are read once per batch and then indexed in a loop: they are plain pointers inside.
public struct Column: @unchecked Sendable {
  public let field: Field
  /// How many values.
  public let count: Int
  /// The index of the first value in the buffers.
  let offset: Int
  /// How many values are null if Arrow's array says so for exactly this range; -1 if not.
  let knownNullCount: Int
  let buffers: [UnsafeRawPointer?]
  /// The columns inside a nested type. Those of a struct and of a list of fixed size are cut to the same rows; that of
  /// a list or map is whole, and its offsets point into it.
  public let children: [Column]
  /// The values of a dictionary column; one element or none.
  let dictionary: [Column]
  let owner: AnyObject

  public var type: DataType { field.type }
  public var name: String { field.name }

  /// Which values are null, nil if none is.
  public var validity: Bitmap? {
    guard knownNullCount != 0, type != .null, let bits = buffers.first ?? nil else { return nil }
    return Bitmap(bits: bits, offset: offset, count: count)
  }

  public var nullCount: Int {
    if type == .null { return count }
    if knownNullCount >= 0 { return knownNullCount }
    return validity.map { count - $0.countOnes() } ?? 0
  }

  /// How many values of a part are null.
  public func nullCount(in rows: Range<Int>) -> Int {
    if type == .null { return rows.count }
    guard let validity else { return 0 }
    return Bitmap(bits: validity.bytes, offset: validity.offset + rows.lowerBound, count: rows.count).countZeros()
  }

  /// Values of a fixed width, as a Swift type of that width: `Int32` for a date, `Int64` for a timestamp.
  public func values<T: BitwiseCopyable>(as type: T.Type) -> Values<T> {
    precondition(field.type.byteWidth == MemoryLayout<T>.size, "'\(name)' has no values of this width")
    return Values(start: buffer(1).map { $0.assumingMemoryBound(to: T.self) + offset }, count: count)
  }

  /// The bits of a column of booleans.
  public var booleans: Bitmap {
    precondition(type == .bool, "'\(name)' is not a column of booleans")
    return Bitmap(bits: buffer(1) ?? Self.nothing, offset: offset, count: buffer(1) == nil ? 0 : count)
  }

  /// Texts and bytes, nil for other types.
  public var texts: Texts? {
    switch type {
    case .string, .binary:
      Texts(
        offsets32: buffer(1), offsets64: nil, views: nil, data: buffer(2), first: offset, count: count, variadic: [])
    case .largeString, .largeBinary:
      Texts(
        offsets32: nil, offsets64: buffer(1), views: nil, data: buffer(2), first: offset, count: count, variadic: [])
    case .stringView, .binaryView:
      Texts(
        offsets32: nil, offsets64: nil, views: buffer(1), data: nil, first: offset, count: count,
        variadic: Array(buffers.dropFirst(2).dropLast()))
    default: nil
    }
  }

  /// Bytes that all have the same size: UUIDs, decimals, fixed binary. Value `i` begins at `i * byteWidth`.
  public var fixedBytes: UnsafeRawPointer? {
    guard let width = type.byteWidth else { return nil }
    return buffer(1).map { $0 + offset * width }
  }

  /// The part of the list's child that value `row` consists of.
  public func listRange(at row: Int) -> Range<Int> {
    switch type {
    case .list, .map:
      guard let offsets = buffer(1)?.assumingMemoryBound(to: Int32.self) else { return 0..<0 }
      return Int(offsets[offset + row])..<Int(offsets[offset + row + 1])
    case .largeList:
      guard let offsets = buffer(1)?.assumingMemoryBound(to: Int64.self) else { return 0..<0 }
      return Int(offsets[offset + row])..<Int(offsets[offset + row + 1])
    case .fixedSizeList(_, let size): return row * size..<(row + 1) * size
    default: return 0..<0
    }
  }

  /// The index into `dictionaryValues` of value `row`.
  public func dictionaryIndex(at row: Int) -> Int {
    guard case .dictionary(let index, _, _) = type, let base = buffer(1) else { return 0 }
    let at = offset + row
    return switch index {
    case .int8: Int(base.assumingMemoryBound(to: Int8.self)[at])
    case .uint8: Int(base.assumingMemoryBound(to: UInt8.self)[at])
    case .int16: Int(base.assumingMemoryBound(to: Int16.self)[at])
    case .uint16: Int(base.assumingMemoryBound(to: UInt16.self)[at])
    case .int32: Int(base.assumingMemoryBound(to: Int32.self)[at])
    case .uint32: Int(base.assumingMemoryBound(to: UInt32.self)[at])
    default: Int(base.assumingMemoryBound(to: Int64.self)[at])
    }
  }

  public var dictionaryValues: Column? { dictionary.first }

  func buffer(_ index: Int) -> UnsafeRawPointer? { index < buffers.count ? buffers[index] : nil }

  /// A pointer that is never read from, for columns without values.
  nonisolated(unsafe) static let nothing = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64))
}

/// Values of a fixed width.
@frozen
public struct Values<T: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let start: UnsafePointer<T>?
  public let count: Int

  @usableFromInline init(start: UnsafePointer<T>?, count: Int) {
    self.start = start
    self.count = start == nil ? 0 : count
  }

  /// The value at an index, which is checked in debug builds only. What is at the index of a null is not defined.
  @inlinable
  public subscript(_ index: Int) -> T {
    assert(index >= 0 && index < count)
    return start.unsafelyUnwrapped[index]
  }

  @inlinable public var buffer: UnsafeBufferPointer<T> { UnsafeBufferPointer(start: start, count: count) }
}

/// Bits, least significant first: booleans, and which values are not null.
@frozen
public struct Bitmap: @unchecked Sendable {
  @usableFromInline let bytes: UnsafePointer<UInt8>
  @usableFromInline let offset: Int
  public let count: Int

  @usableFromInline init(bits: UnsafeRawPointer, offset: Int, count: Int) {
    bytes = bits.assumingMemoryBound(to: UInt8.self)
    self.offset = offset
    self.count = count
  }

  @inlinable
  public subscript(_ index: Int) -> Bool {
    assert(index >= 0 && index < count)
    let at = offset &+ index
    return (bytes[at &>> 3] &>> UInt8(truncatingIfNeeded: at & 7)) & 1 != 0
  }

  public func countZeros() -> Int { count - countOnes() }

  public func countOnes() -> Int {
    var ones = 0
    var index = 0
    while index < count, (offset + index) & 7 != 0 {
      ones += self[index] ? 1 : 0
      index += 1
    }
    while index + 64 <= count {
      let word = UnsafeRawPointer(bytes + (offset + index) >> 3).loadUnaligned(as: UInt64.self)
      ones += word.nonzeroBitCount
      index += 64
    }
    while index < count {
      ones += self[index] ? 1 : 0
      index += 1
    }
    return ones
  }
}

/// Texts or bytes of any length, over whichever of Arrow's layouts the column has.
@frozen
public struct Texts: @unchecked Sendable {
  @usableFromInline let offsets32: UnsafePointer<Int32>?
  @usableFromInline let offsets64: UnsafePointer<Int64>?
  @usableFromInline let views: UnsafeRawPointer?
  @usableFromInline let data: UnsafePointer<UInt8>
  public let count: Int
  @usableFromInline let variadic: [UnsafeRawPointer?]

  init(
    offsets32: UnsafeRawPointer?, offsets64: UnsafeRawPointer?, views: UnsafeRawPointer?, data: UnsafeRawPointer?,
    first: Int, count: Int, variadic: [UnsafeRawPointer?]
  ) {
    self.offsets32 = offsets32.map { $0.assumingMemoryBound(to: Int32.self) + first }
    self.offsets64 = offsets64.map { $0.assumingMemoryBound(to: Int64.self) + first }
    self.views = views.map { $0 + first * 16 }
    self.data = (data ?? Column.nothing).assumingMemoryBound(to: UInt8.self)
    self.count = offsets32 == nil && offsets64 == nil && views == nil ? 0 : count
    self.variadic = variadic
  }

  /// The bytes at an index, which is checked in debug builds only.
  @inlinable
  public subscript(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    assert(index >= 0 && index < count)
    if let offsets32 {
      let start = Int(offsets32[index])
      return UnsafeBufferPointer(start: data + start, count: Int(offsets32[index &+ 1]) &- start)
    }
    if let offsets64 {
      let start = Int(offsets64[index])
      return UnsafeBufferPointer(start: data + start, count: Int(offsets64[index &+ 1]) &- start)
    }
    return view(index)
  }

  /// A view is 16 bytes: the length; then, up to 12, the bytes themselves, else a prefix, a buffer and an offset.
  @usableFromInline
  func view(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    guard let view = views.map({ $0 + index * 16 }) else { return UnsafeBufferPointer(start: nil, count: 0) }
    let length = Int(view.load(as: Int32.self))
    if length <= 12 { return UnsafeBufferPointer(start: (view + 4).assumingMemoryBound(to: UInt8.self), count: length) }
    let buffer = Int(view.load(fromByteOffset: 8, as: Int32.self))
    let offset = Int(view.load(fromByteOffset: 12, as: Int32.self))
    guard buffer < variadic.count, let data = variadic[buffer] else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: (data + offset).assumingMemoryBound(to: UInt8.self), count: length)
  }

  /// A copy of the text at an index.
  @inlinable
  public func string(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }
}
