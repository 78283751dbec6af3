import Foundation
import GRDB
import HostFormats
package import HostGate
package import HostModel

/// The catalog: which metadata file each table has now. A SQLite file in the schema of the standard Iceberg SQL (JDBC)
/// catalog, so that pyiceberg and others open it; the catalog's name in it is `headrace`.
///
/// A commit is an update that compares the metadata's location, so of two writers one wins and the other is told. Several
/// tables change in one transaction. The database is in WAL mode and syncs every commit.
package final class SQLCatalog: Sendable {
  package static let name = "headrace"

  private let database: DatabaseQueue
  private let path: String
  private let calls: ServerCalls
  /// Catalogs made by old versions of other software have no column `iceberg_type`.
  private let hasType: Bool

  /// Opens a catalog, and makes it where there is none.
  /// - Throws: a `Failure` of the environment that names the file.
  package init(path: String, calls: ServerCalls) throws(Failure) {
    self.path = path
    self.calls = calls
    (database, hasType) = try calls.call { _ throws(Failure) in try Self.open(path) }
  }

  /// How long SQLite waits for another process's lock before it tells the gate, which then counts, tells and repeats.
  /// Others hold it for the length of one small transaction.
  private static let patience: TimeInterval = 5
  private static let openPause: TimeInterval = 0.05

  /// Two processes that make a catalog at the same moment both want it for themselves to switch it to WAL. SQLite tells
  /// one of them at once that it is busy, whatever the busy timeout: that one asks again until the timeout would be over.
  private static func open(_ path: String) throws(Failure) -> (DatabaseQueue, hasType: Bool) {
    var attempt = 1
    while true {
      do { return try openOnce(path) } catch {
        let isBusy = (error as? DatabaseError)?.resultCode == .SQLITE_BUSY
        guard isBusy, Double(attempt) * openPause < patience else { throw failure(error, path) }
      }
      attempt += 1
      Thread.sleep(forTimeInterval: openPause)
    }
  }

  private static func openOnce(_ path: String) throws -> (DatabaseQueue, hasType: Bool) {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(patience)
    configuration.label = "catalog"
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    // In WAL mode the library would choose NORMAL, which may lose the last commits with the power.
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    let hasType = try queue.write { database in
      try createTables(database)
      return try database.columns(in: "iceberg_tables").contains { $0.name == "iceberg_type" }
    }
    return (queue, hasType)
  }

  private static func createTables(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS iceberg_tables (
          catalog_name VARCHAR(255) NOT NULL,
          table_namespace VARCHAR(255) NOT NULL,
          table_name VARCHAR(255) NOT NULL,
          metadata_location VARCHAR(1000),
          previous_metadata_location VARCHAR(1000),
          iceberg_type VARCHAR(5),
          PRIMARY KEY (catalog_name, table_namespace, table_name)
        );
        CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
          catalog_name VARCHAR(255) NOT NULL,
          namespace VARCHAR(255) NOT NULL,
          property_key VARCHAR(255) NOT NULL,
          property_value VARCHAR(1000) NOT NULL,
          PRIMARY KEY (catalog_name, namespace, property_key)
        );
        """)
  }

  /// All tables, sorted.
  package func tables() throws(Failure) -> [TableName] {
    try reading { database in
      let sql = """
        SELECT table_namespace, table_name FROM iceberg_tables
        WHERE catalog_name = ? AND metadata_location IS NOT NULL\(self.isTable)
        """
      return try Row.fetchAll(database, sql: sql, arguments: [Self.name])
        .map { TableName(namespace: $0[0], name: $0[1]) }.sorted()
    }
  }

  /// Where a table's metadata is now; nil if there is no such table.
  package func location(of table: TableName) throws(Failure) -> String? {
    try reading { database in
      let sql = """
        SELECT metadata_location FROM iceberg_tables
        WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?\(self.isTable)
        """
      return try String.fetchOne(database, sql: sql, arguments: [Self.name, table.namespace, table.name])
    }
  }

  private var isTable: String { hasType ? " AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)" : "" }

  /// Moves every table from the location that the caller has seen to a new one, or none of them.
  ///
  /// A move whose outcome is not known is looked up and never made a second time.
  /// - Returns: false if one has moved since, or exists by now where none was expected.
  package func swap(_ changes: [CatalogChange]) throws(Failure) -> Bool {
    guard let first = changes.first else { return true }
    var isUnknown = false
    return try calls.call { _ throws(Failure) in
      do {
        if isUnknown {
          if try hasMoved(first) { return true }
          isUnknown = false
        }
        return try move(changes)
      } catch {
        // The disk may fail between the commit and its acknowledgement: what is in the catalog decides.
        isUnknown = true
        if let moved = try? hasMoved(first) {
          if moved { return true }
          isUnknown = false
        }
        throw Self.failure(error, path)
      }
    }
  }

  private func move(_ changes: [CatalogChange]) throws -> Bool {
    try database.writeWithoutTransaction { database in
      var moved = true
      try database.inTransaction(.immediate) {
        for change in changes {
          moved = try apply(change, database)
          if !moved { return .rollback }
        }
        return .commit
      }
      return moved
    }
  }

  /// Whether the table is, or was until the last commit of somebody else, where this change has moved it: no other change
  /// has the same location.
  private func hasMoved(_ change: CatalogChange) throws -> Bool {
    let sql = """
      SELECT COUNT(*) FROM iceberg_tables
      WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?
        AND (metadata_location = ? OR previous_metadata_location = ?)
      """
    let table = change.table
    return try database.read { database in
      try Int.fetchOne(
        database, sql: sql,
        arguments: [Self.name, table.namespace, table.name, change.location, change.location]) ?? 0
    } > 0
  }

  private func apply(_ change: CatalogChange, _ database: Database) throws -> Bool {
    guard let expected = change.expected else { return try insert(change, database) }
    let sql = """
      UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
      WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?\(isTable)
      """
    try database.execute(
      sql: sql,
      arguments: [
        change.location, expected, Self.name, change.table.namespace, change.table.name, expected,
      ])
    return database.changesCount == 1
  }

  private func insert(_ change: CatalogChange, _ database: Database) throws -> Bool {
    let type = hasType ? ("iceberg_type, ", "'TABLE', ") : ("", "")
    let sql = """
      INSERT OR IGNORE INTO iceberg_tables
        (\(type.0)catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location)
      VALUES (\(type.1)?, ?, ?, ?, NULL)
      """
    try database.execute(
      sql: sql, arguments: [Self.name, change.table.namespace, change.table.name, change.location])
    guard database.changesCount == 1 else { return false }
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
        VALUES (?, ?, 'exists', 'true')
        """, arguments: [Self.name, change.table.namespace])
    return true
  }

  /// How the database keeps what it has committed.
  package struct Durability: Sendable, Equatable {
    package var journal: String
    /// 2 is FULL: the log is synced at every commit.
    package var synchronous: Int

    package init(journal: String, synchronous: Int) {
      self.journal = journal
      self.synchronous = synchronous
    }
  }

  package func durability() throws(Failure) -> Durability {
    try reading { database in
      Durability(
        journal: try String.fetchOne(database, sql: "PRAGMA journal_mode") ?? "",
        synchronous: try Int.fetchOne(database, sql: "PRAGMA synchronous") ?? -1)
    }
  }

  /// The version of the SQLite library.
  package func engineVersion() throws(Failure) -> String {
    try reading { try String.fetchOne($0, sql: "SELECT sqlite_version()") ?? "" }
  }

  private func reading<Value: Sendable>(_ body: (Database) throws -> Value) throws(Failure) -> Value {
    try calls.call { _ throws(Failure) in
      do { return try database.read(body) } catch { throw Self.failure(error, path) }
    }
  }

  private static func failure(_ error: any Error, _ path: String) -> Failure {
    if let failure = error as? Failure { return failure }
    let database = error as? DatabaseError
    if database?.resultCode == .SQLITE_FULL {
      return Failure(
        .environment, "\(path): cannot write the catalog: no space is left on the disk",
        advice: Failure.freeSpaceAdvice, status: .quotaExhausted)
    }
    return Failure(
      .environment, "\(path): the catalog cannot be used: \(database?.message ?? "\(error)")",
      advice: "check that the file is a catalog that you may write to",
      status: database.map { status(of: $0.resultCode) } ?? .fatal)
  }

  /// Only what passes by itself is transient: a lock, a disk's error.
  private static func status(of code: ResultCode) -> Status {
    switch code {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_NOMEM: .transient
    case .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH: .permissionDenied
    default: .fatal
    }
  }
}

/// A table's move to other metadata.
package struct CatalogChange: Sendable, Hashable {
  package var table: TableName
  /// The location that the caller has seen; nil for a table that there is not yet.
  package var expected: String?
  package var location: String

  package init(table: TableName, expected: String?, location: String) {
    self.table = table
    self.expected = expected
    self.location = location
  }
}
