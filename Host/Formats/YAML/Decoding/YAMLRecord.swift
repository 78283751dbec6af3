package import HostModel

/// A section of a file with known keys.
///
/// Its initializer asks the decoder for each field with the field's type, default and description. The same initializer
/// run over nothing gives the section's JSON Schema.
package protocol YAMLRecord: Sendable {
  /// What the section is, for its schema.
  static var summary: String { get }
  init(from fields: inout YAMLRecordDecoder)
}

/// Gives a record its fields and collects what is wrong with them.
///
/// Every mistake of a section is found in one reading: a field that cannot be read gets its default or a placeholder,
/// and reading goes on; the caller refuses the result if there was any.
package struct YAMLRecordDecoder {
  private struct Field {
    var key: String
    var schema: JSONObject
    var isRequired: Bool
    var isReserved: Bool
  }

  private let node: YAMLNode
  private let isDescribing: Bool
  private var fields: [Field] = []
  package private(set) var mistakes: YAMLMistakes

  private init(_ node: YAMLNode, isDescribing: Bool, _ mistakes: YAMLMistakes) {
    self.node = node
    self.isDescribing = isDescribing
    self.mistakes = mistakes
  }

  /// Where the section begins.
  package var place: SourcePlace { node.place }

  /// A field that the file has to have.
  package mutating func required<Value>(_ key: String, _ type: YAMLType<Value>, _ about: String) -> Value {
    declare(key, isDescribing ? type.schema() : [:], about, isRequired: true)
    guard let value = value(key) else {
      if !isDescribing { mistakes.add(place, "missing \(quoted(key)): \(type.expectation)") }
      return type.placeholder()
    }
    return type.read(value, &mistakes) ?? type.placeholder()
  }

  /// A field with a default. An empty value (`key:`) is the default too.
  package mutating func optional<Value>(
    _ key: String, _ type: YAMLType<Value>, default fallback: Value, _ about: String
  ) -> Value {
    var schema = isDescribing ? type.schema() : [:]
    if isDescribing, let shown = type.shown(fallback) { schema["default"] = shown }
    declare(key, schema, about)
    guard let value = value(key), !value.isNull else { return fallback }
    return type.read(value, &mistakes) ?? fallback
  }

  /// A field that may be absent.
  package mutating func optional<Value>(_ key: String, _ type: YAMLType<Value>, _ about: String) -> Value? {
    declare(key, isDescribing ? type.schema() : [:], about)
    guard let value = value(key), !value.isNull else { return nil }
    return type.read(value, &mistakes)
  }

  /// Keys whose meaning is settled and which are not built yet. They are refused, never ignored.
  package mutating func reserved(_ keys: String...) {
    for key in keys {
      fields.append(Field(key: key, schema: [:], isRequired: false, isReserved: true))
      guard let entry = entry(key) else { continue }
      mistakes.add(entry.keyPlace, "\(quoted(key)) is reserved, not yet supported")
    }
  }

  /// Whether the file has this key.
  package func has(_ key: String) -> Bool { entry(key) != nil }

  /// The place of a key's value; of the section if the key is absent.
  package func place(of key: String) -> SourcePlace { value(key)?.place ?? place }

  /// The node of a key.
  package func value(_ key: String) -> YAMLNode? { entry(key)?.value }

  /// Refuses a combination of fields.
  package mutating func refuse(_ key: String, _ message: String, suggestion: String? = nil) {
    guard !isDescribing else { return }
    mistakes.add(place(of: key), message, suggestion: suggestion)
  }

  /// Refuses something at a place of its own.
  package mutating func refuse(at place: SourcePlace, _ message: String, suggestion: String? = nil) {
    guard !isDescribing else { return }
    mistakes.add(place, message, suggestion: suggestion)
  }

  private func entry(_ key: String) -> YAMLEntry? { node.entries?.first { $0.key == key } }

  private mutating func declare(_ key: String, _ schema: JSONObject, _ about: String, isRequired: Bool = false) {
    var described = schema
    if isDescribing { described["description"] = .string(about) }
    fields.append(Field(key: key, schema: described, isRequired: isRequired, isReserved: false))
  }

  private mutating func refuseUnknownKeys() {
    let known = fields.filter { !$0.isReserved }.map(\.key)
    for entry in node.entries ?? [] where !fields.contains(where: { $0.key == entry.key }) {
      let suggestion =
        EditDistance.suggestion(for: entry.key, among: known)
        ?? (known.count <= 12 ? "known here: \(choices(known, joinedBy: "and"))" : nil)
      mistakes.add(entry.keyPlace, "unknown key \(quoted(entry.key))", suggestion: suggestion)
    }
  }
}

extension YAMLRecordDecoder {
  /// Reads a record from a mapping.
  package static func read<Record: YAMLRecord>(
    _ type: Record.Type, from node: YAMLNode, _ mistakes: inout YAMLMistakes
  ) -> Record? {
    guard node.entries != nil else {
      mistakes.add(node.place, "expected a mapping, found \(node.found)")
      return nil
    }
    var decoder = YAMLRecordDecoder(node, isDescribing: false, mistakes)
    let record = Record(from: &decoder)
    decoder.refuseUnknownKeys()
    mistakes = decoder.mistakes
    return record
  }

  static func placeholder<Record: YAMLRecord>(_ type: Record.Type) -> Record {
    var decoder = describing()
    return Record(from: &decoder)
  }

  /// The JSON Schema of a record.
  package static func schema<Record: YAMLRecord>(of type: Record.Type) -> JSONObject {
    var decoder = describing()
    _ = Record(from: &decoder)
    var properties = JSONObject()
    for field in decoder.fields where !field.isReserved { properties[field.key] = .object(field.schema) }
    let required = decoder.fields.filter(\.isRequired).map { JSONValue.string($0.key) }
    var schema: JSONObject = ["type": "object", "description": .string(Record.summary)]
    schema["properties"] = .object(properties)
    if !required.isEmpty { schema["required"] = .array(required) }
    schema["additionalProperties"] = false
    return schema
  }

  private static func describing() -> YAMLRecordDecoder {
    let nowhere = SourcePlace(file: "", line: 0, column: 0)
    return YAMLRecordDecoder(.emptyMapping(at: nowhere), isDescribing: true, YAMLMistakes())
  }
}
