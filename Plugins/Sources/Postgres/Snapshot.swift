import HeadracePlugin

/// One point in time that all readers of a run see: a transaction that stays open on a connection of its own, whose
/// snapshot it has exported. It ends when the last list of splits that was planned under it is released.
final class Snapshot: @unchecked Sendable {
  let id: String
  /// Only held; closing it ends the transaction.
  private let connection: Connection

  init(on connection: Connection, _ call: Call) throws {
    try Session.begin(on: connection, isRepeatable: true, call)
    guard let id = try connection.query("SELECT pg_export_snapshot()", call).scalar else {
      throw PluginError(.unsupported, "the server exports no snapshot; set `consistent: false`")
    }
    self.id = id
    self.connection = connection
  }

  /// Locks a relation against being rewritten or truncated, which a snapshot does not outlive: a rewritten table looks
  /// empty to it.
  func lock(_ relation: Relation, _ call: Call) throws {
    _ = try connection.query("SELECT FROM \(relation.sql) LIMIT 0", call)
  }
}
