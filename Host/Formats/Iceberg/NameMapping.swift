/// Which ids the columns of files without field ids have: the table property `schema.name-mapping.default`.
package enum NameMapping {
  package static let property = "schema.name-mapping.default"

  package static func json(of schema: IcebergSchema) -> JSONValue { fields(schema.fields) }

  private static func fields(_ fields: [IcebergField]) -> JSONValue {
    .array(fields.map { entry(id: $0.id, name: $0.name, type: $0.type) })
  }

  private static func entry(id: Int, name: String, type: IcebergType) -> JSONValue {
    var object: JSONObject = ["field-id": .integer(Int64(id)), "names": [.string(name)]]
    switch type {
    case .structure(let inner): object["fields"] = fields(inner)
    case .list(let list):
      object["fields"] = [entry(id: list.elementID, name: "element", type: list.element)]
    case .map(let map):
      object["fields"] = [
        entry(id: map.keyID, name: "key", type: map.key), entry(id: map.valueID, name: "value", type: map.value),
      ]
    default: break
    }
    return .object(object)
  }
}
