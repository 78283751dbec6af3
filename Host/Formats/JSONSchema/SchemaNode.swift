/// One schema with its keywords, read and checked.
struct SchemaNode: Sendable {
  enum Additional: Sendable {
    case allowed
    case refused
    indirect case matching(SchemaNode)
  }

  /// What a boolean schema says: false refuses every value.
  var refusesAll = false
  var types: [JSONType] = []
  var choices: [JSONValue]?
  var minimum: SchemaBound?
  var maximum: SchemaBound?
  var lengths = SchemaRange()
  var pattern: SchemaPattern?
  var items: [SchemaNode] = []
  var itemCounts = SchemaRange()
  var itemsAreUnique = false
  var propertyCounts = SchemaRange()
  var propertyNames: [String] = []
  var properties: [String: SchemaNode] = [:]
  var required: [String] = []
  var additional = Additional.allowed
  var allOf: [SchemaNode] = []
  var anyOf: [SchemaNode] = []
  var oneOf: [SchemaNode] = []
  var defaultValue: JSONValue?

  func fillingDefaults(_ document: JSONValue) -> JSONValue {
    switch document {
    case .object(var object):
      for name in propertyNames {
        guard let schema = properties[name] else { continue }
        if let value = object[name] {
          object[name] = schema.fillingDefaults(value)
        } else if let value = schema.defaultValue {
          object[name] = value
        }
      }
      return .object(object)
    case .array(let elements):
      guard let schema = items.first else { return document }
      return .array(elements.map { schema.fillingDefaults($0) })
    default: return document
    }
  }
}

/// A bound of numbers. Kept as written too, since the message should say `9007199254740993` and not its nearest double.
struct SchemaBound: Sendable {
  var value: JSONValue
  var isExclusive: Bool

  /// How a number stands to the bound: negative below, 0 equal, positive above. Whole numbers are compared exactly.
  func comparison(of number: JSONValue) -> Int? {
    if case .integer(let a) = number, case .integer(let b) = value { return a < b ? -1 : a == b ? 0 : 1 }
    guard let a = number.doubleValue, let b = value.doubleValue else { return nil }
    return a < b ? -1 : a == b ? 0 : 1
  }
}

struct SchemaRange: Sendable {
  var lower = 0
  var upper: Int?
}
