import HeadracePlugin

/// Reports values, null rates and row counts beyond limits that the user set.
///
/// Values are compared as doubles: whole numbers beyond 2^53 and decimals are rounded to the nearest. A NaN is beyond
/// every limit. Null rates are of a whole run, and are told at its end.
final class ThresholdDetector: Detector {
  static let configurationSchema = ThresholdConfig.schema
  static let hasState = true
  private static let stateVersion: UInt8 = 1

  private let config: ThresholdConfig
  private var rules: [BoundRule] = []

  init(configuration: Configuration, host: Host) throws {
    config = try ThresholdConfig(configuration)
  }

  func bind(stream: String, schema: Schema, call: Call) throws {
    rules = try config.rules.map { try BoundRule($0, schema: schema, maximumFindings: config.maximumFindings) }
  }

  func inspect(_ batch: Batch, call: Call) throws -> [Finding] {
    rules.indices.flatMap { rules[$0].inspect(batch) }
  }

  func finish(_ summary: RunSummary, call: Call) throws -> [Finding] {
    let nulls = rules.indices.compactMap { rules[$0].finishRun() }
    return nulls + rowCount(Int64(clamping: summary.rows))
  }

  private func rowCount(_ rows: Int64) -> [Finding] {
    var findings: [Finding] = []
    func add(_ limit: Int64, _ text: String) {
      let score = 1 + abs(Double(rows) - Double(limit)) / max(Double(limit), 1)
      findings.append(
        Finding(
          config.severity, rule: "row_count", message: "the run has \(rows) rows, \(text) \(limit)", score: score,
          observed: Double(rows), expected: Double(limit)))
    }
    if let limit = config.minimumRows, rows < limit { add(limit, "fewer than") }
    if let limit = config.maximumRows, rows > limit { add(limit, "more than") }
    return findings
  }

  func save(call: Call) throws -> [UInt8] {
    var encoder = StateEncoder(version: Self.stateVersion)
    encoder.append(rules.count)
    for rule in rules {
      encoder.append(rule.config.column)
      encoder.append(rule.rows)
      encoder.append(rule.nulls)
    }
    return encoder.bytes
  }

  func restore(_ state: [UInt8], call: Call) throws {
    var decoder = try StateDecoder(state, version: Self.stateVersion)
    var restored = rules
    guard try decoder.count() == rules.count else { throw Self.otherRules }
    for index in restored.indices {
      guard try decoder.string() == restored[index].config.column else { throw Self.otherRules }
      restored[index].rows = try decoder.int64()
      restored[index].nulls = try decoder.int64()
    }
    try decoder.end()
    rules = restored
  }

  private static let otherRules = PluginError(.unsupported, "the state was saved with other rules")
}
