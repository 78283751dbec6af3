import HeadracePlugin

/// The source: streams are relations, splits are ranges of their keys, positions are keys.
///
/// Every split is read by one `COPY (SELECT ... ORDER BY key)` in a transaction of its own. The order makes a position
/// exact: what follows a key is what a reader that starts again has not seen. By measurement it costs nothing on a table
/// that lies in the order of its key; `README.md` has the numbers, and what is done about the others.
final class PostgresSource: Source {
  static let configurationSchema = Config.schema

  let config: Config
  let interrupt = Interrupt()
  private var idle: Connection?
  private weak var snapshot: Snapshot?

  private let log: Log
  private let allocator: Allocator

  init(configuration: Configuration, host: Host) throws {
    config = try Config(configuration)
    log = host.log
    allocator = host.allocator
  }

  func cancel() { interrupt.cancel() }

  func discover(_ patterns: [String], call: Call) throws -> [SourceStream] {
    interrupt.reset()
    return try withTransaction(call) { catalog in
      log.info(catalog.connection.summary)
      return try Discovery(catalog: catalog, config: config).streams(matching: patterns)
    }
  }

  func splits(_ request: SplitRequest, call: Call) throws -> SplitList {
    interrupt.reset()
    guard request.read == .full else {
      throw PluginError(
        .unsupported, "\(request.stream): a table is read in full; other kinds of `read` are not supported")
    }
    let snapshot = config.consistent ? try currentSnapshot(call) : nil
    return try withTransaction(snapshot: snapshot?.id, call) { catalog in
      let planning = Planning(catalog: catalog, config: config, snapshot: snapshot)
      return SplitList(try planning.splits(request), shared: snapshot)
    }
  }

  func open(_ request: OpenRequest, call: Call) throws -> (schema: Schema, reader: any SourceReader) {
    interrupt.reset()
    let token = try SplitToken(request.token)
    let connection = try connect(call)
    try Session.begin(on: connection, snapshot: token.snapshot, call)
    let catalog = Catalog(connection: connection, call: call)
    let relation = try lockedRelation(request, token, catalog)
    let plan = try ReadPlan(relation, types: try catalog.types(of: relation.columns), config: config)
    let position = try position(of: request, plan)
    try connection.startCopy(plan.copy(token.range, after: position, quote: connection.literal), call)
    let limits = CopyReader.Limits(rows: request.batchRows, bytes: request.batchBytes)
    let reader = CopyReader(
      plan, limits, on: connection, config: config, interrupt: interrupt, ordinal: request.ordinal,
      allocator: allocator
    ) { [weak self] in self?.idle = $0 }
    return (plan.schema, reader)
  }

  private func position(of request: OpenRequest, _ plan: ReadPlan) throws -> KeyPosition? {
    guard !request.position.isEmpty else { return nil }
    guard !plan.relation.key.isEmpty else {
      throw PluginError(
        .conflict, "\(plan.relation.stream) has no key to resume by: it has to be read again from the start")
    }
    return try KeyPosition(request.position, keyCount: plan.relation.key.count)
  }

  /// The relation, locked for the transaction before its columns are looked at, so that nobody changes them between
  /// the look and the COPY.
  private func lockedRelation(_ request: OpenRequest, _ token: SplitToken, _ catalog: Catalog) throws -> Relation {
    func gone() throws -> PluginError {
      let again = try catalog.relations().contains { $0.stream == request.stream }
      return again
        ? PluginError(.conflict, "\(request.stream) was dropped and created again since it was planned; run it again")
        : PluginError(.notFound, "\(request.stream) does not exist any more")
    }
    guard let found = try catalog.relation(token.relation) else { throw try gone() }
    _ = try catalog.connection.query("SELECT FROM \(found.sql) LIMIT 0", catalog.call)
    guard let locked = try catalog.relation(token.relation), locked.stream == found.stream else { throw try gone() }
    guard try catalog.identity(of: locked.oid) == request.identity || request.identity.isEmpty else {
      throw PluginError(.conflict, "\(request.stream) is in another database than the one that was planned")
    }
    try token.check(against: locked)
    return locked
  }

  // MARK: - Connections

  /// The idle connection, or a new one. An idle one that the server has closed meanwhile shows that at its first
  /// statement, as an error that the host repeats.
  private func connect(_ call: Call) throws -> Connection {
    if let connection = idle, connection.isUsable {
      idle = nil
      return connection
    }
    return try Connector(config: config, interrupt: interrupt).connect(call)
  }

  private func withTransaction<Result>(
    snapshot: String? = nil, _ call: Call, _ body: (Catalog) throws -> Result
  ) throws -> Result {
    let connection = try connect(call)
    try Session.begin(on: connection, snapshot: snapshot, call)
    let result = try body(Catalog(connection: connection, call: call))
    try Session.end(on: connection, call)
    idle = connection
    return result
  }

  /// The snapshot of the lists that are not released yet, or a new one.
  private func currentSnapshot(_ call: Call) throws -> Snapshot {
    if let snapshot { return snapshot }
    let connection = try Connector(config: config, interrupt: interrupt).connect(call)
    let made = try Snapshot(on: connection, call)
    snapshot = made
    return made
  }
}
