/// The rows of a table at one time: a list of manifests.
package struct Snapshot: Sendable, Hashable {
  package var id: Int64
  package var parentID: Int64?
  package var sequenceNumber: Int64
  /// Milliseconds since 1970.
  package var timestampMS: Int64
  package var manifestList: String
  /// `operation` and counts, all strings.
  package var summary: [String: String]
  package var schemaID: Int?
  var extra: JSONObject = [:]

  package init(
    id: Int64, parentID: Int64?, sequenceNumber: Int64, timestampMS: Int64, manifestList: String,
    summary: [String: String], schemaID: Int?
  ) {
    self.id = id
    self.parentID = parentID
    self.sequenceNumber = sequenceNumber
    self.timestampMS = timestampMS
    self.manifestList = manifestList
    self.summary = summary
    self.schemaID = schemaID
  }

  package var operation: String { summary["operation"] ?? "append" }
}

extension Snapshot {
  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "snapshot")
    guard reader.optional("manifest-list") != nil else {
      throw IcebergError(
        "a snapshot lists its manifests inline, as tables of format version 1 did",
        advice: "rewrite the table's metadata with the engine that made it")
    }
    self.init(
      id: try reader.long("snapshot-id"), parentID: try reader.optionalLong("parent-snapshot-id"),
      sequenceNumber: try reader.optionalLong("sequence-number") ?? 0, timestampMS: try reader.long("timestamp-ms"),
      manifestList: try reader.string("manifest-list"), summary: try reader.strings("summary"),
      schemaID: try reader.optionalInt("schema-id"))
    extra = reader.rest(without: [
      "snapshot-id", "parent-snapshot-id", "sequence-number", "timestamp-ms", "manifest-list", "summary", "schema-id",
    ])
  }

  var json: JSONValue {
    var object: JSONObject = ["snapshot-id": .integer(id)]
    if let parentID { object["parent-snapshot-id"] = .integer(parentID) }
    object["sequence-number"] = .integer(sequenceNumber)
    object["timestamp-ms"] = .integer(timestampMS)
    object["manifest-list"] = .string(manifestList)
    object["summary"] = .object(JSONObject(strings: summary))
    if let schemaID { object["schema-id"] = .integer(Int64(schemaID)) }
    return .object(object.merging(extra))
  }
}

/// A name for a snapshot: a branch moves with its commits, a tag does not.
package struct SnapshotReference: Sendable, Hashable {
  package var snapshotID: Int64
  package var isBranch: Bool
  /// Retention and whatever else the reference has.
  var extra: JSONObject = [:]

  package init(snapshotID: Int64, isBranch: Bool = true) {
    self.snapshotID = snapshotID
    self.isBranch = isBranch
  }

  init(json: JSONValue) throws(IcebergError) {
    let reader = try MetadataReader(json, in: "reference")
    self.init(snapshotID: try reader.long("snapshot-id"), isBranch: try reader.string("type") == "branch")
    extra = reader.rest(without: ["snapshot-id", "type"])
  }

  var json: JSONValue {
    let object: JSONObject = ["snapshot-id": .integer(snapshotID), "type": isBranch ? "branch" : "tag"]
    return .object(object.merging(extra))
  }
}

package struct SnapshotLogEntry: Sendable, Hashable {
  package var timestampMS: Int64
  package var snapshotID: Int64

  package init(timestampMS: Int64, snapshotID: Int64) {
    self.timestampMS = timestampMS
    self.snapshotID = snapshotID
  }
}

package struct MetadataLogEntry: Sendable, Hashable {
  package var timestampMS: Int64
  package var metadataFile: String

  package init(timestampMS: Int64, metadataFile: String) {
    self.timestampMS = timestampMS
    self.metadataFile = metadataFile
  }
}
