package import HostModel

/// A stream that a source offers.
package struct DiscoveredStream: Sendable {
  package var name: String
  package var schema: Schema
  package var key: [String]
  package var cursors: [String]
  package var estimatedRows: Int64?
  package var estimatedBytes: Int64?
  package var notes: [String]
  /// Made of files: read once and appended unless the user says otherwise.
  package var isMadeOfFiles: Bool
  /// Has no key to resume by: after an interruption it is read from the start.
  package var isUnstable: Bool
}

/// How a stream is read; the numbers are those of `headrace/ext/source.h`.
package enum SourceRead: UInt32, Sendable {
  case full = 0
  case incremental = 1
  case newFiles = 2
}

/// How far a split has been read. `position` is opaque to the host.
package struct SplitPosition: Sendable, Equatable {
  package var split: String
  package var identity: String
  package var position: [UInt8]
  package var ordinal: UInt64
  package var isComplete: Bool

  package init(split: String, identity: String, position: [UInt8], ordinal: UInt64, isComplete: Bool) {
    self.split = split
    self.identity = identity
    self.position = position
    self.ordinal = ordinal
    self.isComplete = isComplete
  }
}

/// A piece of a stream that is read by one reader.
package struct Split: Sendable, Equatable {
  package var id: String
  package var identity: String
  /// For the instance that opens the split, in this run only.
  package var token: [UInt8]
  package var estimatedRows: Int64?
  package var estimatedBytes: Int64?
}

/// A row that could not be read or transformed.
package struct Reject: Sendable, Equatable {
  package var status: Status
  /// Its index in the input batch, where a transform refused it.
  package var row: Int?
  package var place: String
  package var reason: String
  package var record: [UInt8]

  package init(status: Status, row: Int?, place: String, reason: String, record: [UInt8]) {
    self.status = status
    self.row = row
    self.place = place
    self.reason = reason
    self.record = record
  }
}

/// What a reader is opened for.
package struct SplitRequest: Sendable {
  package var split: Split
  package var stream: String
  package var read: SourceRead
  /// Where to go on; nil: from the start.
  package var position: SplitPosition?
  /// What a batch aims at, and the most rows in one.
  package var batchBytes: Int
  package var batchRows: Int

  package init(
    split: Split, stream: String, read: SourceRead, position: SplitPosition?, batchBytes: Int, batchRows: Int
  ) {
    self.split = split
    self.stream = stream
    self.read = read
    self.position = position
    self.batchBytes = batchBytes
    self.batchRows = batchRows
  }
}

/// What a source read: rows, rows that it could not read, and where the split stands after both.
package struct SourceBatch: ~Copyable {
  package var rows: RecordBatch
  package var rejects: [Reject]
  package var ordinal: UInt64
  package var position: [UInt8]
  package var sourceBytes: Int64

  package consuming func takeRows() -> RecordBatch { rows }
}

/// What a transform made of a batch.
package struct TransformedBatch: ~Copyable {
  package var rows: RecordBatch
  package var rejects: [Reject]

  package consuming func takeRows() -> RecordBatch { rows }
}

/// Something unusual that a detector saw.
package struct Finding: Sendable, Equatable {
  package enum Severity: Int32, Sendable {
    case info = 0
    case warning = 1
    case critical = 2

    package var name: String {
      switch self {
      case .info: "info"
      case .warning: "warning"
      case .critical: "critical"
      }
    }
  }
  package var severity: Severity
  package var rule: String
  package var column: String?
  package var message: String
  package var row: Int?
  package var score: Double
  package var observed: Double?
  package var expected: Double?
}

/// A table as `lake sql` hands it to a query plugin.
package struct QueryTable: Sendable {
  package var name: TableName
  package var schema: ExportedSchema
  package var files: [String]

  package init(name: TableName, schema: ExportedSchema, files: [String]) {
    self.name = name
    self.schema = schema
    self.files = files
  }
}
