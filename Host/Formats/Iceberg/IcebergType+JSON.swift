extension IcebergType: CustomStringConvertible {
  /// The name of a primitive type in metadata; of a nested one, what a message needs.
  package var description: String {
    switch self {
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .date: "date"
    case .time: "time"
    case .timestamp: "timestamp"
    case .timestamptz: "timestamptz"
    case .string: "string"
    case .uuid: "uuid"
    case .fixed(let length): "fixed[\(length)]"
    case .binary: "binary"
    case .structure(let fields): "struct<" + fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">"
    case .list(let list): "list<\(list.element)>"
    case .map(let map): "map<\(map.key), \(map.value)>"
    }
  }

  package var json: JSONValue {
    switch self {
    case .structure(let fields): ["type": "struct", "fields": .array(fields.map(\.json))]
    case .list(let list):
      [
        "type": "list", "element-id": .integer(Int64(list.elementID)), "element": list.element.json,
        "element-required": .bool(list.elementRequired),
      ]
    case .map(let map):
      [
        "type": "map", "key-id": .integer(Int64(map.keyID)), "key": map.key.json,
        "value-id": .integer(Int64(map.valueID)), "value": map.value.json, "value-required": .bool(map.valueRequired),
      ]
    default: .string(description)
    }
  }

  package static func parse(_ json: JSONValue) throws(IcebergError) -> IcebergType {
    if let name = json.stringValue { return try primitive(name) }
    let reader = try MetadataReader(json, in: "type")
    switch try reader.string("type") {
    case "struct":
      var fields: [IcebergField] = []
      for field in try reader.array("fields") { fields.append(try IcebergField(json: field)) }
      return .structure(fields)
    case "list":
      return .list(
        IcebergListType(
          elementID: try reader.int("element-id"), element: try parse(try reader.value("element")),
          elementRequired: try reader.bool("element-required")))
    case "map":
      return .map(
        IcebergMapType(
          keyID: try reader.int("key-id"), key: try parse(try reader.value("key")),
          valueID: try reader.int("value-id"), value: try parse(try reader.value("value")),
          valueRequired: try reader.bool("value-required")))
    case let other: throw IcebergError("the type '\(other)' is not one of format version 2")
    }
  }

  /// Reads `decimal(9, 2)`, `fixed[16]` or the name of a type without parameters.
  package static func primitive(_ name: String) throws(IcebergError) -> IcebergType {
    switch name {
    case "boolean": return .boolean
    case "int": return .int
    case "long": return .long
    case "float": return .float
    case "double": return .double
    case "date": return .date
    case "time": return .time
    case "timestamp": return .timestamp
    case "timestamptz": return .timestamptz
    case "string": return .string
    case "uuid": return .uuid
    case "binary": return .binary
    default: break
    }
    if let numbers = parameters(of: name, "decimal(", ")"), numbers.count == 2, (1...maximumPrecision) ~= numbers[0],
      (0...numbers[0]) ~= numbers[1]
    {
      return .decimal(precision: numbers[0], scale: numbers[1])
    }
    if let numbers = parameters(of: name, "fixed[", "]"), numbers.count == 1, numbers[0] >= 0 {
      return .fixed(numbers[0])
    }
    throw IcebergError("the type '\(name)' is not one of format version 2")
  }

  private static func parameters(of name: String, _ prefix: String, _ suffix: String) -> [Int]? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count else { return nil }
    let inner = name.dropFirst(prefix.count).dropLast(suffix.count)
    let numbers = inner.split(separator: ",", omittingEmptySubsequences: false).map { part in
      Int(String(part.filter { $0 != " " }))
    }
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }
}

extension IcebergField {
  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "field")
    self.init(
      try reader.int("id"), try reader.string("name"), try IcebergType.parse(try reader.value("type")),
      required: try reader.bool("required"), doc: reader.optional("doc")?.stringValue)
    extra = reader.rest(without: ["id", "name", "type", "required", "doc"])
  }

  var json: JSONValue {
    var object: JSONObject = [
      "id": .integer(Int64(id)), "name": .string(name), "required": .bool(required), "type": type.json,
    ]
    if let doc { object["doc"] = .string(doc) }
    return .object(object.merging(extra))
  }
}
