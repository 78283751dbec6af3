/// Reads Avro's binary encoding. The bytes are not trusted: every length is checked, and the number of values is
/// bounded by the number of bytes, because values of no bytes (null, empty records) could be announced by the billion.
package struct AvroDecoder {
  private let bytes: [UInt8]
  package private(set) var position: Int
  private let end: Int
  private var valuesLeft: Int

  package init(_ bytes: [UInt8]) { self.init(bytes, range: 0..<bytes.count) }

  init(_ bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    valuesLeft = 100_000 + range.count * 16
  }

  package var isAtEnd: Bool { position == end }

  package mutating func value(_ schema: AvroSchema) throws(AvroError) -> AvroValue {
    valuesLeft -= 1
    guard valuesLeft >= 0 else { throw AvroError("more values than the bytes can hold", at: position) }
    switch schema {
    case .null: return .null
    case .boolean: return .boolean(try byte() != 0)
    case .int, .long: return .long(try long())
    case .float: return .float(Float(bitPattern: UInt32(truncatingIfNeeded: try littleEndian(4))))
    case .double: return .double(Double(bitPattern: try littleEndian(8)))
    case .bytes: return .bytes(try lengthPrefixed())
    case .string: return .string(try string())
    case .fixed(_, let size): return .bytes(Array(try take(size)))
    case .enumeration(_, let symbols): return .string(symbols[try index(below: symbols.count)])
    case .array(let items): return .array(try array(items))
    case .map(let values): return .map(try map(values))
    case .union(let branches): return try value(branches[try index(below: branches.count)])
    case .record(let record): return .record(try fields(of: record))
    case .annotated(let inner, _): return try value(inner)
    }
  }

  private mutating func fields(of record: AvroRecordSchema) throws(AvroError) -> [AvroValue] {
    var values: [AvroValue] = []
    values.reserveCapacity(record.fields.count)
    for field in record.fields { values.append(try value(field.schema)) }
    return values
  }

  private mutating func array(_ items: AvroSchema) throws(AvroError) -> [AvroValue] {
    var values: [AvroValue] = []
    while case let count = try blockCount(), count > 0 {
      for _ in 0..<count { values.append(try value(items)) }
    }
    return values
  }

  private mutating func map(_ schema: AvroSchema) throws(AvroError) -> [AvroMapEntry] {
    var entries: [AvroMapEntry] = []
    while case let count = try blockCount(), count > 0 {
      for _ in 0..<count { entries.append(AvroMapEntry(key: try string(), value: try value(schema))) }
    }
    return entries
  }

  /// The number of items in the next block; a negative one is followed by the block's size in bytes.
  private mutating func blockCount() throws(AvroError) -> Int64 {
    let count = try long()
    guard count < 0 else { return count }
    guard count > .min else { throw AvroError("an impossible number of items", at: position) }
    _ = try long()
    return -count
  }

  private mutating func index(below count: Int) throws(AvroError) -> Int {
    let index = try long()
    guard index >= 0, index < Int64(count) else { throw AvroError("no branch \(index)", at: position) }
    return Int(index)
  }

  /// A zigzag variable-length integer.
  package mutating func long() throws(AvroError) -> Int64 {
    var encoded: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || (shift == 63 && next <= 1) else { throw AvroError("a number of over 64 bits", at: position) }
      encoded |= UInt64(next & 0x7F) << shift
      if next & 0x80 == 0 { break }
      shift += 7
    }
    return Int64(bitPattern: encoded >> 1) ^ -Int64(bitPattern: encoded & 1)
  }

  package mutating func string() throws(AvroError) -> String {
    let start = position
    guard let text = String(validating: try lengthPrefixed(), as: UTF8.self) else {
      throw AvroError("a string is not valid UTF-8", at: start)
    }
    return text
  }

  package mutating func lengthPrefixed() throws(AvroError) -> [UInt8] {
    let length = try long()
    guard length >= 0, length <= Int64(end - position) else { throw AvroError("cut short", at: position) }
    return Array(try take(Int(length)))
  }

  package mutating func take(_ count: Int) throws(AvroError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= end - position else { throw AvroError("cut short", at: position) }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func byte() throws(AvroError) -> UInt8 {
    guard position < end else { throw AvroError("cut short", at: position) }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func littleEndian(_ count: Int) throws(AvroError) -> UInt64 {
    var value: UInt64 = 0
    for (place, byte) in try take(count).enumerated() { value |= UInt64(byte) << (8 * UInt64(place)) }
    return value
  }
}
