package import CArrow
package import HostModel

/// Reads single values out of an Arrow array: for partitions, previews, messages and dead letters. Columns at full speed
/// are the plugins' business.
package struct ArrowCells {
  private let array: ArrowArray
  package let type: DataType

  /// - Parameter array: lent; valid as long as the batch is.
  package init(_ array: ArrowArray, type: DataType) {
    self.array = array
    self.type = type
  }

  /// The columns of a batch, each with the batch's own offset in it.
  package static func columns(of batch: UnsafePointer<ArrowArray>, _ schema: Schema) -> [ArrowCells] {
    schema.fields.enumerated().compactMap { index, field in
      guard let child = batch.pointee.children?[index] else { return nil }
      var column = child.pointee
      column.offset += batch.pointee.offset
      return ArrowCells(column, type: field.type)
    }
  }

  private var offset: Int { Int(array.offset) }

  package func isNull(_ row: Int) -> Bool {
    guard array.null_count != 0, let validity = array.buffers?[0] else { return false }
    let bit = row + offset
    return validity.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 0
  }

  /// The value's bytes at their own width.
  private func load<T: BitwiseCopyable>(_ row: Int, as type: T.Type) -> T? {
    array.buffers?[1]?.loadUnaligned(fromByteOffset: (row + offset) * MemoryLayout<T>.stride, as: T.self)
  }

  private func bits(_ row: Int) -> Bool? {
    let bit = row + offset
    return array.buffers?[1].map { $0.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 1 }
  }

  /// What two neighbouring offsets enclose: a text's bytes, a list's elements.
  private func range(_ row: Int) -> Range<Int>? {
    guard let offsets = array.buffers?[1] else { return nil }
    let start = offsets.loadUnaligned(fromByteOffset: (row + offset) * 4, as: Int32.self)
    let end = offsets.loadUnaligned(fromByteOffset: (row + offset + 1) * 4, as: Int32.self)
    guard start >= 0, end >= start else { return nil }
    return Int(start)..<Int(end)
  }

  /// Where a text or bytes lie; nil for a null and for other types. Valid as long as the batch is.
  package func variableBytes(_ row: Int) -> UnsafeRawBufferPointer? {
    guard type == .string || type == .binary, !isNull(row) else { return nil }
    return bytes(row)
  }

  /// The range of a list's elements; nil if a plugin's offsets point outside of them.
  private func elements(_ row: Int) -> Range<Int>? {
    guard let range = range(row), let child = array.children?[0], range.upperBound <= Int(child.pointee.length) else {
      return nil
    }
    return range
  }

  private func bytes(_ row: Int) -> UnsafeRawBufferPointer? {
    switch type {
    case .fixed(let width): slice(array.buffers?[1], at: (row + offset) * width, count: width)
    case .uuid: slice(array.buffers?[1], at: (row + offset) * 16, count: 16)
    default: range(row).flatMap { slice(array.buffers?[2], at: $0.lowerBound, count: $0.count) }
    }
  }

  private func slice(_ buffer: UnsafeRawPointer?, at start: Int, count: Int) -> UnsafeRawBufferPointer? {
    if count == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return buffer.map { UnsafeRawBufferPointer(start: $0 + start, count: count) }
  }

  private func child(_ index: Int, _ type: DataType) -> ArrowCells? {
    array.children?[index].map { ArrowCells($0.pointee, type: type) }
  }

  /// The integer of an integer, date, time or timestamp; nil for null and for other types.
  package func integer(_ row: Int) -> Int64? {
    guard !isNull(row) else { return nil }
    switch type {
    case .integer(8): return load(row, as: Int8.self).map(Int64.init)
    case .integer(16): return load(row, as: Int16.self).map(Int64.init)
    case .integer(32), .date: return load(row, as: Int32.self).map(Int64.init)
    case .integer, .time, .timestamp: return load(row, as: Int64.self)
    case .unsigned(8): return load(row, as: UInt8.self).map(Int64.init)
    case .unsigned(16): return load(row, as: UInt16.self).map(Int64.init)
    case .unsigned: return load(row, as: UInt32.self).map(Int64.init)
    default: return nil
    }
  }

  /// The value of a primitive type as the lake's rules use it; nil for null.
  package func value(_ row: Int) -> IcebergValue? {
    guard !isNull(row) else { return nil }
    switch type {
    case .boolean: return bits(row).map { .boolean($0) }
    case .float: return load(row, as: Float.self).map { .float($0) }
    case .double: return load(row, as: Double.self).map { .double($0) }
    case .decimal: return load(row, as: Int128.self).map { .decimal($0) }
    case .string: return bytes(row).map { .string(String(decoding: $0, as: UTF8.self)) }
    case .binary, .fixed, .uuid: return bytes(row).map { .bytes(Array($0)) }
    default: return integer(row).map { .integer($0) }
    }
  }

  /// The value as JSON, nested types included. Numbers that JSON readers would lose digits of are strings.
  package func json(_ row: Int) -> JSONValue {
    guard !isNull(row) else { return .null }
    switch type {
    case .boolean: return bits(row).map { .bool($0) } ?? .null
    case .integer(let width) where width <= 32: return integer(row).map { .integer($0) } ?? .null
    case .unsigned: return integer(row).map { .integer($0) } ?? .null
    case .float: return load(row, as: Float.self).map { number($0.isFinite, "\($0)") } ?? .null
    case .double: return load(row, as: Double.self).map { number($0.isFinite, "\($0)") } ?? .null
    case .list(let element):
      guard let range = elements(row), let cells = child(0, element.type) else { return .null }
      return .array(range.map { cells.json($0) })
    case .structure(let fields):
      return .object(
        JSONObject(
          fields.enumerated().map { index, field in
            (field.name, child(index, field.type)?.json(row + offset) ?? .null)
          }))
    case .map(let key, let value): return mapJSON(row, key, value)
    default: return text(row).map { .string($0) } ?? .null
    }
  }

  private func number(_ isFinite: Bool, _ text: String) -> JSONValue { isFinite ? .number(text) : .string(text) }

  /// A map's entries as a list of pairs, since its keys need not be strings.
  private func mapJSON(_ row: Int, _ key: Field, _ value: Field) -> JSONValue {
    guard let range = elements(row), let entries = child(0, .structure([key, value])) else { return .null }
    return .array(range.map { entries.json($0) })
  }

  /// The value for people; nil for null.
  package func text(_ row: Int) -> String? {
    guard !isNull(row) else { return nil }
    switch type {
    case .date: return integer(row).map { TimeText.date(day: $0) }
    case .time: return integer(row).map { TimeText.time(microseconds: $0) }
    case .timestamp(let zoned): return integer(row).map { TimeText.timestamp(microseconds: $0, zoned: zoned) }
    case .decimal(_, let scale): return load(row, as: Int128.self).map { DecimalText.text($0, scale: scale) }
    case .string: return bytes(row).map { String(decoding: $0, as: UTF8.self) }
    case .uuid: return bytes(row).map { Self.hexadecimal($0, dashes: [4, 6, 8, 10]) }
    case .binary, .fixed:
      // Values of fixed width may be a worker's, which writes to them while they are looked at.
      return bytes(row).map { Array($0) }.map {
        String(validating: $0, as: UTF8.self) ?? Self.hexadecimal($0, dashes: [])
      }
    case .integer, .unsigned: return integer(row).map(String.init)
    case .boolean, .float, .double, .list, .structure, .map:
      // A NaN is a text in JSON, and needs no quotes here.
      if case .string(let text) = json(row) { return text }
      return json(row).text()
    }
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>, dashes: Set<Int>) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if dashes.contains(index) { text += "-" }
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    return text
  }
}

/// An unscaled number with its point.
package enum DecimalText {
  package static func text(_ unscaled: Int128, scale: Int) -> String {
    var digits = String(unscaled.magnitude)
    if scale > 0 {
      digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
    }
    return unscaled < 0 ? "-" + digits : digits
  }
}
