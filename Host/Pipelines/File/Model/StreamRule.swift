package import HostFormats

/// How a stream is read again.
package enum ReadMode: String, Sendable, CaseIterable {
  /// Everything, each time.
  case full
  /// What changed since the last run, found by a cursor column.
  case incremental
  /// Files that were not read before.
  case newFiles = "new_files"
}

/// What a run does with the rows that are there.
package enum WriteMode: String, Sendable, CaseIterable {
  case append, replace, upsert
}

/// What a pipeline says about a stream, or about all streams that match a pattern.
package struct StreamRule: YAMLRecord {
  package static let summary = "A stream, or the streams that match a pattern, and how they are read and written."

  package var name: Placed<StreamPattern>
  /// The columns that identify a row; empty for what the source says.
  package var key: [Placed<String>]
  /// nil: see `modes(filesByDefault:destination:)`.
  package var read: Placed<ReadMode>?
  package var cursor: CursorSection?
  package var write: Placed<WriteMode>?
  /// nil: the destination's table.
  package var table: Placed<TableTemplate>?
  /// Partition expressions such as `day(created_at)`.
  package var partition: [Placed<PartitionRule>]
  /// `full` with `append` adds every row again at every run, which has to be asked for.
  package var allowsDuplicates: Bool

  package init(_ name: Placed<StreamPattern>) {
    self.name = name
    key = []
    partition = []
    allowsDuplicates = false
  }

  package init(from fields: inout YAMLRecordDecoder) {
    name = fields.required("name", YAMLType.streamPattern.placed, "The stream's name, or a pattern with '*' and '?'.")
    key = fields.optional(
      "key", .oneOrMore(YAMLType.text.placed), default: [], "Columns that identify a row; the source's unless stated.")
    read = fields.optional(
      "read", YAMLType.choice(of: ReadMode.allCases, default: .full, reserved: [.incremental]).placed,
      "full (tables, unless stated) or new_files (files, unless stated).")
    cursor = fields.optional("cursor", .record, "The column by which changed rows are found, for read: incremental.")
    write = fields.optional(
      "write", YAMLType.choice(of: WriteMode.allCases, default: .append, reserved: [.upsert]).placed,
      "append or replace; the destination's unless stated.")
    table = fields.optional("table", YAMLType.tableTemplate.placed, "The table; the destination's unless stated.")
    partition = fields.optional(
      "partition", .oneOrMore(YAMLType.partition.placed), default: [], "Partition expressions such as day(created_at).")
    allowsDuplicates = fields.optional(
      "allow_duplicates", .bool, default: false, "Allow read: full with write: append, which adds every row again.")
    fields.reserved("isolation", "quality", "mapping", "split")
    checkTogether(&fields)
  }

  private func checkTogether(_ fields: inout YAMLRecordDecoder) {
    if fields.has("cursor"), let read, read.value != .incremental {
      fields.refuse("cursor", "'cursor' is only for 'read: incremental'")
    } else if fields.has("cursor"), read == nil {
      fields.refuse("cursor", "'cursor' is only for 'read: incremental', reserved, not yet supported")
    }
    if read?.value == .incremental, !fields.has("cursor") {
      fields.refuse("read", "'read: incremental' needs 'cursor: {column: NAME}'")
    }
    if write?.value == .upsert, key.isEmpty { fields.refuse("write", "'write: upsert' needs 'key: [COLUMN]'") }
    if Set(key.map(\.value)).count < key.count { fields.refuse("key", "a column is named twice") }
    if Set(partition.map(\.value)).count < partition.count {
      fields.refuse("partition", "a partition expression is written twice")
    }
    if fields.has("name"), !name.value.isExact, let table, table.value.isConstant {
      fields.refuse(
        at: table.place, "every stream of the pattern \(name.shown(name.value.text)) would be written to one table",
        suggestion: "use {stream.name} in the table's name")
    }
  }
}

/// The column by which rows that changed are found.
package struct CursorSection: YAMLRecord {
  package static let summary = "The column by which rows that changed since the last run are found."

  package var column: Placed<String>
  /// How far before the last value reading begins again, for rows that were committed late. 0s unless stated.
  package var lag: Duration

  package init(from fields: inout YAMLRecordDecoder) {
    column = fields.required("column", YAMLType.text.placed, "A column that grows when a row changes.")
    lag = fields.optional("lag", .duration(), default: .zero, "How far before the last value reading begins again.")
  }
}
