package import HostFormats
package import HostModel

/// A table as one metadata file describes it.
package struct LakeTable: Sendable, Hashable {
  package var name: TableName
  package var metadataLocation: String
  package var metadata: TableMetadata

  package init(name: TableName, metadataLocation: String, metadata: TableMetadata) {
    self.name = name
    self.metadataLocation = metadataLocation
    self.metadata = metadata
  }

  package func positions(of stream: StreamID) throws(Failure) -> StreamPositions {
    try StreamPositions(metadata, stream)
  }

  /// Whether rows of the stream are staged and not yet published.
  package func hasStagedRows(of stream: StreamID) -> Bool {
    metadata.references[TableCommit.stagingBranch(stream)] != nil
  }
}

extension TableName {
  /// Refuses names that would leave the warehouse or that other engines cannot write in a location: each part has
  /// letters, digits, `_` and `-` only.
  package func validateForLake() throws(Failure) {
    let levels = namespace.split(separator: ".", omittingEmptySubsequences: false) + [name[...]]
    let isUsable = levels.allSatisfy { level in
      !level.isEmpty && level.utf8.count <= 200
        && level.unicodeScalars.allSatisfy {
          $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-"
        }
    }
    guard isUsable else {
      throw Failure(
        .invalidInput, "'\(self)' cannot be the name of a table",
        advice: "use letters, digits, '_' and '-', as in bronze.orders", status: .invalidConfig)
    }
  }
}

extension Failure {
  /// A table, its metadata or a commit that cannot be; `place` is the table or the file.
  init(_ error: IcebergError, at place: String, status: Status? = nil) {
    self.init(.run, "\(place): \(error.message)", advice: error.advice, status: status)
  }
}
