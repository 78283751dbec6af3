/// One Avro value. A union's value is that of its branch; an enumeration's is its symbol.
package indirect enum AvroValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// An `int` or a `long`.
  case long(Int64)
  case float(Float)
  case double(Double)
  /// `bytes` or `fixed`.
  case bytes([UInt8])
  case string(String)
  case array([AvroValue])
  /// A map in the order of the file.
  case map([AvroMapEntry])
  /// A record's values in the order of its schema's fields.
  case record([AvroValue])
}

package struct AvroMapEntry: Sendable, Hashable {
  package var key: String
  package var value: AvroValue

  package init(key: String, value: AvroValue) {
    self.key = key
    self.value = value
  }
}

extension AvroValue {
  package var longValue: Int64? {
    if case .long(let value) = self { value } else { nil }
  }

  package var intValue: Int? { longValue.flatMap { Int(exactly: $0) } }

  package var boolValue: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  package var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var bytesValue: [UInt8]? {
    if case .bytes(let value) = self { value } else { nil }
  }

  package var arrayValue: [AvroValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  package var recordValue: [AvroValue]? {
    if case .record(let value) = self { value } else { nil }
  }
}
