/// A file of rows, or of deletes, with what a planner needs to skip it.
package struct DataFile: Sendable, Hashable {
  package enum Content: Int, Sendable {
    case data = 0
    case positionDeletes = 1
    case equalityDeletes = 2
  }

  package var content: Content
  /// An absolute location with scheme.
  package var path: String
  /// `PARQUET`, `ORC` or `AVRO`.
  package var format: String
  /// One value a field of the partition spec; nil is null.
  package var partition: [IcebergValue?]
  package var recordCount: Int64
  package var sizeInBytes: Int64
  /// By column id, as are all that follow: bytes on disk.
  package var columnSizes: [Int: Int64]
  /// Values with nulls and NaNs.
  package var valueCounts: [Int: Int64]
  package var nullValueCounts: [Int: Int64]
  package var nanValueCounts: [Int: Int64]
  package var lowerBounds: [Int: [UInt8]]
  package var upperBounds: [Int: [UInt8]]
  package var keyMetadata: [UInt8]?
  package var splitOffsets: [Int64]?
  package var equalityIDs: [Int]?
  package var sortOrderID: Int?

  package init(
    path: String, format: String = "PARQUET", partition: [IcebergValue?] = [], recordCount: Int64, sizeInBytes: Int64,
    content: Content = .data
  ) {
    self.content = content
    self.path = path
    self.format = format
    self.partition = partition
    self.recordCount = recordCount
    self.sizeInBytes = sizeInBytes
    columnSizes = [:]
    valueCounts = [:]
    nullValueCounts = [:]
    nanValueCounts = [:]
    lowerBounds = [:]
    upperBounds = [:]
  }
}

/// A line of a manifest: a file, and what a snapshot did with it.
package struct ManifestEntry: Sendable, Hashable {
  package enum Status: Int, Sendable {
    case existing = 0
    case added = 1
    case deleted = 2
  }

  package var status: Status
  /// The snapshot that added or deleted the file; nil is inherited from the manifest.
  package var snapshotID: Int64?
  /// Nil is inherited from the manifest; only added files may.
  package var sequenceNumber: Int64?
  package var fileSequenceNumber: Int64?
  package var file: DataFile

  package init(
    _ status: Status, snapshotID: Int64?, sequenceNumber: Int64?, fileSequenceNumber: Int64?, file: DataFile
  ) {
    self.status = status
    self.snapshotID = snapshotID
    self.sequenceNumber = sequenceNumber
    self.fileSequenceNumber = fileSequenceNumber
    self.file = file
  }

  package var isLive: Bool { status != .deleted }

  /// The entry with what it inherits from the manifest that it was read from.
  package func inheriting(from manifest: ManifestFile) -> ManifestEntry {
    var resolved = self
    resolved.snapshotID = snapshotID ?? manifest.addedSnapshotID
    // A manifest of format version 1 has the sequence number 0, which all its files then have.
    if status == .added || manifest.sequenceNumber == 0 {
      resolved.sequenceNumber = sequenceNumber ?? manifest.sequenceNumber
      resolved.fileSequenceNumber = fileSequenceNumber ?? manifest.sequenceNumber
    }
    return resolved
  }
}
