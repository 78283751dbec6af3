/// The shape of Avro values. Names of named types are resolved where they are used; a type that contains itself is
/// refused, for Iceberg has none.
package indirect enum AvroSchema: Sendable, Hashable {
  case null, boolean, int, long, float, double, bytes, string
  case fixed(name: String, size: Int)
  case enumeration(name: String, symbols: [String])
  case array(AvroSchema)
  /// Keys are strings.
  case map(AvroSchema)
  case union([AvroSchema])
  case record(AvroRecordSchema)
  /// A type with attributes that do not change its bytes: `logicalType`, `element-id`.
  case annotated(AvroSchema, JSONObject)
}

/// The fields of a record in the order of their bytes.
package struct AvroRecordSchema: Sendable, Hashable {
  package var name: String
  package var fields: [AvroField]

  package init(name: String, fields: [AvroField]) {
    self.name = name
    self.fields = fields
  }

  /// Where the field with this Iceberg id is, or the one of this name in a file without ids.
  package func position(ofField id: Int, named name: String) -> Int? {
    fields.firstIndex { $0.id == id } ?? fields.firstIndex { $0.id == nil && $0.name == name }
  }
}

package struct AvroField: Sendable, Hashable {
  package var name: String
  package var schema: AvroSchema
  /// The attribute `field-id`, by which Iceberg finds a field whatever its name is.
  package var id: Int?
  package var attributes: JSONObject

  package init(_ name: String, _ schema: AvroSchema, id: Int? = nil, attributes: JSONObject = [:]) {
    self.name = name
    self.schema = schema
    self.id = id
    self.attributes = attributes
  }

  /// A field that may be null: a union with null first, the default.
  package static func optional(_ name: String, _ schema: AvroSchema, id: Int) -> AvroField {
    AvroField(name, .union([.null, schema]), id: id)
  }
}

extension AvroSchema {
  /// Iceberg's spelling of a map whose keys are no strings: an array of key and value records.
  package static func keyValueArray(
    key: AvroSchema, keyID: Int, value: AvroSchema, valueID: Int
  ) -> AvroSchema {
    let entry = AvroRecordSchema(
      name: "k\(keyID)_v\(valueID)",
      fields: [AvroField("key", key, id: keyID), AvroField("value", value, id: valueID)])
    return .annotated(.array(.record(entry)), ["logicalType": "map"])
  }

  package static func list(_ element: AvroSchema, elementID: Int) -> AvroSchema {
    .annotated(.array(element), ["element-id": .integer(Int64(elementID))])
  }

  /// The schema without attributes.
  package var base: AvroSchema {
    if case .annotated(let inner, _) = self { inner.base } else { self }
  }

  package var logicalType: String? {
    if case .annotated(let inner, let attributes) = self {
      attributes["logicalType"]?.stringValue ?? inner.logicalType
    } else {
      nil
    }
  }
}
