package import CArrow
package import HostModel

/// Rows that the check makes up, of columns that the plugin's author names: the same ones from the same seed.
package struct SampleRows {
  package let fields: [Field]
  private let seed: UInt64

  package init(_ fields: [Field], seed: UInt64) {
    self.fields = fields
    self.seed = seed
  }

  /// A column of each type that a check file can state.
  static let everyType: [Field] = [
    Field("a_boolean", .boolean), Field("a_date", .date), Field("a_double", .double), Field("a_float", .float),
    Field("a_long", .integer(bits: 64)), Field("a_string", .string), Field("a_time", .time),
    Field("a_timestamp", .timestamp(zoned: false)), Field("a_timestamptz", .timestamp(zoned: true)),
    Field("an_int", .integer(bits: 32)), Field("some_binary", .binary),
  ]

  /// The types that there are rows of.
  static func canMake(_ type: DataType) -> Bool { Kind(type) != nil }

  private enum Kind {
    case builder(ColumnBuilder.Kind), boolean

    init?(_ type: DataType) {
      switch type {
      case .boolean: self = .boolean
      case .integer(let bits) where bits == 32 || bits == 64: self = .builder(bits == 64 ? .long : .int)
      case .float: self = .builder(.float)
      case .double: self = .builder(.double)
      case .date: self = .builder(.int)
      case .time, .timestamp: self = .builder(.timestamp)
      case .string: self = .builder(.string)
      case .binary: self = .builder(.binary)
      case .decimal: self = .builder(.decimal)
      default: return nil
      }
    }
  }

  /// - Parameters:
  ///   - range: which of the rows; what row 7 holds does not depend on where a batch begins.
  ///   - lead: rows in front that do not count: the array is then a slice, with an offset at each level.
  ///   - onlyNulls: whether every value that may be null is.
  package func batch(_ range: Range<Int>, lead: Int = 0, onlyNulls: Bool = false) -> ArrowArray {
    let first = range.lowerBound - lead
    var columns: [ArrowArray] = []
    for (index, field) in fields.enumerated() {
      var column = column(field, index, first..<range.upperBound, onlyNulls)
      // Half of the lead at each level.
      column.offset = Int64(lead / 2)
      column.length -= Int64(lead / 2)
      if column.null_count > 0 { column.null_count = -1 }
      columns.append(column)
    }
    return OwnedArray(rows: range.count, offset: lead - lead / 2, adopting: columns).take()
  }

  private func column(_ field: Field, _ index: Int, _ rows: Range<Int>, _ onlyNulls: Bool) -> ArrowArray {
    switch Kind(field.type) {
    case .boolean?: return booleans(index, rows, onlyNulls)
    case .builder(let kind)?:
      var builder = ColumnBuilder(kind)
      for row in rows {
        if let value = value(column: index, row: row, onlyNulls: onlyNulls) {
          append(kind, value, to: &builder)
        } else {
          builder.appendNull()
        }
      }
      return builder.finish().take()
    case nil: return OwnedArray(length: 0, nullCount: 0, buffers: []).take()
    }
  }

  private func append(_ kind: ColumnBuilder.Kind, _ value: SampleValue, to builder: inout ColumnBuilder) {
    switch (kind, value) {
    case (.string, .bytes(let bytes)): builder.append(String(decoding: bytes, as: UTF8.self))
    case (_, .bytes(let bytes)): builder.append(bytes)
    case (.decimal, .integer(let number)): builder.append(Int128(number))
    case (_, .integer(let number)): builder.append(number)
    case (.float, .real(let number)): builder.append(Float(number))
    case (_, .real(let number)): builder.append(number)
    }
  }

  /// The value of a row; nil for null.
  func value(column: Int, row: Int, onlyNulls: Bool) -> SampleValue? {
    let (field, number) = (fields[column], number(column, row))
    if field.isNullable, onlyNulls || number % 7 == 0 { return nil }
    // Small numbers, so that days and times are within what has a name.
    let small = Int64(number % 20_000)
    return switch field.type {
    case .boolean: .integer(number % 2 == 0 ? 1 : 0)
    case .string: .bytes(Array(Self.words[Int(number % UInt64(Self.words.count))].utf8))
    case .binary: .bytes([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 5)))
    case .float, .double: .real(Double(small) / 8)
    default: .integer(small)
    }
  }

  private func booleans(_ index: Int, _ rows: Range<Int>, _ onlyNulls: Bool) -> ArrowArray {
    var values = [UInt8](repeating: 0, count: (rows.count + 7) / 8)
    var valid = [UInt8](repeating: 0, count: (rows.count + 7) / 8)
    var nulls = 0
    for (place, row) in rows.enumerated() {
      guard case .integer(let value)? = value(column: index, row: row, onlyNulls: onlyNulls) else {
        nulls += 1
        continue
      }
      valid[place / 8] |= 1 << (place % 8)
      if value == 1 { values[place / 8] |= 1 << (place % 8) }
    }
    return OwnedArray(length: rows.count, nullCount: nulls, buffers: [valid, values]).take()
  }

  private func number(_ column: Int, _ row: Int) -> UInt64 {
    var generator = SplitMix64(seed: seed &+ UInt64(column) &* 1_000_003 &+ UInt64(bitPattern: Int64(row)))
    return generator.next() >> 8
  }

  private static let words = [
    "", "a", "Alder", "birch", "Cedar of Lebanon", "dog-rose", "ELM", "fir\ttree", "grün", "梅", "🌲🌳", "'; --", "null",
    "0", "-17", "1e9", "a text of more than thirty-two bytes, to be sure",
  ]
}
