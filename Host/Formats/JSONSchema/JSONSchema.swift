/// A JSON Schema, of the part of draft 2020-12 that configurations need.
///
/// Keywords: `type`, `properties`, `required`, `additionalProperties`, `enum`, `const`, `minimum`, `maximum`,
/// `exclusiveMinimum`, `exclusiveMaximum`, `minLength`, `maxLength`, `pattern` (see `SchemaPattern`), `items`,
/// `minItems`, `maxItems`, `uniqueItems`, `minProperties`, `maxProperties`, `oneOf`, `anyOf`, `allOf`; `default`, `title`,
/// `description`, `examples`, `format`, `deprecated`, `$schema`, `$id`, `$comment` and what begins with `x-` are read over. Any other keyword is refused when the schema is read: a
/// condition that is not checked would be a promise that is not kept.
package struct JSONSchema: Sendable {
  /// Why a text is no schema that we can check.
  package struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where in the schema.
    package var path: JSONPath
    package var message: String
    package var description: String { path.steps.isEmpty ? message : "\(path): \(message)" }
  }

  /// A condition that a value does not meet.
  package struct Violation: Sendable, Hashable {
    /// What is wrong about the value at the path.
    package enum Subject: Sendable, Hashable {
      case value
      /// The value is the object, and its key is what is wrong.
      case key
    }
    package var path: JSONPath
    package var subject = Subject.value
    package var message: String
    package var suggestion: String?
    /// The types that would have been right, where the type is what is wrong.
    package var expectedTypes: [JSONType] = []
  }

  let root: SchemaNode

  /// Reads a schema.
  package init(_ document: JSONValue) throws(Mistake) {
    root = try SchemaReader.read(document, JSONPath(), depth: 0)
  }

  /// All conditions that a document does not meet, at most 100.
  package func violations(of document: JSONValue) -> [Violation] {
    var validator = SchemaValidator()
    validator.validate(document, root, JSONPath())
    return validator.violations
  }

  /// The document with the schema's defaults where it states nothing.
  package func fillingDefaults(_ document: JSONValue) -> JSONValue { root.fillingDefaults(document) }
}

/// The types of JSON Schema.
package enum JSONType: String, Sendable, CaseIterable {
  case null, boolean, integer, number, string, array, object

  /// With its article, for messages.
  var phrase: String {
    switch self {
    case .null: "nothing"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "a mapping"
    }
  }

  func includes(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.null, .null), (.boolean, .bool), (.string, .string), (.array, .array), (.object, .object),
      (.number, .integer), (.number, .number), (.integer, .integer):
      true
    // `1.0` is an integer of JSON Schema, whatever its spelling.
    case (.integer, .number(let text)): Double(text).map { $0 == $0.rounded() && $0.isFinite } ?? false
    default: false
    }
  }
}
