/// The columns of a table at one time.
package struct IcebergSchema: Sendable, Hashable {
  package var id: Int
  package var fields: [IcebergField]
  /// The columns that identify a row: required, primitive and not floating.
  package var identifierFieldIDs: [Int]
  var extra: JSONObject = [:]

  package init(id: Int = 0, fields: [IcebergField], identifierFieldIDs: [Int] = []) {
    self.id = id
    self.fields = fields
    self.identifierFieldIDs = identifierFieldIDs
  }

  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "schema")
    var fields: [IcebergField] = []
    for field in try reader.array("fields") { fields.append(try IcebergField(json: field)) }
    let identifiers = try reader.optionalArray("identifier-field-ids").compactMap(\.integerValue)
    self.init(
      id: try reader.optionalInt("schema-id") ?? 0, fields: fields,
      identifierFieldIDs: identifiers.compactMap { Int(exactly: $0) })
    extra = reader.rest(without: ["type", "fields", "schema-id", "identifier-field-ids"])
  }

  package var json: JSONValue {
    var object: JSONObject = [
      "type": "struct", "schema-id": .integer(Int64(id)), "fields": .array(fields.map(\.json)),
    ]
    if !identifierFieldIDs.isEmpty {
      object["identifier-field-ids"] = .array(identifierFieldIDs.map { .integer(Int64($0)) })
    }
    return .object(object.merging(extra))
  }
}

extension IcebergSchema {
  package static func parse(_ json: JSONValue) throws(IcebergError) -> IcebergSchema { try IcebergSchema(json: json) }

  package func field(named name: String) -> IcebergField? { fields.first { $0.name == name } }

  /// The field at a dotted path through structs; a column whose name has dots itself is found first.
  package func field(at path: String) -> IcebergField? {
    var found: IcebergField?
    visit { if found == nil, $0 == path, $2 { found = $1 } }
    return found
  }

  /// The field, list element, map key or map value with this id.
  package func field(id: Int) -> IcebergField? {
    var found: IcebergField?
    visit { _, field, _ in if field.id == id { found = field } }
    return found
  }

  package var highestFieldID: Int {
    var highest = 0
    visit { _, field, _ in highest = max(highest, field.id) }
    return highest
  }

  /// Calls `body` with the path of every field on every level, the field, and whether one row has one value of it (so
  /// not inside a list or map). Elements, keys and values of collections are visited under those names.
  package func visit(_ body: (_ path: String, _ field: IcebergField, _ isSingle: Bool) -> Void) {
    for field in fields { Self.visit(field, path: field.name, isSingle: true, body) }
  }

  private static func visit(
    _ field: IcebergField, path: String, isSingle: Bool, _ body: (String, IcebergField, Bool) -> Void
  ) {
    body(path, field, isSingle)
    switch field.type {
    case .structure(let fields):
      for inner in fields { visit(inner, path: path + "." + inner.name, isSingle: isSingle, body) }
    case .list(let list):
      let element = IcebergField(list.elementID, "element", list.element, required: list.elementRequired)
      visit(element, path: path + ".element", isSingle: false, body)
    case .map(let map):
      let key = IcebergField(map.keyID, "key", map.key, required: true)
      let value = IcebergField(map.valueID, "value", map.value, required: map.valueRequired)
      visit(key, path: path + ".key", isSingle: false, body)
      visit(value, path: path + ".value", isSingle: false, body)
    default: break
    }
  }

  /// Refuses what no reader could make sense of: an id or a name that occurs twice, identifiers that cannot identify.
  package func validate() throws(IcebergError) {
    var ids: Set<Int> = []
    var paths: Set<String> = []
    var problem: IcebergError?
    visit { path, field, _ in
      if !ids.insert(field.id).inserted {
        problem = IcebergError("the field id \(field.id) occurs twice in the schema")
      }
      if !paths.insert(path).inserted {
        problem = IcebergError("the column '\(path)' occurs twice", advice: "rename one of them")
      }
      if field.name.isEmpty { problem = IcebergError("a column without a name", advice: "name it") }
    }
    if let problem { throw problem }
    for id in identifierFieldIDs {
      guard let field = field(id: id) else { throw IcebergError("the identifier field \(id) does not exist") }
      guard field.required, field.type.isPrimitive, !field.type.isFloating else {
        throw IcebergError(
          "the column '\(field.name)' cannot identify rows",
          advice: "a key column is required, not nested and not floating")
      }
    }
  }
}
