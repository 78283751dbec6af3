/// The JSON Schema of a whole file, as editors load it.
package enum YAMLSchemaDocument {
  /// - Parameters:
  ///   - title: what the file is.
  ///   - id: a stable name of the schema.
  package static func of<Record: YAMLRecord>(_ type: Record.Type, title: String, id: String) -> JSONValue {
    var document: JSONObject = [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": .string(id), "title": .string(title),
    ]
    for (key, value) in YAMLRecordDecoder.schema(of: type) { document[key] = value }
    return .object(document)
  }
}
