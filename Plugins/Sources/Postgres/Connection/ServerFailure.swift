import CPostgres
import HeadracePlugin

/// Turns what libpq reports into errors of the plugin.
enum ServerFailure {
  // `PG_DIAG_...` of libpq-fe.h are macros that Swift does not import.
  private static let sqlStateField = Int32(UInt8(ascii: "C"))
  private static let primaryField = Int32(UInt8(ascii: "M"))
  private static let detailField = Int32(UInt8(ascii: "D"))
  private static let hintField = Int32(UInt8(ascii: "H"))

  static func error(of result: OpaquePointer) -> PluginError {
    func field(_ code: Int32) -> String { PQresultErrorField(result, code).map { String(cString: $0) } ?? "" }
    let state = field(sqlStateField)
    let primary = field(primaryField)
    let whole = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
    let details = [("detail", field(detailField)), ("hint", field(hintField))]
      .filter { !$0.1.isEmpty }.map { PluginError.Detail($0.0, $0.1) }
    let message = primary.isEmpty ? oneLine(whole, otherwise: "the connection to PostgreSQL was lost") : primary
    return PluginError(
      SQLState.status(of: state), "PostgreSQL: " + message + advice(for: state, message), vendorState: state,
      details: details)
  }

  /// Protocol violation, which PgBouncer gives to all that it refuses.
  private static let poolerState = "08P01"

  private static func advice(for state: String, _ message: String) -> String {
    switch state {
    case "42501" where message.contains("row-level security"):
      "; read it as its owner or as a role with BYPASSRLS, or read a view: rows left out silently would be lost"
    case "42501": "; grant SELECT to the role that the dsn names"
    case "40001" where message.contains("recovery"):
      "; raise `max_standby_streaming_delay` or set `hot_standby_feedback` on the standby, or read the primary"
    case poolerState where message.contains("query_wait_timeout"):
      "; the pooler had no server connection left: with `consistent: true` a run holds one and reads by another"
    default: ""
    }
  }

  /// What libpq says, without a SQLSTATE, about a connection that no second try will make, and what to do.
  private static let lasting = [
    ("SSL was required", "; let the server have a certificate, or set `sslmode=prefer` to do without TLS"),
    (
      "certificate verify failed", "; `sslrootcert` must name the certificate of the authority that signed the server's"
    ),
    ("does not match host name", "; write the name of the certificate in `host`, or set `sslmode=verify-ca`"),
    ("certificate", ""),
    ("definition of service", "; write it into ~/.pg_service.conf or the file that PGSERVICEFILE names"),
    ("service file", ""),
    ("invalid ", ""),
  ]

  /// Why a connection could not be made. Knows the SQLSTATE if the connection's verbosity is `PQERRORS_VERBOSE`.
  static func connectError(_ handle: OpaquePointer, dsn: String) -> PluginError {
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let state = SQLState.find(in: text)
    // Of a value that is refused before any connection is tried nobody knows where in the dsn it came from.
    let told = text.hasPrefix("invalid ") ? withoutQuotes(text, of: dsn) : oneLine(text, otherwise: "no connection")
    let message = "cannot connect to PostgreSQL: " + told
    if !state.isEmpty {
      let advice = state == poolerState ? advice(for: state, message) : ""
      return PluginError(SQLState.status(of: state), message + advice, vendorState: state)
    }
    if PQconnectionNeedsPassword(handle) == 1 {
      return PluginError(.unauthenticated, message + "; name a `passfile` that nobody else may read (chmod 600)")
    }
    guard let known = lasting.first(where: { message.contains($0.0) }) else { return PluginError(.transient, message) }
    return PluginError(.invalidConfig, message + known.1)
  }

  /// libpq's messages run over several lines, of which `LOCATION` is for its developers.
  static func oneLine(_ text: String, otherwise: String) -> String {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.map { line in
      line.hasPrefix("\t") ? line.dropFirst() : line
    }
    return lines.isEmpty ? otherwise : lines.joined(separator: "; ")
  }

  /// Keywords whose values have to be numbers: of a refused one the keyword is worth to be read.
  private static let numeric: Set<Substring> = [
    "port", "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout",
  ]

  /// A message without what it quotes: libpq quotes pieces of a connection string, and one may be the password. Where
  /// that has a quote of its own, nobody can tell which are libpq's: then nothing behind the first one is shown.
  static func withoutQuotes(_ text: String, of dsn: String) -> String {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return oneLine(text, otherwise: "not understood") }
    guard !dsn.contains("\"") else { return oneLine(parts[0] + "\"...\"", otherwise: "not understood") }
    let kept = parts.enumerated().map { index, part in
      index.isMultiple(of: 2) || numeric.contains(part) ? String(part) : "..."
    }
    return oneLine(kept.joined(separator: "\""), otherwise: "not understood")
  }
}
