/// The metadata file of a table, format version 2.
///
/// What we do not know (fields of other writers, statistics files, sort orders) is kept and written back as it was.
package struct TableMetadata: Sendable, Hashable {
  package var uuid: String
  /// Where the table's files are, without a slash at the end.
  package var location: String
  package var lastSequenceNumber: Int64
  /// Milliseconds since 1970.
  package var lastUpdatedMS: Int64
  /// The highest column id that was ever used; ids of dropped columns are not given out again.
  package var lastColumnID: Int
  package var schemas: [IcebergSchema]
  package var currentSchemaID: Int
  package var partitionSpecs: [PartitionSpec]
  package var defaultSpecID: Int
  package var lastPartitionID: Int
  package var properties: [String: String]
  package var currentSnapshotID: Int64?
  package var snapshots: [Snapshot]
  package var snapshotLog: [SnapshotLogEntry]
  package var metadataLog: [MetadataLogEntry]
  package var references: [String: SnapshotReference]
  package var defaultSortOrderID: Int
  /// The whole document as it was read; members that have no property here live in it.
  var document: JSONObject

  package static let mainBranch = "main"
}

extension TableMetadata {
  /// A new table without rows.
  /// - Parameters:
  ///   - schema: columns; their ids are given anew, and partition expressions name columns.
  package init(
    uuid: String, location: String, schema: IcebergSchema, partition: [PartitionExpression] = [],
    properties: [String: String] = [:], timestampMS: Int64
  ) throws(IcebergError) {
    var (fresh, lastColumnID) = schema.assigningFreshIDs()
    fresh.id = 0
    try fresh.validate()
    let spec = try PartitionSpec(partition, schema: fresh)
    self.init(
      uuid: uuid, location: location, lastSequenceNumber: 0, lastUpdatedMS: timestampMS, lastColumnID: lastColumnID,
      schemas: [fresh], currentSchemaID: 0, partitionSpecs: [spec], defaultSpecID: 0,
      lastPartitionID: spec.fields.map(\.id).max() ?? PartitionSpec.firstFieldID - 1, properties: properties,
      currentSnapshotID: nil, snapshots: [], snapshotLog: [], metadataLog: [], references: [:], defaultSortOrderID: 0,
      document: ["format-version": 2, "sort-orders": [["order-id": 0, "fields": []]]])
  }

  package var schema: IcebergSchema {
    schemas.first { $0.id == currentSchemaID } ?? IcebergSchema(fields: [])
  }

  package var spec: PartitionSpec { partitionSpecs.first { $0.id == defaultSpecID } ?? .unpartitioned }

  package func spec(id: Int) -> PartitionSpec? { partitionSpecs.first { $0.id == id } }

  package func schema(id: Int) -> IcebergSchema? { schemas.first { $0.id == id } }

  package func snapshot(id: Int64) -> Snapshot? { snapshots.first { $0.id == id } }

  package var currentSnapshot: Snapshot? { currentSnapshotID.flatMap { snapshot(id: $0) } }

  /// The snapshot that a branch or tag names.
  package func snapshot(reference: String) -> Snapshot? {
    reference == Self.mainBranch && references[reference] == nil
      ? currentSnapshot : references[reference].flatMap { snapshot(id: $0.snapshotID) }
  }

  /// The snapshot that readers saw at a time, by the log of the main branch.
  package func snapshot(asOf timestampMS: Int64) -> Snapshot? {
    let entry = snapshotLog.last { $0.timestampMS <= timestampMS }
    return entry.flatMap { snapshot(id: $0.snapshotID) }
  }

  /// The type of a column, found by id in the current schema or in an older one, where it may have been dropped since.
  package func fieldType(id: Int) -> IcebergType? {
    schema.field(id: id)?.type ?? schemas.reversed().lazy.compactMap { $0.field(id: id)?.type }.first
  }

  /// The types of a spec's partition values; an unknown transform's or column's value is taken for a string.
  package func partitionTypes(of spec: PartitionSpec) -> [IcebergType] {
    spec.fields.map { field in
      fieldType(id: field.sourceID).flatMap { field.transform.resultType(of: $0) } ?? .string
    }
  }
}
