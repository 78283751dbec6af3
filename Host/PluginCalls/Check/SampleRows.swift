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
        if isNull(field, index, row) || onlyNulls && field.isNullable {
          builder.appendNull()
        } else {
          append(kind, number(index, row), to: &builder)
        }
      }
      return builder.finish().take()
    case nil: return OwnedArray(length: 0, nullCount: 0, buffers: []).take()
    }
  }

  private func append(_ kind: ColumnBuilder.Kind, _ number: UInt64, to builder: inout ColumnBuilder) {
    // Small numbers, so that days and times are within what has a name.
    let small = Int64(number % 20_000)
    switch kind {
    case .string: builder.append(Self.words[Int(number % UInt64(Self.words.count))])
    case .binary: builder.append([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 5)))
    case .long, .timestamp, .int: builder.append(small)
    case .float: builder.append(Float(small) / 8)
    case .double: builder.append(Double(small) / 8)
    case .decimal: builder.append(Int128(small))
    }
  }

  private func booleans(_ index: Int, _ rows: Range<Int>, _ onlyNulls: Bool) -> ArrowArray {
    var values = [UInt8](repeating: 0, count: (rows.count + 7) / 8)
    var valid = [UInt8](repeating: 0, count: (rows.count + 7) / 8)
    var nulls = 0
    for (place, row) in rows.enumerated() {
      if number(index, row) % 2 == 0 { values[place / 8] |= 1 << (place % 8) }
      if onlyNulls || number(index, row) % 7 == 0 { nulls += 1 } else { valid[place / 8] |= 1 << (place % 8) }
    }
    return OwnedArray(length: rows.count, nullCount: nulls, buffers: [valid, values]).take()
  }

  private func isNull(_ field: Field, _ index: Int, _ row: Int) -> Bool {
    field.isNullable && number(index, row) % 7 == 0
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
