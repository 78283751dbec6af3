import HeadracePlugin

/// A control chart for the share of nulls (Shewhart's p-chart): the nulls of a group of n rows are compared with
/// n p, in units of sqrt(n p (1 - p)), where p is the rate of all rows before the group, half a null and half a value
/// added so that a column without nulls has a rate too. A change below `minimumChange` is left out, since with large
/// groups every one is significant.
///
/// Every group is learnt once it was judged. The counts are halved at a million rows, so that old rows are forgotten.
struct NullRateChart {
  struct Settings {
    var threshold = 6.0
    var minimumChange = 0.05
    var group = 1000
    var warmup = 1000
  }
  struct Signal {
    var rate: Double
    var usual: Double
    var score: Double
  }
  private static let memory: Int64 = 1_000_000

  private let settings: Settings
  private var rows = 0
  private var nulls = 0
  private var learntRows: Int64 = 0
  private var learntNulls: Int64 = 0

  init(_ settings: Settings) { self.settings = settings }

  /// How many rows are missing until the group is complete.
  var missing: Int { settings.group - rows }

  /// Adds rows, no more than are missing.
  mutating func add(rows added: Int, nulls addedNulls: Int) -> Signal? {
    rows += added
    nulls += addedNulls
    guard rows >= settings.group else { return nil }
    defer { learn() }
    guard learntRows >= Int64(settings.warmup) else { return nil }
    let usual = (Double(learntNulls) + 0.5) / (Double(learntRows) + 1)
    let rate = Double(nulls) / Double(rows)
    let deviation = (usual * (1 - usual) / Double(rows)).squareRoot()
    let score = abs(rate - usual) / (deviation * settings.threshold)
    guard score > 1, abs(rate - usual) >= settings.minimumChange else { return nil }
    return Signal(rate: rate, usual: usual, score: score)
  }

  private mutating func learn() {
    learntRows += Int64(rows)
    learntNulls += Int64(nulls)
    (rows, nulls) = (0, 0)
    guard learntRows >= Self.memory else { return }
    learntRows /= 2
    learntNulls /= 2
  }

  func save(to encoder: inout StateEncoder) {
    encoder.append(rows)
    encoder.append(nulls)
    encoder.append(learntRows)
    encoder.append(learntNulls)
  }

  mutating func restore(from decoder: inout StateDecoder) throws(PluginError) {
    rows = Int(clamping: try decoder.int64())
    nulls = Int(clamping: try decoder.int64())
    learntRows = try decoder.int64()
    learntNulls = try decoder.int64()
    guard (0..<settings.group).contains(rows), (0...rows).contains(nulls), learntNulls >= 0, learntRows >= learntNulls
    else { throw PluginError(.unsupported, "the state is of another configuration") }
  }
}
