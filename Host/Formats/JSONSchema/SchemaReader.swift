/// Reads the keywords of a schema.
enum SchemaReader {
  typealias Mistake = JSONSchema.Mistake
  static let deepest = 64
  private static let ignored: Set<String> = [
    "$schema", "$id", "$comment", "title", "description", "examples", "format", "deprecated", "readOnly", "writeOnly",
  ]
  private static let known = [
    "type", "properties", "required", "additionalProperties", "enum", "const", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "pattern", "items", "minItems", "maxItems", "uniqueItems",
    "minProperties",
    "maxProperties", "oneOf", "anyOf", "allOf", "default",
  ]

  static func read(_ document: JSONValue, _ path: JSONPath, depth: Int) throws(Mistake) -> SchemaNode {
    guard depth <= deepest else { throw Mistake(path: path, message: "nested deeper than \(deepest) schemas") }
    var node = SchemaNode()
    if let allows = document.boolValue {
      node.refusesAll = !allows
      return node
    }
    guard let object = document.objectValue else {
      throw Mistake(path: path, message: "a schema is an object or a boolean, found \(document.kindName)")
    }
    for (keyword, value) in object where !ignored.contains(keyword) && !keyword.hasPrefix("x-") {
      try take(keyword, value, into: &node, path.key(keyword), depth)
    }
    return node
  }

  private static func take(
    _ keyword: String, _ value: JSONValue, into node: inout SchemaNode, _ path: JSONPath, _ depth: Int
  ) throws(Mistake) {
    switch keyword {
    case "type": node.types = try types(value, path)
    case "enum":
      guard let choices = value.arrayValue, !choices.isEmpty else { throw wrong(path, "a list with something in it") }
      node.choices = choices
    case "const": node.choices = [value]
    case "default": node.defaultValue = value
    case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum": try takeBound(keyword, value, &node, path)
    case "minLength": node.lengths.lower = try count(value, path)
    case "maxLength": node.lengths.upper = try count(value, path)
    case "minItems": node.itemCounts.lower = try count(value, path)
    case "uniqueItems":
      guard let isUnique = value.boolValue else { throw wrong(path, "true or false") }
      node.itemsAreUnique = isUnique
    case "minProperties": node.propertyCounts.lower = try count(value, path)
    case "maxProperties": node.propertyCounts.upper = try count(value, path)
    case "maxItems": node.itemCounts.upper = try count(value, path)
    case "pattern": node.pattern = try pattern(value, path)
    case "items": node.items = [try read(value, path, depth: depth + 1)]
    case "required": node.required = try names(value, path)
    case "properties": try takeProperties(value, &node, path, depth)
    case "additionalProperties": node.additional = try additional(value, path, depth)
    case "allOf": node.allOf = try schemas(value, path, depth)
    case "anyOf": node.anyOf = try schemas(value, path, depth)
    case "oneOf": node.oneOf = try schemas(value, path, depth)
    default:
      let suggestion = EditDistance.suggestion(for: keyword, among: known).map { ", \($0)" } ?? ""
      throw Mistake(path: path, message: "the keyword \(quoted(keyword)) is not supported" + suggestion)
    }
  }

  private static func wrong(_ path: JSONPath, _ expectation: String) -> Mistake {
    Mistake(path: path, message: "expected \(expectation)")
  }

  private static func types(_ value: JSONValue, _ path: JSONPath) throws(Mistake) -> [JSONType] {
    let names = value.stringValue.map { [$0] } ?? value.arrayValue?.compactMap(\.stringValue) ?? []
    let types = names.compactMap { JSONType(rawValue: $0) }
    guard !types.isEmpty, types.count == names.count, value.arrayValue.map({ $0.count == types.count }) ?? true else {
      throw wrong(path, choices(JSONType.allCases.map(\.rawValue)))
    }
    return types
  }

  private static func takeBound(
    _ keyword: String, _ value: JSONValue, _ node: inout SchemaNode, _ path: JSONPath
  ) throws(Mistake) {
    guard value.doubleValue?.isFinite == true else { throw wrong(path, "a number") }
    let bound = SchemaBound(value: value, isExclusive: keyword.hasPrefix("exclusive"))
    let isLower = keyword.hasSuffix("inimum")
    guard (isLower ? node.minimum : node.maximum) == nil else {
      throw Mistake(path: path, message: "a bound is either exclusive or not")
    }
    if isLower { node.minimum = bound } else { node.maximum = bound }
  }

  private static func count(_ value: JSONValue, _ path: JSONPath) throws(Mistake) -> Int {
    guard let count = value.integerValue, count >= 0, count <= Int64(Int.max) else {
      throw wrong(path, "a whole number of at least 0")
    }
    return Int(count)
  }

  private static func pattern(_ value: JSONValue, _ path: JSONPath) throws(Mistake) -> SchemaPattern {
    guard let text = value.stringValue else { throw wrong(path, "text") }
    do throws(SchemaPattern.Unsupported) {
      return try SchemaPattern(text)
    } catch {
      throw Mistake(path: path, message: error.message)
    }
  }

  private static func names(_ value: JSONValue, _ path: JSONPath) throws(Mistake) -> [String] {
    guard let elements = value.arrayValue, elements.allSatisfy({ $0.stringValue != nil }) else {
      throw wrong(path, "a list of names")
    }
    return elements.compactMap(\.stringValue)
  }

  private static func takeProperties(
    _ value: JSONValue, _ node: inout SchemaNode, _ path: JSONPath, _ depth: Int
  ) throws(Mistake) {
    guard let object = value.objectValue else { throw wrong(path, "an object") }
    for (name, schema) in object {
      node.propertyNames.append(name)
      node.properties[name] = try read(schema, path.key(name), depth: depth + 1)
    }
  }

  private static func additional(
    _ value: JSONValue, _ path: JSONPath, _ depth: Int
  ) throws(Mistake) -> SchemaNode.Additional {
    if let allows = value.boolValue { return allows ? .allowed : .refused }
    return .matching(try read(value, path, depth: depth + 1))
  }

  private static func schemas(_ value: JSONValue, _ path: JSONPath, _ depth: Int) throws(Mistake) -> [SchemaNode] {
    guard let elements = value.arrayValue, !elements.isEmpty else { throw wrong(path, "a list of schemas") }
    var result: [SchemaNode] = []
    for (index, element) in elements.enumerated() {
      result.append(try read(element, path.index(index), depth: depth + 1))
    }
    return result
  }
}
