import HeadracePlugin

/// Learns what is usual and reports what is not. The findings depend on the rows and their order alone, not on where
/// batches end, and not on whether a run was interrupted: the state holds everything, bit by bit.
final class StatisticalDetector: Detector {
  static let configurationSchema = StatisticalConfig.schema
  static let hasState = true
  private static let stateVersion: UInt8 = 1

  private let config: StatisticalConfig
  private var columns: [ColumnWatch] = []
  private var history: RunHistory
  /// The column whose newest time is watched.
  private var timeColumn: Int?
  private var newest: Int64?

  init(configuration: Configuration, host: Host) throws {
    config = try StatisticalConfig(configuration)
    history = RunHistory(config.rowCount)
    guard !config.columns.isEmpty || config.rules.contains(.rowCount) || config.freshness != nil else {
      throw configuration.error("nothing is watched; give 'columns', the rule 'row_count' or 'freshness'")
    }
  }

  func bind(stream: String, schema: Schema, call: Call) throws {
    columns = try config.columns.map { try ColumnWatch($0, schema: schema, config: config) }
    guard let freshness = config.freshness else { return }
    let index = try schema.requireIndex(of: freshness.column)
    switch schema.fields[index].type {
    case .date32, .date64, .timestamp: timeColumn = index
    default:
      throw PluginError(
        .invalidConfig,
        "freshness: column '\(freshness.column)' is a \(schema.fields[index].type.description), and "
          + "should be a date or a timestamp")
    }
  }

  func inspect(_ batch: Batch, call: Call) throws -> [Finding] {
    if let timeColumn { look(at: batch.columns[timeColumn]) }
    return columns.indices.flatMap { columns[$0].inspect(batch) }
  }

  private func look(at column: Column) {
    guard let times = column.microseconds() else { return }
    let validity = column.validity
    for row in 0..<times.count where times[row] > newest ?? .min {
      if let validity, !validity[row] { continue }
      newest = times[row]
    }
  }

  func finish(_ summary: RunSummary, call: Call) throws -> [Finding] {
    var findings: [Finding] = []
    if config.rules.contains(.rowCount), let signal = history.add(summary.rows) {
      findings.append(
        Finding(
          config.severity, rule: "row_count",
          message: "the run has \(summary.rows) rows, where \(Number.short(signal.median)) are usual",
          score: signal.score, observed: Double(summary.rows), expected: signal.median))
    }
    if let finding = age(at: summary.wallTimeMicroseconds) { findings.append(finding) }
    return findings
  }

  private func age(at now: Int64) -> Finding? {
    guard let freshness = config.freshness, let newest else { return nil }
    let age = Double(now) - Double(newest)
    guard age > Double(freshness.maximumAgeMicroseconds) else { return nil }
    var time: [UInt8] = []
    TimeText.append(timestamp: newest, unit: .microsecond, isInstant: true, to: &time)
    return Finding(
      config.severity, rule: "freshness", column: freshness.column,
      message: "the newest \(freshness.column) is \(String(decoding: time, as: UTF8.self)), older than "
        + freshness.text,
      score: age / Double(freshness.maximumAgeMicroseconds), observed: age / 1e6,
      expected: Double(freshness.maximumAgeMicroseconds) / 1e6)
  }

  func save(call: Call) throws -> [UInt8] {
    var encoder = StateEncoder(version: Self.stateVersion)
    encoder.append(fingerprint)
    encoder.append(newest == nil ? 0 : 1)
    encoder.append(newest ?? 0)
    history.save(to: &encoder)
    for column in columns { column.save(to: &encoder) }
    return encoder.bytes
  }

  /// Nothing is changed unless all of the state fits.
  func restore(_ state: [UInt8], call: Call) throws {
    var decoder = try StateDecoder(state, version: Self.stateVersion)
    guard try decoder.string() == fingerprint else {
      throw PluginError(.unsupported, "the state was saved with another configuration")
    }
    let hasNewest = try decoder.count() == 1
    let time = try decoder.int64()
    var (restoredHistory, restored) = (history, columns)
    try restoredHistory.restore(from: &decoder)
    for index in restored.indices { try restored[index].restore(from: &decoder) }
    try decoder.end()
    (newest, history, columns) = (hasNewest ? time : nil, restoredHistory, restored)
  }

  /// What the layout of the state depends on.
  private var fingerprint: String {
    let rules = config.rules.map(\.rawValue).sorted().joined(separator: ",")
    return "\(rules);\(config.robust.window);\(config.ewma.group);\(config.nullRate.group);\(columns.count)"
  }
}
