/// Something with rows: a table, partitioned or foreign, or a view, materialized or not.
struct Relation {
  var oid: UInt32
  var schema: String
  var name: String
  /// `relkind`: r table, p partitioned, f foreign, v view, m materialized view.
  var kind: Character
  var columns: [TableColumn] = []
  /// Numbers of the columns of the primary key, else of a unique index over columns that are never null; empty if
  /// there is none.
  var key: [Int] = []
  /// -1 if the table was never analysed.
  var estimatedRows: Int64 = -1
  /// -1 where rows are not kept here.
  var bytes: Int64 = -1
  var isReadable = true
  /// Policies would hide rows from this role.
  var hidesRows = false
  /// Other tables inherit from it, without it being partitioned: its key does not hold over them.
  var hasChildren = false
  /// A partition of another table.
  var isPartition = false

  /// The name of the stream.
  var stream: String { schema + "." + name }
  /// The name in SQL.
  var sql: String { Identifier.quoted(schema) + "." + Identifier.quoted(name) }

  var keyColumns: [TableColumn] { key.compactMap { number in columns.first { $0.number == number } } }
}

/// A column that a SELECT sees.
struct TableColumn: Hashable {
  /// `attnum`: its identity; the name may change.
  var number: Int
  var name: String
  var type: UInt32
  var modifier: Int32
  /// As declared, which PostgreSQL does not enforce; 0 where nothing was.
  var dimensions: Int
  /// For messages: `numeric(12,2)`.
  var typeName: String
  /// In SQL; nil for the database's own.
  var collation: String?
}
