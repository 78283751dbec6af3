/// How the rows of a table are divided among files.
package struct PartitionSpec: Sendable, Hashable {
  package var id: Int
  package var fields: [PartitionField]
  var extra: JSONObject = [:]

  package init(id: Int = 0, fields: [PartitionField]) {
    self.id = id
    self.fields = fields
  }

  package static let unpartitioned = PartitionSpec(fields: [])

  /// Ids of partition fields count from here, apart from those of columns.
  package static let firstFieldID = 1000
}

package struct PartitionField: Sendable, Hashable {
  package var id: Int
  package var name: String
  /// The id of the column.
  package var sourceID: Int
  package var transform: PartitionTransform
  var extra: JSONObject = [:]

  package init(id: Int, name: String, sourceID: Int, transform: PartitionTransform) {
    self.id = id
    self.name = name
    self.sourceID = sourceID
    self.transform = transform
  }
}

extension PartitionSpec {
  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "partition spec")
    var fields: [PartitionField] = []
    for field in try reader.array("fields") { fields.append(try PartitionField(json: field)) }
    self.init(id: try reader.int("spec-id"), fields: fields)
    extra = reader.rest(without: ["spec-id", "fields"])
  }

  package var json: JSONValue {
    let object: JSONObject = ["spec-id": .integer(Int64(id)), "fields": fieldsJSON]
    return .object(object.merging(extra))
  }

  /// The fields alone, as the header of a manifest has them.
  package var fieldsJSON: JSONValue { .array(fields.map(\.json)) }

  /// Whether another spec divides rows in the same way, whatever its ids are.
  package func isEquivalent(to other: PartitionSpec) -> Bool {
    fields.map { [$0.name, "\($0.sourceID)", "\($0.transform)"] }
      == other.fields.map { [$0.name, "\($0.sourceID)", "\($0.transform)"] }
  }
}

extension PartitionField {
  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "partition field")
    self.init(
      id: try reader.int("field-id"), name: try reader.string("name"), sourceID: try reader.int("source-id"),
      transform: PartitionTransform(metadataName: try reader.string("transform")))
    extra = reader.rest(without: ["field-id", "name", "source-id", "transform"])
  }

  var json: JSONValue {
    let object: JSONObject = [
      "source-id": .integer(Int64(sourceID)), "field-id": .integer(Int64(id)),
      "transform": .string(transform.description), "name": .string(name),
    ]
    return .object(object.merging(extra))
  }
}
