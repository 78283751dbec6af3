import HostFormats
import Testing

@Suite struct JSONSchemaTests {
  private func violations(_ schema: String, _ document: String) throws -> [String] {
    let schema = try JSONSchema(JSONValue.parse(schema))
    return try schema.violations(of: JSONValue.parse(document)).map { violation in
      let head = violation.path.steps.isEmpty ? "" : "\(violation.path): "
      return head + violation.message + (violation.suggestion.map { ", \($0)" } ?? "")
    }
  }

  @Test(arguments: [
    (#"{}"#, #"{"a": [1, null]}"#), (#"true"#, "5"), (#"{"type": "integer"}"#, "1.0"), (#"{"type": "number"}"#, "1"),
    (#"{"type": ["string", "null"]}"#, "null"), (#"{"enum": [1, "a"]}"#, "1.0"),
    (#"{"const": {"a": 1}}"#, #"{"a": 1}"#),
    (#"{"minimum": 1, "maximum": 1}"#, "1"), (#"{"exclusiveMinimum": 0}"#, "0.1"), (#"{"minimum": 5}"#, #""text""#),
    (#"{"maximum": 9007199254740993}"#, "9007199254740993"), (#"{"minLength": 1, "maxLength": 1}"#, #""é""#),
    (#"{"items": {"type": "integer"}, "minItems": 1, "maxItems": 2}"#, "[1, 2]"),
    (#"{"properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}"#, #"{"a": "x"}"#),
    (#"{"additionalProperties": {"type": "integer"}}"#, #"{"a": 1}"#),
    (#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#, "1"),
    (#"{"anyOf": [{"minimum": 1}, {"minimum": 2}]}"#, "3"), (#"{"allOf": [{"minimum": 1}, {"maximum": 3}]}"#, "3"),
    (#"{"pattern": "^a+$", "description": "x", "default": 1, "$comment": "y"}"#, #""aaa""#),
  ])
  func fittingDocumentHasNoViolation(_ schema: String, _ document: String) throws {
    #expect(try violations(schema, document) == [])
  }

  @Test(arguments: [
    (#"false"#, "5", ["is not allowed here"]),
    (#"{"type": "integer"}"#, "1.5", ["expected a whole number, found a number"]),
    (#"{"type": "number"}"#, #""1""#, ["expected a number, found text"]),
    (#"{"type": "boolean"}"#, "[]", ["expected true or false, found a list"]),
    (#"{"type": ["string", "null"]}"#, "true", ["expected text or nothing, found a boolean"]),
    (#"{"enum": ["csv", "jsonl"]}"#, #""cvs""#, ["expected csv or jsonl, did you mean 'csv'?"]),
    (#"{"const": 1}"#, "2", ["expected 1"]), (#"{"minimum": 1}"#, "0", ["expected a number of at least 1"]),
    (#"{"exclusiveMinimum": 1}"#, "1", ["expected a number above 1"]),
    (#"{"exclusiveMaximum": 1}"#, "1", ["expected a number below 1"]),
    (#"{"maximum": 9007199254740992}"#, "9007199254740993", ["expected a number of at most 9007199254740992"]),
    (#"{"minLength": 1}"#, "\"\"", ["expected a text that is not empty"]),
    (#"{"maxLength": 1}"#, #""ab""#, ["expected at most 1 characters"]),
    (#"{"pattern": "^[a-z]+$"}"#, #""A""#, ["expected text that matches ^[a-z]+$"]),
    (#"{"minItems": 1}"#, "[]", ["expected at least 1 entry"]),
    (#"{"maxItems": 1}"#, "[1, 2]", ["expected at most 1 entry"]),
    (
      #"{"items": {"type": "string"}}"#, #"["a", 1, 2]"#,
      ["[1]: expected text, found a whole number", "[2]: expected text, found a whole number"]
    ),
    (#"{"required": ["a", "b"]}"#, #"{"a": 1}"#, ["missing 'b'"]),
    (
      #"{"properties": {"path": {}, "format": {}}, "additionalProperties": false}"#, #"{"paht": 1}"#,
      ["paht: unknown key 'paht', did you mean 'path'?"]
    ),
    (
      #"{"properties": {"path": {}}, "additionalProperties": false}"#, #"{"zzz": 1}"#,
      ["zzz: unknown key 'zzz', known here: path"]
    ),
    (#"{"additionalProperties": {"type": "integer"}}"#, #"{"a": "x"}"#, ["a: expected a whole number, found text"]),
    (#"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#, "[]", ["expected a whole number or text, found a list"]),
    (#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "3", ["fits 2 alternatives, expected exactly one"]),
    (
      #"{"oneOf": [{"type": "string"}, {"type": "object", "required": ["name"]}]}"#, "{}",
      ["missing 'name'"]
    ),
    (
      #"{"properties": {"a": {"items": {"properties": {"b": {"type": "string"}}}}}}"#, #"{"a": [{}, {"b": 1}]}"#,
      ["a[1].b: expected text, found a whole number"]
    ),
  ])
  func documentThatDoesNotFitIsExplained(_ schema: String, _ document: String, _ expected: [String]) throws {
    #expect(try violations(schema, document) == expected)
  }

  @Test(arguments: [
    (#"5"#, "a schema is an object or a boolean, found a number"),
    (#"{"$ref": "x"}"#, "$ref: the keyword '$ref' is not supported"),
    (#"{"propertys": {}}"#, "propertys: the keyword 'propertys' is not supported, did you mean 'properties'?"),
    (#"{"type": "text"}"#, "type: expected null, boolean, integer, number, string, array or object"),
    (#"{"enum": []}"#, "enum: expected a list with something in it"),
    (#"{"minimum": "1"}"#, "minimum: expected a number"),
    (#"{"minimum": 1, "exclusiveMinimum": 1}"#, "exclusiveMinimum: a bound is either exclusive or not"),
    (#"{"minLength": -1}"#, "minLength: expected a whole number of at least 0"),
    (#"{"required": [1]}"#, "required: expected a list of names"),
    (#"{"oneOf": []}"#, "oneOf: expected a list of schemas"),
    (#"{"properties": {"a": {"pattern": "(a|b)"}}}"#, "properties.a.pattern: '(' is not supported here in a pattern"),
  ])
  func schemaThatCannotBeCheckedIsRefused(_ schema: String, _ message: String) throws {
    let document = try JSONValue.parse(schema)
    #expect(throws: JSONSchema.Mistake.self) { try JSONSchema(document) }
    do { _ = try JSONSchema(document) } catch { #expect(error.description == message) }
  }

  @Test func schemaThatNestsTooDeeplyIsRefused() throws {
    let text = String(repeating: #"{"items":"#, count: 65) + "{}" + String(repeating: "}", count: 65)
    #expect(throws: JSONSchema.Mistake.self) { try JSONSchema(JSONValue.parse(text)) }
  }

  @Test func defaultsFillWhatIsNotStated() throws {
    let schema = try JSONSchema(
      JSONValue.parse(
        #"{"properties": {"a": {"default": 1}, "b": {"properties": {"c": {"default": [2]}}}, "d": {"default": {}}}}"#))
    #expect(try schema.fillingDefaults(.parse(#"{"b": {}, "d": 5}"#)) == .parse(#"{"b": {"c": [2]}, "d": 5, "a": 1}"#))
  }

  @Test func violationsAreBounded() throws {
    let schema = try JSONSchema(JSONValue.parse(#"{"items": {"type": "string"}}"#))
    #expect(schema.violations(of: .array([JSONValue](repeating: 1, count: 10_000))).count == 100)
  }

  @Test(arguments: [
    ("abc", "xabcx", true), ("^abc", "xabc", false), ("abc$", "abcx", false), ("^a*$", "", true), ("^a+$", "", false),
    ("^a?b$", "b", true), ("^[a-c_-]{2,3}$", "a-", true), ("^[a-c]{2,3}$", "aaaa", false), ("^[^/]+$", "a/b", false),
    (#"^\d{4}-\d\d$"#, "2026-01", true), (#"^\w+\.so$"#, "lib_x.so", true), (#"^\S+$"#, "a b", false),
    (#"^\x41\u00e9$"#, "Aé", true), ("^.$", "\n", false), ("^a{0}$", "", true), ("", "x", true),
    ("a{2,}", "xaax", true),
  ])
  func patternMatches(_ pattern: String, _ text: String, _ expected: Bool) throws {
    #expect(try SchemaPattern(pattern).matches(text) == expected)
  }

  @Test(arguments: [
    "(a)", "a|b", "a**", "[a", "a{", "a{3,1}", "a{2000}", #"\1"#, #"\b"#, "a\\", "a^", "a$b", "[z-a]", "[]a]",
  ])
  func patternOutsideTheSubsetIsRefused(_ pattern: String) {
    #expect(throws: SchemaPattern.Unsupported.self) { try SchemaPattern(pattern) }
  }

  @Test func patternThatIsHardForBacktrackingEnds() throws {
    let pattern = try SchemaPattern("^" + String(repeating: "a*", count: 40) + "b$")
    #expect(!pattern.matches(String(repeating: "a", count: 2000)))
  }
}
