import HeadracePlugin

/// A control chart for a level that drifts: S. W. Roberts, "Control Chart Tests Based on Geometric Moving Averages"
/// (1959), with the limits of J. M. Lucas and M. S. Saccucci, "Exponentially Weighted Moving Average Control Schemes"
/// (1990).
///
/// 1. Every `group` values make one point: their mean.
/// 2. The first `warmup` points give the level and the deviation s (Welford's method), and are not judged.
/// 3. Then z = w * point + (1 - w) * z, which starts at the level; unusual is a distance from the level beyond
///    threshold * s * sqrt(w / (2 - w) * (1 - (1 - w)^(2 t))) at the t-th point.
/// 4. After a finding the chart learns anew: a lasting change is told once. (The authors stop the process there.)
struct EWMAChart {
  struct Settings {
    /// The authors use about 3; with thousands of points that alarms without a cause, hence 5.
    var threshold = 5.0
    var weight = 0.2
    var group = 256
    var warmup = 20
  }
  struct Signal {
    var average: Double
    var level: Double
    /// 1 is the control limit.
    var score: Double
  }

  private let settings: Settings
  private var sum = 0.0
  private var count = 0
  private var learnt = 0
  private var level = 0.0
  private var squares = 0.0
  private var average = 0.0
  /// (1 - w)^(2 t)
  private var decay = 1.0

  init(_ settings: Settings) { self.settings = settings }

  @inline(__always)
  mutating func add(_ value: Double) -> Signal? {
    guard value.isFinite else { return nil }
    sum += value
    count += 1
    return count < settings.group ? nil : closeGroup()
  }

  private mutating func closeGroup() -> Signal? {
    let point = sum / Double(count)
    (sum, count) = (0, 0)
    guard learnt >= settings.warmup else {
      learn(point)
      return nil
    }
    return judge(point)
  }

  private mutating func learn(_ point: Double) {
    learnt += 1
    let distance = point - level
    level += distance / Double(learnt)
    squares += distance * (point - level)
    (average, decay) = (level, 1)
  }

  private mutating func judge(_ point: Double) -> Signal? {
    let weight = settings.weight
    average = weight * point + (1 - weight) * average
    decay *= (1 - weight) * (1 - weight)
    let deviation = (squares / Double(learnt - 1)).squareRoot()
    let limit = settings.threshold * deviation * (weight / (2 - weight) * (1 - decay)).squareRoot()
    guard limit > 0, abs(average - level) > limit else { return nil }
    let signal = Signal(average: average, level: level, score: abs(average - level) / limit)
    (learnt, level, squares, average, decay) = (0, 0, 0, 0, 1)
    return signal
  }

  func save(to encoder: inout StateEncoder) {
    encoder.append(count)
    encoder.append(learnt)
    for value in [sum, level, squares, average, decay] { encoder.append(value) }
  }

  mutating func restore(from decoder: inout StateDecoder) throws(PluginError) {
    count = Int(clamping: try decoder.int64())
    learnt = Int(clamping: try decoder.int64())
    sum = try decoder.double()
    level = try decoder.double()
    squares = try decoder.double()
    average = try decoder.double()
    decay = try decoder.double()
    guard (0..<settings.group).contains(count), (0...settings.warmup).contains(learnt) else {
      throw PluginError(.unsupported, "the state is of another configuration")
    }
  }
}
