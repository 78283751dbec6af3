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

  private static func advice(for state: String, _ message: String) -> String {
    guard state == "42501" else { return "" }
    return message.contains("row-level security")
      ? "; read it as its owner or as a role with BYPASSRLS, or read a view: rows left out silently would be lost"
      : "; grant SELECT to the role that the dsn names"
  }

  /// What libpq says, without a SQLSTATE, about a connection that no second try will make.
  private static let lasting = [
    "certificate", "SSL was required", "invalid ", "definition of service", "service file",
  ]

  /// Why a connection could not be made. Knows the SQLSTATE if the connection's verbosity is `PQERRORS_VERBOSE`.
  static func connectError(_ handle: OpaquePointer) -> PluginError {
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let state = SQLState.find(in: text)
    let message = oneLine(text, otherwise: "no connection")
    let status: PluginError.Status
    if !state.isEmpty {
      status = SQLState.status(of: state)
    } else if PQconnectionNeedsPassword(handle) == 1 {
      status = .unauthenticated
    } else {
      status = lasting.contains { message.contains($0) } ? .invalidConfig : .transient
    }
    return PluginError(status, "cannot connect to PostgreSQL: " + message, vendorState: state)
  }

  /// libpq's messages run over several lines, of which `LOCATION` is for its developers.
  static func oneLine(_ text: String, otherwise: String) -> String {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.map { line in
      line.hasPrefix("\t") ? line.dropFirst() : line
    }
    return lines.isEmpty ? otherwise : lines.joined(separator: "; ")
  }

  /// A message without what it quotes: libpq quotes pieces of a connection string, and one may be the password.
  static func withoutQuotes(_ text: String) -> String {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return oneLine(text, otherwise: "not understood") }
    let kept = parts.enumerated().map { index, part in index.isMultiple(of: 2) ? String(part) : "..." }
    return oneLine(kept.joined(separator: "\""), otherwise: "not understood")
  }
}
