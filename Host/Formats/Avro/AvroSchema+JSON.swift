extension AvroSchema {
  package var json: JSONValue {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .bytes: "bytes"
    case .string: "string"
    case .union(let branches): .array(branches.map(\.json))
    default: .object(jsonObject)
    }
  }

  private var jsonObject: JSONObject {
    switch self {
    case .fixed(let name, let size): ["type": "fixed", "name": .string(name), "size": .integer(Int64(size))]
    case .enumeration(let name, let symbols):
      ["type": "enum", "name": .string(name), "symbols": .array(symbols.map(JSONValue.string))]
    case .array(let items): ["type": "array", "items": items.json]
    case .map(let values): ["type": "map", "values": values.json]
    case .record(let record):
      ["type": "record", "name": .string(record.name), "fields": .array(record.fields.map(\.json))]
    case .annotated(let inner, let attributes): inner.jsonObject.merging(attributes)
    default: ["type": json]
    }
  }

  /// Reads a schema as an Avro file states it.
  package static func parse(_ json: JSONValue) throws(AvroError) -> AvroSchema {
    var parser = AvroSchemaParser()
    return try parser.schema(json)
  }
}

extension AvroField {
  var json: JSONValue {
    var object: JSONObject = ["name": .string(name), "type": schema.json]
    if case .union(let branches) = schema, branches.first == .null { object["default"] = .null }
    if let id { object["field-id"] = .integer(Int64(id)) }
    return .object(object.merging(attributes))
  }
}

extension JSONObject {
  func merging(_ other: JSONObject) -> JSONObject {
    var merged = self
    for (key, value) in other { merged[key] = value }
    return merged
  }
}

/// Resolves references to named types while it reads.
private struct AvroSchemaParser {
  private var definitions: [String: AvroSchema] = [:]

  mutating func schema(_ json: JSONValue) throws(AvroError) -> AvroSchema {
    switch json {
    case .string(let name): return try named(name)
    case .array(let branches):
      var schemas: [AvroSchema] = []
      for branch in branches { schemas.append(try schema(branch)) }
      return .union(schemas)
    case .object(let object): return try schema(object)
    default: throw AvroError("\(json.kindName) is no Avro schema")
    }
  }

  private mutating func schema(_ object: JSONObject) throws(AvroError) -> AvroSchema {
    let base: AvroSchema
    switch object["type"] {
    case "record"?: base = try record(object)
    case "fixed"?: base = try fixed(object)
    case "enum"?: base = try enumeration(object)
    case "array"?:
      guard let items = object["items"] else { throw AvroError("an array without 'items'") }
      base = .array(try schema(items))
    case "map"?:
      guard let values = object["values"] else { throw AvroError("a map without 'values'") }
      base = .map(try schema(values))
    case let other?: base = try schema(other)
    case nil: throw AvroError("a schema without 'type'")
    }
    guard let logical = object["logicalType"] else { return base }
    return .annotated(base, ["logicalType": logical])
  }

  private func named(_ name: String) throws(AvroError) -> AvroSchema {
    switch name {
    case "null": return .null
    case "boolean": return .boolean
    case "int": return .int
    case "long": return .long
    case "float": return .float
    case "double": return .double
    case "bytes": return .bytes
    case "string": return .string
    default:
      guard let schema = definitions[name] else { throw AvroError("the type '\(name)' is not defined before its use") }
      return schema
    }
  }

  private func name(of object: JSONObject) throws(AvroError) -> String {
    guard let name = object["name"]?.stringValue else { throw AvroError("a named type without 'name'") }
    return name
  }

  private mutating func define(_ object: JSONObject, _ schema: AvroSchema) throws(AvroError) -> AvroSchema {
    let name = try name(of: object)
    definitions[name] = schema
    if let space = object["namespace"]?.stringValue { definitions[space + "." + name] = schema }
    return schema
  }

  private mutating func record(_ object: JSONObject) throws(AvroError) -> AvroSchema {
    guard let fields = object["fields"]?.arrayValue else { throw AvroError("a record without 'fields'") }
    var read: [AvroField] = []
    for field in fields {
      guard let name = field["name"]?.stringValue, let type = field["type"] else {
        throw AvroError("a field without 'name' or 'type'")
      }
      let id = field["field-id"]?.integerValue.flatMap { Int(exactly: $0) }
      read.append(AvroField(name, try schema(type), id: id))
    }
    return try define(object, .record(AvroRecordSchema(name: try name(of: object), fields: read)))
  }

  private mutating func fixed(_ object: JSONObject) throws(AvroError) -> AvroSchema {
    guard let size = object["size"]?.integerValue, size >= 0, size <= 1 << 20 else {
      throw AvroError("a fixed type without a usable 'size'")
    }
    return try define(object, .fixed(name: try name(of: object), size: Int(size)))
  }

  private mutating func enumeration(_ object: JSONObject) throws(AvroError) -> AvroSchema {
    let symbols = object["symbols"]?.arrayValue?.compactMap(\.stringValue) ?? []
    return try define(object, .enumeration(name: try name(of: object), symbols: symbols))
  }
}
