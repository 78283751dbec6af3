import HeadracePlugin

/// The transaction in which everything is read. Settings are made with SET LOCAL, and no startup option is sent, so that
/// connection poolers in transaction mode work.
enum Session {
  /// Opens a transaction. Every one ends with `end` or with the connection.
  static func begin(on connection: Connection, snapshot: String? = nil, isRepeatable: Bool = false, _ call: Call) throws
  {
    let settings = settings(for: connection)
    if let snapshot { return try Snapshot.enter(snapshot, on: connection, settings: settings, call) }
    let level = isRepeatable ? "REPEATABLE READ" : "READ COMMITTED"
    _ = try connection.query("BEGIN ISOLATION LEVEL \(level) READ ONLY;" + settings, call)
  }

  static func end(on connection: Connection, _ call: Call) throws { _ = try connection.query("COMMIT", call) }

  private static func settings(for connection: Connection) -> String {
    var settings = [
      // Fails where a policy would hide rows, which COPY otherwise leaves out without a word.
      ("row_security", "off"),
      ("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0"), ("lock_timeout", "0"),
      // Of bytes in no known encoding the server would fail at the first row that is not UTF-8; we look at each.
      ("client_encoding", connection.isEncodingUnknown ? "'SQL_ASCII'" : "'UTF8'"),
      ("standard_conforming_strings", "on"),
      // The text forms of types without an Arrow counterpart must not depend on the server's configuration.
      ("datestyle", "'ISO, YMD'"), ("intervalstyle", "'postgres'"), ("timezone", "'UTC'"), ("bytea_output", "'hex'"),
      ("extra_float_digits", "1"), ("xmloption", "'content'"),
    ]
    if connection.serverVersion >= 170_000 { settings.append(("transaction_timeout", "0")) }
    return settings.map { "SET LOCAL \($0.0) = \($0.1);" }.joined()
  }
}
