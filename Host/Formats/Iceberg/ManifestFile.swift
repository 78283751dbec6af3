/// A line of a manifest list: a manifest, with what a planner needs to skip it.
package struct ManifestFile: Sendable, Hashable {
  package enum Content: Int, Sendable {
    case data = 0
    case deletes = 1
  }

  package var path: String
  package var length: Int64
  package var specID: Int
  package var content: Content
  package var sequenceNumber: Int64
  /// The lowest sequence number of its live files.
  package var minSequenceNumber: Int64
  package var addedSnapshotID: Int64
  package var addedFiles: Int
  package var existingFiles: Int
  package var deletedFiles: Int
  package var addedRows: Int64
  package var existingRows: Int64
  package var deletedRows: Int64
  /// One a field of the partition spec; nil where the writer gave none.
  package var partitions: [PartitionSummary]?
  package var keyMetadata: [UInt8]?

  package var hasLiveFiles: Bool { addedFiles > 0 || existingFiles > 0 }
}

/// The range of one partition field over the files of a manifest.
package struct PartitionSummary: Sendable, Hashable {
  package var containsNull: Bool
  package var containsNaN: Bool?
  package var lowerBound: [UInt8]?
  package var upperBound: [UInt8]?
}

extension PartitionSummary {
  /// The summaries of these partitions, one a type.
  static func summarise(
    _ partitions: [[IcebergValue?]], types: [IcebergType]
  ) throws(IcebergError) -> [PartitionSummary] {
    var summaries: [PartitionSummary] = []
    for (index, type) in types.enumerated() {
      summaries.append(try summarise(partitions.map { index < $0.count ? $0[index] : nil }, type: type))
    }
    return summaries
  }

  private static func summarise(
    _ values: [IcebergValue?], type: IcebergType
  ) throws(IcebergError) -> PartitionSummary {
    var lowest: IcebergValue?
    var highest: IcebergValue?
    for case let value? in values where !value.isNaN {
      if lowest.map({ value.isLess(than: $0) == true }) ?? true { lowest = value }
      if highest.map({ $0.isLess(than: value) == true }) ?? true { highest = value }
    }
    return PartitionSummary(
      containsNull: values.contains(nil), containsNaN: values.contains { $0?.isNaN == true },
      lowerBound: try lowest.map { value throws(IcebergError) in try value.serialized(as: type) },
      upperBound: try highest.map { value throws(IcebergError) in try value.serialized(as: type) })
  }
}
