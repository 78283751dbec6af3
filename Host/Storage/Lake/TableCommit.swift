package import HostFormats
package import HostModel

/// A file that a writer has finished and no snapshot knows yet.
package struct NewFile: Sendable, Hashable {
  package var file: DataFile
  /// The partition spec that its partition values are of.
  package var specID: Int

  package init(_ file: DataFile, specID: Int = 0) {
    self.file = file
    self.specID = specID
  }
}

/// How a table is made that does not exist yet.
package struct TableDefinition: Sendable, Hashable {
  package var partition: [PartitionExpression]
  package var properties: [String: String]

  package init(partition: [PartitionExpression] = [], properties: [String: String] = [:]) {
    self.partition = partition
    self.properties = properties
  }
}

/// What is to happen to one table, as one step.
package struct TableCommit: Sendable {
  package enum Action: Sendable {
    /// No rows: properties only.
    case none
    case append([NewFile])
    /// The table has these rows and no others afterwards, in one step for its readers.
    case replace([NewFile])
    /// Takes away every file that may have rows which meet the predicate, and adds others, in one step for readers. Whole
    /// files go: the predicate is of use where files are cut by what it asks for. Files of deletes stay.
    case exchange(removing: LakePredicate, adding: [NewFile])
    /// Adds to what is staged for a later `publish`; readers of the table see no change.
    case stage([NewFile])
    /// The table has the staged rows and these, and no others, afterwards; nothing is staged any more.
    case publish(adding: [NewFile])
    /// Forgets what is staged.
    case discard
  }

  package var table: TableName
  package var action: Action
  /// The schema that the files were written with, ids included. Columns that the table lacks are added to it.
  package var schema: IcebergSchema?
  /// Makes the table if it is not there, with `schema`.
  package var definition: TableDefinition?
  /// The stream that the rows are of. Staged rows are kept by stream.
  package var stream: StreamID?
  /// The ordinals that the writer has seen in the table, by split, empty if none. If they have moved, somebody else has
  /// written for this stream: the commit ends as fenced. Nil does not look.
  package var expectedOrdinals: [String: UInt64]?
  /// All positions of the stream after this commit.
  package var positions: StreamPositions?
  /// Table properties to set, or to remove with nil.
  package var properties: [String: String?]
  /// Keys of our own for the snapshot's summary.
  package var summary: [String: String]

  package init(
    _ table: TableName, _ action: Action, schema: IcebergSchema? = nil, definition: TableDefinition? = nil,
    stream: StreamID? = nil, expectedOrdinals: [String: UInt64]? = nil, positions: StreamPositions? = nil,
    properties: [String: String?] = [:], summary: [String: String] = [:]
  ) {
    self.table = table
    self.action = action
    self.schema = schema
    self.definition = definition
    self.stream = stream
    self.expectedOrdinals = expectedOrdinals
    self.positions = positions
    self.properties = properties
    self.summary = summary
  }

  /// The branch that holds a stream's staged rows.
  package static func stagingBranch(_ stream: StreamID) -> String { "headrace.\(stream.pipeline).\(stream.stream)" }
}

/// How a commit ended.
package enum CommitOutcome: Sendable {
  /// Every table changed, in one transaction. The tables are in the order of the commits.
  case committed([CommittedTable])
  /// Another writer has moved the stream's positions: nothing was changed, and nothing may be tried again.
  case fenced(TableName, StreamID)
}

package struct CommittedTable: Sendable {
  package var table: LakeTable
  /// The new snapshot, of the table or of the staging branch; nil where only properties changed.
  package var snapshotID: Int64?
}
