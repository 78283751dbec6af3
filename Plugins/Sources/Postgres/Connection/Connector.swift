import CPostgres
import Glibc
import HeadracePlugin

/// Makes connections.
struct Connector {
  let config: Config
  let interrupt: Interrupt

  /// Connects, with the call's deadline and `connect_timeout`, whichever comes first.
  func connect(_ call: Call) throws -> Connection {
    try Self.validate(config.dsn)
    guard let handle = start() else { throw PluginError(.fatal, "libpq is out of memory") }
    let connection = Connection(handle: handle, interrupt: interrupt)
    guard PQstatus(handle) != CONNECTION_BAD else { throw ServerFailure.connectError(handle, dsn: config.dsn) }
    // The only way to the SQLSTATE of a failure to connect.
    _ = PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    try poll(handle, call)
    _ = PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    guard PQsetnonblocking(handle, 1) == 0 else { throw ServerFailure.connectError(handle, dsn: config.dsn) }
    return connection
  }

  private func poll(_ handle: OpaquePointer, _ call: Call) throws {
    let clock = SuspendingClock()
    let seconds = config.connectTimeout ?? Self.connectTimeout(of: handle) ?? 10
    let limit = clock.now.advanced(by: .seconds(seconds))
    var wanted = Poll.writable
    while true {
      try interrupt.wait(for: wanted, on: PQsocket(handle), call)
      guard clock.now < limit else {
        throw PluginError(
          .timeout, "cannot connect to PostgreSQL: no answer within \(seconds) s (`connect_timeout`)")
      }
      guard isReady(handle, wanted) else { continue }
      switch PQconnectPoll(handle) {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: wanted = Poll.readable
      case PGRES_POLLING_WRITING: wanted = Poll.writable
      default: throw ServerFailure.connectError(handle, dsn: config.dsn)
      }
    }
  }

  /// What the DSN or PGCONNECT_TIMEOUT says, which libpq itself heeds only where it blocks.
  private static func connectTimeout(of handle: OpaquePointer) -> Int? {
    guard let options = PQconninfo(handle) else { return nil }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if strcmp(keyword, "connect_timeout") == 0 {
        return option.pointee.val.flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
      }
      option += 1
    }
    return nil
  }

  /// `PQconnectPoll` must not be called before the descriptor is ready.
  private func isReady(_ handle: OpaquePointer, _ wanted: Int32) -> Bool {
    var watched = pollfd(fd: PQsocket(handle), events: Int16(truncatingIfNeeded: wanted), revents: 0)
    return Glibc.poll(&watched, 1, 0) != 0
  }

  /// The DSN's own keywords win over what stands before it and lose against what stands behind it.
  private func start() -> OpaquePointer? {
    var settings = [
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("fallback_application_name", "headrace"), ("dbname", config.dsn),
    ]
    if let name = config.applicationName { settings.append(("application_name", name)) }
    if let seconds = config.keepalivesIdle { settings.append(("keepalives_idle", String(seconds))) }
    var keywords: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    let copies = settings.map { (strdup($0.0), strdup($0.1)) }
    defer {
      for (keyword, value) in copies {
        free(keyword)
        free(value)
      }
    }
    for (keyword, value) in copies {
      keywords.append(UnsafePointer(keyword))
      values.append(UnsafePointer(value))
    }
    return PQconnectStartParams(keywords + [nil], values + [nil], 1)
  }

  /// Throws `invalidConfig` for a DSN that libpq does not understand; never shows what it says, since that may be
  /// the password.
  private static func validate(_ dsn: String) throws {
    let isAddress = dsn.hasPrefix("postgres://") || dsn.hasPrefix("postgresql://")
    guard isAddress || dsn.contains("=") else {
      // libpq takes anything else for the name of a database, a mistyped address too, and would show it.
      guard !dsn.contains(where: { ":/@".contains($0) }) else { throw malformed("neither an address nor keywords") }
      return
    }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(dsn, &message) else {
      defer { PQfreemem(message) }
      throw malformed(ServerFailure.withoutQuotes(message.map { String(cString: $0) } ?? "", of: dsn))
    }
    PQconninfoFree(options)
    guard isAddress, hasStrayCharacter(dsn) else { return }
    throw malformed("in a user or password `@` is written as `%40`, `/` as `%2F`, `:` as `%3A`, `?` as `%3F`")
  }

  /// A password that holds an `@` or a `/` as it is ends in the host, the port or the database, and so in messages.
  private static func hasStrayCharacter(_ address: String) -> Bool {
    let rest = address.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "?" }
    let authority = rest.prefix { $0 != "/" }
    return authority.count { $0 == "@" } > 1 || rest.dropFirst(authority.count).contains("@")
  }

  private static func malformed(_ reason: String) -> PluginError {
    PluginError(
      .invalidConfig,
      "`dsn` is not a connection string: \(reason); write `postgres://user@host:5432/database` or"
        + " `host=... dbname=... user=...`")
  }
}
