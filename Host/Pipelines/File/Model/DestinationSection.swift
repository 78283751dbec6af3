package import HostFormats

/// Where rows are kept.
package struct DestinationSection: YAMLRecord {
  package enum MetadataColumn: String, Sendable, CaseIterable {
    case sourceID = "source_id"
    case ingestedAt = "ingested_at"

    /// The column's name in a table.
    package var columnName: String { "_" + rawValue }
  }

  package static let summary = "The tables of the lake that the streams are written to."

  /// Needed unless every stream names its own.
  package var table: Placed<TableTemplate>?
  /// nil: see `StreamRule.modes(filesByDefault:destination:)`.
  package var write: Placed<WriteMode>?
  /// Columns that the host adds to each table; both unless stated.
  package var metadataColumns: [MetadataColumn]
  package var commit: CommitSection

  package init(from fields: inout YAMLRecordDecoder) {
    table = fields.optional(
      "table", YAMLType.tableTemplate.placed,
      "The table, such as bronze.{stream.schema}_{stream.name}; needed unless every stream names its own.")
    write = fields.optional(
      "write", YAMLType.choice(of: WriteMode.allCases, default: .append, reserved: [.upsert]).placed,
      "append or replace; fits how a stream is read unless stated.")
    metadataColumns = fields.optional(
      "metadata_columns", .list(of: .choice(of: MetadataColumn.allCases, default: .sourceID)),
      default: MetadataColumn.allCases, "Columns that are added to each table: _source_id, _ingested_at; [] for none.")
    commit = fields.optional("commit", .record, default: CommitSection(), "When rows become visible.")
    fields.reserved("isolation", "plugin", "quality")
    if Set(metadataColumns).count < metadataColumns.count {
      fields.refuse("metadata_columns", "a column is named twice")
    }
  }
}

/// When a commit is made: as soon as one of the first two is reached.
package struct CommitSection: YAMLRecord, Equatable {
  package static let summary = "A commit is made when one of these is reached."

  /// 30s. Short: rows are seen sooner, with more snapshots and smaller files.
  package var every: Duration = .seconds(30)
  /// 1,000,000 rows.
  package var rows = 1_000_000
  /// 128MiB. A data file is closed at this size.
  package var fileSize = ByteCount.mebibytes(128)

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    every = fields.optional(
      "every", .duration(.milliseconds(100) ... .seconds(86_400)), default: .seconds(30), "Time between commits.")
    rows = fields.optional("rows", .count(1...1_000_000_000_000), default: 1_000_000, "Rows of a commit.")
    fileSize = fields.optional(
      "file_size", .bytes(.mebibytes(1) ... .mebibytes(16 * 1024)), default: .mebibytes(128),
      "A data file is closed at this size.")
  }
}
