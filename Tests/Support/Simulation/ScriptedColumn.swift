import CArrow
import HostModel

/// Reads one column of batches as text and keeps its statistics.
struct ScriptedColumn {
  private let field: Field
  private var bytes = 0
  private var valueCount = 0
  private var nullCount = 0
  private var nanCount = 0
  private var lower: Value?
  private var upper: Value?

  enum Value {
    case int(Int32)
    case long(Int64)
    case double(Double)
    case text(String)

    var text: String {
      switch self {
      case .int(let value): String(value)
      case .long(let value): String(value)
      case .double(let value): "\(value)"
      case .text(let value): value
      }
    }

    /// Iceberg's single-value form: numbers little-endian, text as it is.
    var serialized: [UInt8] {
      switch self {
      case .int(let value): withUnsafeBytes(of: value.littleEndian) { Array($0) }
      case .long(let value): withUnsafeBytes(of: value.littleEndian) { Array($0) }
      case .double(let value): withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      case .text(let value): Array(value.utf8)
      }
    }

    func isLess(than other: Value) -> Bool {
      switch (self, other) {
      case (.int(let a), .int(let b)): a < b
      case (.long(let a), .long(let b)): a < b
      case (.double(let a), .double(let b)): a < b
      // By code points, as Iceberg orders text.
      case (.text(let a), .text(let b)): a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
      default: false
      }
    }
  }

  init(_ field: Field) throws(Failure) {
    switch field.type {
    case .integer(32), .integer(64), .timestamp, .double, .string: self.field = field
    default:
      throw Failure(.run, "column '\(field.name)': the scripted format has no \(field.type)", status: .unsupported)
    }
  }

  mutating func take(_ array: ArrowArray, row: Int) -> String {
    valueCount += 1
    guard let value = value(array, row + Int(array.offset)) else {
      nullCount += 1
      return "\\N"
    }
    bytes += value.serialized.count
    if case .double(let number) = value, number.isNaN {
      nanCount += 1
      return value.text
    }
    if lower.map({ value.isLess(than: $0) }) ?? true { lower = value }
    if upper.map({ $0.isLess(than: value) }) ?? true { upper = value }
    return escaped(value.text)
  }

  private func value(_ array: ArrowArray, _ place: Int) -> Value? {
    if let validity = array.buffers[0]?.assumingMemoryBound(to: UInt8.self),
      validity[place / 8] & 1 << UInt8(place % 8) == 0
    {
      return nil
    }
    guard let values = array.buffers[1] else { return nil }
    switch field.type {
    case .integer(32): return .int(values.assumingMemoryBound(to: Int32.self)[place])
    case .double: return .double(values.assumingMemoryBound(to: Double.self)[place])
    case .string:
      let offsets = values.assumingMemoryBound(to: Int32.self)
      let characters = UnsafeRawBufferPointer(
        start: array.buffers[2].map { $0 + Int(offsets[place]) }, count: Int(offsets[place + 1] - offsets[place]))
      return .text(String(decoding: characters, as: UTF8.self))
    default: return .long(values.assumingMemoryBound(to: Int64.self)[place])
    }
  }

  private func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\t": escaped += "\\t"
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  var summary: ColumnSummary? {
    guard let id = field.id else { return nil }
    return ColumnSummary(
      fieldID: id, bytes: Int64(bytes), valueCount: Int64(valueCount), nullCount: Int64(nullCount),
      nanCount: field.type == .double ? Int64(nanCount) : nil, lower: lower?.serialized, upper: upper?.serialized)
  }
}
