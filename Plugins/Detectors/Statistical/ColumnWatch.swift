import HeadracePlugin

/// The rules of one column, with what they have learnt.
struct ColumnWatch {
  let name: String
  private let index: Int
  private let config: StatisticalConfig
  private var robust: RobustWindow?
  private var ewma: EWMAChart?
  private var nullRate: NullRateChart?

  init(_ name: String, schema: Schema, config: StatisticalConfig) throws(PluginError) {
    self.name = name
    self.config = config
    index = try schema.requireIndex(of: name)
    if config.rules.contains(.robustZScore) { robust = RobustWindow(config.robust) }
    if config.rules.contains(.ewma) { ewma = EWMAChart(config.ewma) }
    if config.rules.contains(.nullRate) { nullRate = NullRateChart(config.nullRate) }
    guard robust != nil || ewma != nil else { return }
    switch schema.fields[index].type {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32, .float64: break
    case .decimal(_, _, let bits) where bits <= 128: break
    default:
      throw PluginError(
        .invalidConfig,
        "column '\(name)' is a \(schema.fields[index].type.description), and robust_z_score and ewma "
          + "need numbers; leave them out of 'rules' to watch its nulls alone")
    }
  }

  mutating func inspect(_ batch: Batch) -> [Finding] {
    let column = batch.columns[index]
    var findings: [Finding] = []
    if robust != nil || ewma != nil, let values = column.doubles() {
      findings += judge(values, column.validity)
    }
    findings += countNulls(column)
    return findings
  }

  /// The machines are taken out for the loop, so that they are changed in place.
  private mutating func judge(_ values: [Double], _ validity: Bitmap?) -> [Finding] {
    var unusual = FindingList(limit: config.maximumFindings)
    var drifted = FindingList(limit: config.maximumFindings)
    var window = robust ?? RobustWindow(config.robust)
    var chart = ewma ?? EWMAChart(config.ewma)
    let (usesWindow, usesChart) = (robust != nil, ewma != nil)
    (robust, ewma) = (nil, nil)
    for row in 0..<values.count {
      if let validity, !validity[row] { continue }
      let value = values[row]
      if usesWindow {
        if window.isUnusual(value), let scale = window.scale {
          let score = abs(value - scale.median) / window.limit
          unusual.append(score: score) { finding(value, row, scale, score) }
        }
        window.learn(value)
      }
      if usesChart, let signal = chart.add(value) {
        drifted.append(score: signal.score) { finding(signal) }
      }
    }
    if usesWindow { robust = window }
    if usesChart { ewma = chart }
    return unusual.summarised(severity: config.severity, rule: "robust_z_score", column: name)
      + drifted.summarised(severity: config.severity, rule: "ewma", column: name)
  }

  private func finding(_ value: Double, _ row: Int, _ scale: RobustScale, _ score: Double) -> Finding {
    let side = value < scale.median ? "below" : "above"
    let deviations = Number.short(score * config.robust.threshold)
    return Finding(
      config.severity, rule: "robust_z_score", column: name,
      message: "\(name) \(Number.short(value)) is \(deviations) deviations \(side) the median "
        + Number.short(scale.median),
      row: row, score: score, observed: value, expected: scale.median)
  }

  private func finding(_ signal: EWMAChart.Signal) -> Finding {
    Finding(
      config.severity, rule: "ewma", column: name,
      message: "\(name): the moving average \(Number.short(signal.average)) has left the level "
        + Number.short(signal.level),
      score: signal.score, observed: signal.average, expected: signal.level)
  }

  private mutating func countNulls(_ column: Column) -> [Finding] {
    guard var chart = nullRate else { return [] }
    var list = FindingList(limit: config.maximumFindings)
    var row = 0
    while row < column.count {
      let rows = min(chart.missing, column.count - row)
      let signal = chart.add(rows: rows, nulls: column.nullCount(in: row..<row + rows))
      row += rows
      guard let signal else { continue }
      list.append(score: signal.score) {
        Finding(
          config.severity, rule: "null_rate", column: name,
          message: "\(name) is null in \(Number.short(signal.rate * 100)) % of the rows, where "
            + "\(Number.short(signal.usual * 100)) % are usual",
          score: signal.score, observed: signal.rate, expected: signal.usual)
      }
    }
    nullRate = chart
    return list.summarised(severity: config.severity, rule: "null_rate", column: name)
  }

  func save(to encoder: inout StateEncoder) {
    encoder.append(name)
    robust?.save(to: &encoder)
    ewma?.save(to: &encoder)
    nullRate?.save(to: &encoder)
  }

  mutating func restore(from decoder: inout StateDecoder) throws(PluginError) {
    guard try decoder.string() == name else {
      throw PluginError(.unsupported, "the state was saved for other columns")
    }
    try robust?.restore(from: &decoder)
    try ewma?.restore(from: &decoder)
    try nullRate?.restore(from: &decoder)
  }
}

/// Numbers in messages.
enum Number {
  /// With at most four digits that matter after the point: 14.2, 31.5, 9100, 0.0001235.
  static func short(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15, value != 0 else { return "\(value)" }
    var scale = 10.0
    while abs(value) * scale < 1000, scale < 1e12 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
  }
}
