/// Compares a document with a schema and collects what does not fit.
struct SchemaValidator {
  static let most = 100
  private(set) var violations: [JSONSchema.Violation] = []

  mutating func validate(_ value: JSONValue, _ schema: SchemaNode, _ path: JSONPath) {
    guard violations.count < Self.most else { return }
    if schema.refusesAll { return add(path, "is not allowed here") }
    guard hasType(value, schema, path), isChoice(value, schema, path) else { return }
    switch value {
    case .integer, .number: checkBounds(value, schema, path)
    case .string(let text): checkText(text, schema, path)
    case .array(let elements): checkArray(elements, schema, path)
    case .object(let object): checkObject(object, schema, path)
    case .null, .bool: break
    }
    for part in schema.allOf { validate(value, part, path) }
    if !schema.anyOf.isEmpty { checkAlternatives(value, schema.anyOf, path, exactlyOne: false) }
    if !schema.oneOf.isEmpty { checkAlternatives(value, schema.oneOf, path, exactlyOne: true) }
  }

  private mutating func add(_ path: JSONPath, _ message: String, suggestion: String? = nil) {
    violations.append(JSONSchema.Violation(path: path, message: message, suggestion: suggestion))
  }

  private mutating func hasType(_ value: JSONValue, _ schema: SchemaNode, _ path: JSONPath) -> Bool {
    guard !schema.types.isEmpty, !schema.types.contains(where: { $0.includes(value) }) else { return true }
    let expected = choices(schema.types.map(\.phrase))
    violations.append(
      JSONSchema.Violation(
        path: path, message: "expected \(expected), found \(Self.kind(value))", expectedTypes: schema.types))
    return false
  }

  /// What a value is, without what is in it: it may be a password.
  private static func kind(_ value: JSONValue) -> String {
    JSONType.allCases.first { $0.includes(value) }.map { $0 == .boolean ? "a boolean" : $0.phrase } ?? "something else"
  }

  private mutating func isChoice(_ value: JSONValue, _ schema: SchemaNode, _ path: JSONPath) -> Bool {
    guard let allowed = schema.choices, !allowed.contains(where: { Self.equal($0, value) }) else { return true }
    let words = allowed.map { $0.stringValue ?? $0.text() }
    let suggestion = value.stringValue.flatMap { EditDistance.suggestion(for: $0, among: words) }
    add(path, "expected \(choices(words))", suggestion: suggestion)
    return false
  }

  private static func equal(_ a: JSONValue, _ b: JSONValue) -> Bool {
    if a == b { return true }
    guard let left = a.doubleValue, let right = b.doubleValue else { return false }
    return left == right
  }

  private mutating func checkBounds(_ value: JSONValue, _ schema: SchemaNode, _ path: JSONPath) {
    if let bound = schema.minimum, let order = bound.comparison(of: value), order < (bound.isExclusive ? 1 : 0) {
      add(path, "expected a number \(bound.isExclusive ? "above" : "of at least") \(bound.value.text())")
    }
    if let bound = schema.maximum, let order = bound.comparison(of: value), order > (bound.isExclusive ? -1 : 0) {
      add(path, "expected a number \(bound.isExclusive ? "below" : "of at most") \(bound.value.text())")
    }
  }

  private mutating func checkText(_ text: String, _ schema: SchemaNode, _ path: JSONPath) {
    let length = text.unicodeScalars.count
    if length < schema.lengths.lower {
      add(
        path,
        schema.lengths.lower == 1
          ? "expected a text that is not empty" : "expected at least \(schema.lengths.lower) characters")
    }
    if let upper = schema.lengths.upper, length > upper { add(path, "expected at most \(upper) characters") }
    if let pattern = schema.pattern, !pattern.matches(text) {
      add(path, "expected text that matches \(pattern.source)")
    }
  }

  private mutating func checkArray(_ elements: [JSONValue], _ schema: SchemaNode, _ path: JSONPath) {
    checkCount(elements.count, schema.itemCounts, path)
    if schema.itemsAreUnique, Set(elements).count < elements.count { add(path, "an entry occurs twice") }
    guard let item = schema.items.first else { return }
    for (index, element) in elements.enumerated() { validate(element, item, path.index(index)) }
  }

  private mutating func checkCount(_ count: Int, _ range: SchemaRange, _ path: JSONPath) {
    if count < range.lower { add(path, "expected at least \(Self.entries(range.lower))") }
    if let upper = range.upper, count > upper { add(path, "expected at most \(Self.entries(upper))") }
  }

  private static func entries(_ count: Int) -> String { count == 1 ? "1 entry" : "\(count) entries" }

  private mutating func checkObject(_ object: JSONObject, _ schema: SchemaNode, _ path: JSONPath) {
    checkCount(object.count, schema.propertyCounts, path)
    for name in schema.required where !object.contains(name) {
      add(path, "missing \(quoted(name))")
    }
    for (name, value) in object {
      if let property = schema.properties[name] {
        validate(value, property, path.key(name))
        continue
      }
      switch schema.additional {
      case .allowed: break
      case .matching(let other): validate(value, other, path.key(name))
      case .refused: addUnknown(name, schema, path)
      }
    }
  }

  private mutating func addUnknown(_ name: String, _ schema: SchemaNode, _ path: JSONPath) {
    let known = schema.propertyNames
    let suggestion =
      EditDistance.suggestion(for: name, among: known)
      ?? (known.isEmpty || known.count > 12 ? nil : "known here: \(choices(known, joinedBy: "and"))")
    violations.append(
      JSONSchema.Violation(
        path: path.key(name), subject: .key, message: "unknown key \(quoted(name))", suggestion: suggestion))
  }

  private mutating func checkAlternatives(
    _ value: JSONValue, _ alternatives: [SchemaNode], _ path: JSONPath, exactlyOne: Bool
  ) {
    var failed: [[JSONSchema.Violation]] = []
    for alternative in alternatives {
      var attempt = SchemaValidator()
      attempt.validate(value, alternative, path)
      if !attempt.violations.isEmpty { failed.append(attempt.violations) }
    }
    let fitting = alternatives.count - failed.count
    if fitting == 1 || fitting > 1 && !exactlyOne { return }
    if fitting > 1 { return add(path, "fits \(fitting) alternatives, expected exactly one") }
    violations.append(contentsOf: Self.explanation(failed, path))
  }

  /// The mistakes of the alternative that was meant: one that has the right type, and of several the nearest.
  private static func explanation(
    _ failed: [[JSONSchema.Violation]], _ path: JSONPath
  ) -> [JSONSchema.Violation] {
    let rightType = failed.filter { !$0.contains { $0.path == path && !$0.expectedTypes.isEmpty } }
    if let nearest = rightType.min(by: { $0.count < $1.count }) { return nearest }
    let types = failed.flatMap { $0.flatMap(\.expectedTypes) }
    let unique = JSONType.allCases.filter { types.contains($0) }
    let found = failed.first?.first?.message.split(separator: "found ").last.map(String.init) ?? "something else"
    return [
      JSONSchema.Violation(
        path: path, message: "expected \(choices(unique.map(\.phrase))), found \(found)", expectedTypes: unique)
    ]
  }
}
