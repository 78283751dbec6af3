import CPostgres
import HeadracePlugin

/// One connection to a server, used without blocking: every wait ends with the call's deadline or cancellation.
///
/// Used by one thread at a time. After an error in the middle of a statement the connection is given up instead of
/// being repaired: `isUsable` is false, and `deinit` tells the server to stop what it still does.
final class Connection {
  let handle: OpaquePointer
  private let interrupt: Interrupt
  private(set) var isUsable = true
  /// A statement is under way on the server.
  private var isBusy = false

  init(handle: OpaquePointer, interrupt: Interrupt) {
    self.handle = handle
    self.interrupt = interrupt
    // Without it notices of the server would be printed on standard error.
    _ = PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit {
    if isBusy { ServerCancel.close(handle) } else { PQfinish(handle) }
  }

  /// 150004 for 15.4.
  var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// The server and the way to it, for the operator: `PostgreSQL 15.4, TLSv1.3`.
  var summary: String {
    let version = parameter("server_version").prefix { $0 != " " }
    guard PQsslInUse(handle) == 1 else { return "PostgreSQL \(version), no TLS" }
    return "PostgreSQL \(version), \(PQsslAttribute(handle, "protocol").map { String(cString: $0) } ?? "TLS")"
  }

  /// The server keeps text as bytes of unknown encoding.
  var isEncodingUnknown: Bool { parameter("server_encoding") == "SQL_ASCII" }

  private func parameter(_ name: String) -> String {
    PQparameterStatus(handle, name).map { String(cString: $0) } ?? ""
  }

  /// Text as an SQL literal, quotes included.
  func literal(_ text: String) throws -> String {
    guard let quoted = PQescapeLiteral(handle, text, text.utf8.count) else { throw failure(.invalidConfig) }
    defer { PQfreemem(quoted) }
    return String(cString: quoted)
  }

  // MARK: - Statements

  /// Runs statements and returns the rows of the last one.
  func query(_ sql: String, _ call: Call) throws -> QueryResult {
    try send(sql)
    var last: [[String?]] = []
    while let result = try nextResult(call) {
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK: last = Self.rows(of: result)
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: continue
      default: try fail(result, call)
      }
    }
    return QueryResult(rows: last)
  }

  /// Starts `COPY ... TO STDOUT`; the data is then taken with `copyData`.
  func startCopy(_ sql: String, _ call: Call) throws {
    try send(sql)
    guard let result = try nextResult(call) else { throw failure(.transient) }
    defer { PQclear(result) }
    if PQresultStatus(result) != PGRES_COPY_OUT { try fail(result, call) }
  }

  /// The next message of a COPY, nil at its end. OWNERSHIP: the caller frees it with `PQfreemem`.
  func copyData(_ call: Call) throws -> (UnsafeMutablePointer<CChar>, Int)? {
    var attempts = 0
    while true {
      var buffer: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &buffer, 1)
      if _fastPath(count > 0), let buffer { return (buffer, Int(count)) }
      if count == -1 {
        try finishStatement(call)
        return nil
      }
      guard count == 0 else { throw lost() }
      try receive(call, attempt: attempts)
      attempts += 1
    }
  }

  private func send(_ sql: String) throws {
    guard isUsable, !isBusy else { throw PluginError(.transient, "the connection is no longer usable") }
    guard PQsendQuery(handle, sql) == 1 else { throw lost() }
    isBusy = true
  }

  /// Takes what has arrived, and waits only after a look that a busy server usually makes worthwhile.
  private func receive(_ call: Call, attempt: Int) throws {
    do {
      if attempt > 0 { try interrupt.wait(for: Poll.readable, on: PQsocket(handle), call) }
    } catch {
      isUsable = false
      throw error
    }
    guard PQconsumeInput(handle) == 1 else { throw lost() }
  }

  private func nextResult(_ call: Call) throws -> OpaquePointer? {
    var attempts = 0
    while PQflush(handle) == 1 || PQisBusy(handle) == 1 {
      try receive(call, attempt: attempts)
      attempts += 1
    }
    let result = PQgetResult(handle)
    if result == nil { isBusy = false }
    return result
  }

  /// The results behind the data of a COPY: its success, or why it broke off.
  private func finishStatement(_ call: Call) throws {
    while let result = try nextResult(call) {
      defer { PQclear(result) }
      if PQresultStatus(result) == PGRES_FATAL_ERROR { try fail(result, call) }
    }
  }

  // MARK: - Errors

  /// Throws what a result reports, once the statement is over; an error leaves the transaction to be rolled back.
  private func fail(_ result: OpaquePointer, _ call: Call) throws -> Never {
    let error = ServerFailure.error(of: result)
    isUsable = false
    // What follows an error is only its end; a second failure there would hide the first.
    if PQresultStatus(result) == PGRES_FATAL_ERROR {
      while let rest = try? nextResult(call) { PQclear(rest) }
    }
    throw error
  }

  private func lost() -> PluginError {
    isUsable = false
    return failure(.transient)
  }

  private func failure(_ status: PluginError.Status) -> PluginError {
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    return PluginError(status, ServerFailure.oneLine(text, otherwise: "the connection to PostgreSQL was lost"))
  }

  private static func rows(of result: OpaquePointer) -> [[String?]] {
    let columns = PQnfields(result)
    return (0..<PQntuples(result)).map { row in
      (0..<columns).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }
}
