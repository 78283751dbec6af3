import HeadracePlugin

/// Which rules watch which columns, and how readily they report.
struct StatisticalConfig {
  enum Rule: String, CaseIterable {
    case robustZScore = "robust_z_score"
    case ewma
    case nullRate = "null_rate"
    case rowCount = "row_count"
  }
  struct Freshness {
    var column: String
    var maximumAgeMicroseconds: Int64
    var text: String
  }

  var columns: [String]
  var rules: Set<Rule>
  var robust = RobustWindow.Settings()
  var ewma = EWMAChart.Settings()
  var nullRate = NullRateChart.Settings()
  var rowCount = RunHistory.Settings()
  var freshness: Freshness?
  var severity: Finding.Severity
  var maximumFindings: Int

  init(_ configuration: Configuration) throws(PluginError) {
    try configuration.allowOnly([
      "columns", "rules", "robust_z_score", "ewma", "null_rate", "row_count", "freshness", "severity", "max_findings",
    ])
    columns = try configuration.strings("columns")
    rules = try Self.rules(configuration)
    severity = try configuration.severity(default: .warning)
    maximumFindings = Int(clamping: try configuration.integer("max_findings", default: 10))
    try readRobust(configuration)
    try readEWMA(configuration)
    try readNullRate(configuration)
    try readRowCount(configuration)
    if let member = configuration.member("freshness") { freshness = try Self.freshness(member) }
  }

  private static func rules(_ configuration: Configuration) throws(PluginError) -> Set<Rule> {
    guard configuration.member("rules") != nil else { return Set(Rule.allCases) }
    var rules: Set<Rule> = []
    for element in try configuration.list("rules") {
      guard let rule = Rule(rawValue: try element.string()) else {
        let names = Rule.allCases.map(\.rawValue).joined(separator: ", ")
        throw element.error("there is no rule '\(try element.string())'; the rules are \(names)")
      }
      rules.insert(rule)
    }
    return rules
  }

  private mutating func readRobust(_ configuration: Configuration) throws(PluginError) {
    guard let member = configuration.member(Rule.robustZScore.rawValue) else { return }
    try member.allowOnly(["threshold", "window", "warmup"])
    robust.threshold = try Self.positive(member, "threshold", robust.threshold)
    robust.window = try Self.count(member, "window", robust.window, 8...8192)
    robust.warmup = try Self.count(member, "warmup", min(robust.warmup, robust.window), 3...robust.window)
  }

  private mutating func readEWMA(_ configuration: Configuration) throws(PluginError) {
    guard let member = configuration.member(Rule.ewma.rawValue) else { return }
    try member.allowOnly(["threshold", "weight", "group", "warmup"])
    ewma.threshold = try Self.positive(member, "threshold", ewma.threshold)
    ewma.weight = try Self.positive(member, "weight", ewma.weight)
    guard ewma.weight <= 1 else { throw member.error("'weight' lies above 0 and is at most 1") }
    ewma.group = try Self.count(member, "group", ewma.group, 1...1_000_000)
    ewma.warmup = try Self.count(member, "warmup", ewma.warmup, 2...1_000_000)
  }

  private mutating func readNullRate(_ configuration: Configuration) throws(PluginError) {
    guard let member = configuration.member(Rule.nullRate.rawValue) else { return }
    try member.allowOnly(["threshold", "min_change", "group", "warmup"])
    nullRate.threshold = try Self.positive(member, "threshold", nullRate.threshold)
    nullRate.minimumChange = try member.double("min_change", default: nullRate.minimumChange)
    nullRate.group = try Self.count(member, "group", nullRate.group, 10...1_000_000)
    nullRate.warmup = try Self.count(member, "warmup", nullRate.warmup, 10...100_000_000)
  }

  private mutating func readRowCount(_ configuration: Configuration) throws(PluginError) {
    guard let member = configuration.member(Rule.rowCount.rawValue) else { return }
    try member.allowOnly(["threshold", "history", "warmup"])
    rowCount.threshold = try Self.positive(member, "threshold", rowCount.threshold)
    rowCount.history = try Self.count(member, "history", rowCount.history, 3...1000)
    rowCount.warmup = try Self.count(member, "warmup", min(rowCount.warmup, rowCount.history), 3...rowCount.history)
  }

  private static func freshness(_ member: Configuration) throws(PluginError) -> Freshness {
    try member.allowOnly(["column", "max_age"])
    let text = try member.string("max_age")
    let units: [(Character, Int64)] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
    guard let last = text.last, let unit = units.first(where: { $0.0 == last }), let amount = Int64(text.dropLast()),
      amount > 0, amount < 1_000_000_000
    else { throw member.error("'max_age' is '\(text)', and should be like 30s, 15m, 6h or 2d") }
    return Freshness(
      column: try member.string("column"), maximumAgeMicroseconds: amount * unit.1 * 1_000_000, text: text)
  }

  private static func positive(_ member: Configuration, _ key: String, _ value: Double) throws(PluginError) -> Double {
    let value = try member.double(key, default: value)
    guard value > 0 else { throw member.error("'\(key)' is above 0") }
    return value
  }

  private static func count(
    _ member: Configuration, _ key: String, _ value: Int, _ range: ClosedRange<Int>
  ) throws(PluginError) -> Int {
    let value = Int(clamping: try member.integer(key, default: Int64(value)))
    guard range.contains(value) else {
      throw member.error("'\(key)' lies between \(range.lowerBound) and \(range.upperBound)")
    }
    return value
  }
}
