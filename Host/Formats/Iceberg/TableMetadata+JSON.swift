extension TableMetadata {
  package static let supportedFormatVersion: Int64 = 2

  package static func parse(_ bytes: [UInt8]) throws(IcebergError) -> TableMetadata {
    let json: JSONValue
    do { json = try JSONValue.parse(bytes) } catch { throw IcebergError("the table metadata is no JSON: \(error)") }
    return try TableMetadata(json: json)
  }

  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "table metadata")
    try Self.checkVersion(try reader.long("format-version"))
    var schemas: [IcebergSchema] = []
    for schema in try reader.array("schemas") { schemas.append(try IcebergSchema(json: schema)) }
    var specs: [PartitionSpec] = []
    for spec in try reader.array("partition-specs") { specs.append(try PartitionSpec(json: spec)) }
    var snapshots: [Snapshot] = []
    for snapshot in try reader.optionalArray("snapshots") { snapshots.append(try Snapshot(json: snapshot)) }
    let current = try reader.optionalLong("current-snapshot-id").flatMap { $0 == -1 ? nil : $0 }
    self.init(
      uuid: try reader.string("table-uuid"), location: Self.withoutSlash(try reader.string("location")),
      lastSequenceNumber: try reader.long("last-sequence-number"), lastUpdatedMS: try reader.long("last-updated-ms"),
      lastColumnID: try reader.int("last-column-id"), schemas: schemas,
      currentSchemaID: try reader.int("current-schema-id"), partitionSpecs: specs,
      defaultSpecID: try reader.int("default-spec-id"),
      lastPartitionID: try reader.optionalInt("last-partition-id") ?? Self.highestPartitionID(specs),
      properties: try reader.strings("properties"), currentSnapshotID: current, snapshots: snapshots,
      snapshotLog: try Self.snapshotLog(reader), metadataLog: try Self.metadataLog(reader),
      references: try Self.references(reader, current: current),
      defaultSortOrderID: try reader.optionalInt("default-sort-order-id") ?? 0, document: reader.object)
    try checkCurrent()
  }

  private static func checkVersion(_ version: Int64) throws(IcebergError) {
    guard version != supportedFormatVersion else { return }
    throw IcebergError(
      "the table has format version \(version); version 2 is supported",
      advice: version > supportedFormatVersion
        ? "use an engine that knows version \(version), or create the table with format-version=2"
        : "upgrade it by setting the table property format-version=2 with the engine that made it")
  }

  private func checkCurrent() throws(IcebergError) {
    guard schema(id: currentSchemaID) != nil else {
      throw IcebergError("table metadata: the current schema \(currentSchemaID) is missing")
    }
    guard spec(id: defaultSpecID) != nil else {
      throw IcebergError("table metadata: the default partition spec \(defaultSpecID) is missing")
    }
    if let currentSnapshotID, snapshot(id: currentSnapshotID) == nil {
      throw IcebergError("table metadata: the current snapshot \(currentSnapshotID) is missing")
    }
  }

  private static func withoutSlash(_ location: String) -> String {
    var trimmed = location[...]
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    return String(trimmed)
  }

  private static func highestPartitionID(_ specs: [PartitionSpec]) -> Int {
    specs.flatMap(\.fields).map(\.id).max() ?? PartitionSpec.firstFieldID - 1
  }

  private static func snapshotLog(_ reader: MetadataReader) throws(IcebergError) -> [SnapshotLogEntry] {
    var log: [SnapshotLogEntry] = []
    for json in try reader.optionalArray("snapshot-log") {
      let entry = try MetadataReader(json, in: "snapshot log")
      log.append(
        SnapshotLogEntry(timestampMS: try entry.long("timestamp-ms"), snapshotID: try entry.long("snapshot-id")))
    }
    return log
  }

  private static func metadataLog(_ reader: MetadataReader) throws(IcebergError) -> [MetadataLogEntry] {
    var log: [MetadataLogEntry] = []
    for json in try reader.optionalArray("metadata-log") {
      let entry = try MetadataReader(json, in: "metadata log")
      log.append(
        MetadataLogEntry(timestampMS: try entry.long("timestamp-ms"), metadataFile: try entry.string("metadata-file")))
    }
    return log
  }

  private static func references(
    _ reader: MetadataReader, current: Int64?
  ) throws(IcebergError) -> [String: SnapshotReference] {
    var references: [String: SnapshotReference] = [:]
    for (name, json) in reader.optional("refs")?.objectValue ?? [:] {
      references[name] = try SnapshotReference(json: json)
    }
    if let current, references[mainBranch] == nil { references[mainBranch] = SnapshotReference(snapshotID: current) }
    return references
  }
}

extension TableMetadata {
  package var json: JSONValue {
    var object = document
    object["format-version"] = .integer(Self.supportedFormatVersion)
    object["table-uuid"] = .string(uuid)
    object["location"] = .string(location)
    object["last-sequence-number"] = .integer(lastSequenceNumber)
    object["last-updated-ms"] = .integer(lastUpdatedMS)
    object["last-column-id"] = .integer(Int64(lastColumnID))
    object["current-schema-id"] = .integer(Int64(currentSchemaID))
    object["schemas"] = .array(schemas.map(\.json))
    object["default-spec-id"] = .integer(Int64(defaultSpecID))
    object["partition-specs"] = .array(partitionSpecs.map(\.json))
    object["last-partition-id"] = .integer(Int64(lastPartitionID))
    object["default-sort-order-id"] = .integer(Int64(defaultSortOrderID))
    object["properties"] = .object(JSONObject(strings: properties))
    // A table without rows has no such member: some readers take null and -1 for an id.
    object["current-snapshot-id"] = currentSnapshotID.map { .integer($0) }
    object["refs"] = .object(JSONObject(references.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
    object["snapshots"] = .array(snapshots.map(\.json))
    object["snapshot-log"] = .array(
      snapshotLog.map { ["timestamp-ms": .integer($0.timestampMS), "snapshot-id": .integer($0.snapshotID)] })
    object["metadata-log"] = .array(
      metadataLog.map { ["timestamp-ms": .integer($0.timestampMS), "metadata-file": .string($0.metadataFile)] })
    return .object(object)
  }

  package func serialized() -> [UInt8] { json.serialized() }
}
