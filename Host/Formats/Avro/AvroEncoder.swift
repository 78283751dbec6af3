/// Writes Avro's binary encoding.
package struct AvroEncoder {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// Writes a value by its schema. In a union, null takes the null branch and all else the first other branch.
  package mutating func write(_ value: AvroValue, _ schema: AvroSchema) throws(AvroError) {
    switch (schema, value) {
    case (.annotated(let inner, _), _): try write(value, inner)
    case (.null, .null): break
    case (.boolean, .boolean(let flag)): bytes.append(flag ? 1 : 0)
    case (.int, .long(let number)):
      guard Int32(exactly: number) != nil else { throw AvroError("\(number) does not fit an int") }
      write(long: number)
    case (.long, .long(let number)): write(long: number)
    case (.float, .float(let number)): append(UInt64(number.bitPattern), count: 4)
    case (.double, .double(let number)): append(number.bitPattern, count: 8)
    case (.bytes, .bytes(let content)): write(lengthPrefixed: content)
    case (.string, .string(let text)): write(lengthPrefixed: Array(text.utf8))
    case (.fixed(let name, let size), .bytes(let content)):
      guard content.count == size else { throw AvroError("\(content.count) bytes for \(name) of \(size)") }
      bytes.append(contentsOf: content)
    case (.enumeration(let name, let symbols), .string(let symbol)):
      guard let index = symbols.firstIndex(of: symbol) else { throw AvroError("\(symbol) is no symbol of \(name)") }
      write(long: Int64(index))
    case (.array(let items), .array(let values)): try write(array: values, items)
    case (.map(let schema), .map(let entries)): try write(map: entries, schema)
    case (.union(let branches), _): try write(union: value, branches)
    case (.record(let record), .record(let values)): try write(record: values, record)
    default: throw AvroError("the value \(value) does not fit the schema \(schema.json)")
    }
  }

  private mutating func write(array values: [AvroValue], _ items: AvroSchema) throws(AvroError) {
    if !values.isEmpty {
      write(long: Int64(values.count))
      for value in values { try write(value, items) }
    }
    write(long: 0)
  }

  private mutating func write(map entries: [AvroMapEntry], _ schema: AvroSchema) throws(AvroError) {
    if !entries.isEmpty {
      write(long: Int64(entries.count))
      for entry in entries {
        write(lengthPrefixed: Array(entry.key.utf8))
        try write(entry.value, schema)
      }
    }
    write(long: 0)
  }

  private mutating func write(union value: AvroValue, _ branches: [AvroSchema]) throws(AvroError) {
    let wanted = branches.firstIndex { ($0.base == .null) == (value == .null) }
    guard let wanted else { throw AvroError("no branch of the union takes \(value)") }
    write(long: Int64(wanted))
    try write(value, branches[wanted])
  }

  private mutating func write(record values: [AvroValue], _ record: AvroRecordSchema) throws(AvroError) {
    guard values.count == record.fields.count else {
      throw AvroError("\(values.count) values for the \(record.fields.count) fields of \(record.name)")
    }
    for (field, value) in zip(record.fields, values) { try write(value, field.schema) }
  }

  package mutating func write(long number: Int64) {
    var rest = UInt64(bitPattern: number << 1) ^ UInt64(bitPattern: number >> 63)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func write(lengthPrefixed content: [UInt8]) {
    write(long: Int64(content.count))
    bytes.append(contentsOf: content)
  }

  package mutating func append(raw content: [UInt8]) { bytes.append(contentsOf: content) }

  private mutating func append(_ value: UInt64, count: Int) {
    for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place)))) }
  }
}
