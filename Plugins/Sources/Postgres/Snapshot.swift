import HeadracePlugin

/// One point in time that all readers of a run see: a transaction that stays open on a connection of its own, whose
/// snapshot it has exported. It ends when the last list of splits that was planned under it is released.
final class Snapshot: @unchecked Sendable {
  /// The server's name for it, a slash, and what it sees: after a restart the server gives the same names again.
  let id: String
  /// Only held; closing it ends the transaction.
  private let connection: Connection

  init(on connection: Connection, _ call: Call) throws {
    try Session.begin(on: connection, isRepeatable: true, call)
    guard let id = try connection.query("SELECT pg_export_snapshot() || '/' || \(Self.sight)", call).scalar else {
      throw PluginError(.unsupported, "the server exports no snapshot; set `consistent: false`")
    }
    self.id = id
    self.connection = connection
  }

  /// In SQL, what a transaction sees: the same text in all transactions under one snapshot.
  private static let sight = "pg_catalog.txid_current_snapshot()::text"

  /// Begins a transaction that sees what the exported snapshot does. Throws `conflict` if that is not to be had.
  static func enter(_ id: String, on connection: Connection, settings: String, _ call: Call) throws {
    let parts = id.split(separator: "/", maxSplits: 1)
    guard parts.count == 2 else { throw gone("its name is not one") }
    let begin =
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT"
      + " \(try connection.literal(String(parts[0])));"
    let sight: String?
    do {
      sight = try connection.query(begin + settings + "SELECT \(Self.sight)", call).scalar
    } catch let error as PluginError where missing.contains(error.vendorState) {
      throw gone(error.message)
    }
    guard sight == String(parts[1]) else { throw gone("another one has its name") }
  }

  /// SQLSTATEs of a snapshot that does not exist, in PostgreSQL 17 and before, and of one whose transaction has ended.
  private static let missing: Set<String> = ["22023", "42704", "55000"]

  private static func gone(_ reason: String) -> PluginError {
    PluginError(
      .conflict,
      "the snapshot of this run is gone (\(reason)): its transaction has ended with the server, by a conflict on a"
        + " standby, or behind a pooler that has several servers; run it again, or set `consistent: false`")
  }

  /// Locks a relation against being rewritten or truncated, which a snapshot does not outlive: a rewritten table looks
  /// empty to it.
  func lock(_ relation: Relation, _ call: Call) throws {
    _ = try connection.query("SELECT FROM \(relation.sql) LIMIT 0", call)
  }
}
