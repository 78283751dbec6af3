import HeadracePlugin

/// Judges each value by the median and the spread of those before it (`RobustScale`).
///
/// 1. The last `window` finite values are remembered, unusual ones too: the median bears up to half of them, and a new
///    level becomes the usual one after half a window.
/// 2. With the value number `warmup`, and then with every further half of a window, the scale is estimated anew.
///    Counting values and not batches makes the findings independent of where batches end.
/// 3. A value is judged by the last estimate: unusual beyond `threshold` deviations. If nothing spreads (all the same)
///    nothing is judged.
struct RobustWindow {
  struct Settings {
    /// Iglewicz and Hoaglin recommend 3.5 for normal data; real amounts are skewed, hence 6.
    var threshold = 6.0
    var window = 512
    var warmup = 64
  }

  private let settings: Settings
  private var values: [Double] = []
  private var next = 0
  private var sinceEstimate = 0
  private var scratch: [Double] = []
  /// Nil until `warmup` values were seen.
  private(set) var scale: RobustScale?
  /// Distances from the median up to this one are usual.
  private(set) var limit = Double.infinity

  init(_ settings: Settings) {
    self.settings = settings
    values.reserveCapacity(settings.window)
  }

  /// Whether a value is unusual by what was learnt before it.
  @inline(__always)
  func isUnusual(_ value: Double) -> Bool {
    guard let scale else { return false }
    return abs(value - scale.median) > limit
  }

  @inline(__always)
  mutating func learn(_ value: Double) {
    guard value.isFinite else { return }
    if values.count < settings.window {
      values.append(value)
    } else {
      values[next] = value
      next = next + 1 == settings.window ? 0 : next + 1
    }
    sinceEstimate += 1
    if scale == nil ? values.count >= settings.warmup : sinceEstimate >= interval { estimate() }
  }

  private var interval: Int { max(settings.window / 2, 1) }

  private mutating func estimate() {
    scale = RobustScale(of: values, scratch: &scratch)
    sinceEstimate = 0
    setLimit()
  }

  private mutating func setLimit() {
    guard let scale, scale.deviation > 0 else { return limit = .infinity }
    limit = settings.threshold * scale.deviation
  }

  func save(to encoder: inout StateEncoder) {
    encoder.append(values)
    encoder.append(next)
    encoder.append(sinceEstimate)
    encoder.append(scale == nil ? 0 : 1)
    encoder.append(scale?.median ?? 0)
    encoder.append(scale?.deviation ?? 0)
  }

  mutating func restore(from decoder: inout StateDecoder) throws(PluginError) {
    values = try decoder.doubles()
    next = try decoder.count()
    sinceEstimate = try decoder.count()
    let isEstimated = try decoder.count() == 1
    let scale = RobustScale(median: try decoder.double(), deviation: try decoder.double())
    self.scale = isEstimated ? scale : nil
    guard values.count <= settings.window, next < settings.window else {
      throw PluginError(.unsupported, "the state has a larger window than the configuration")
    }
    values.reserveCapacity(settings.window)
    setLimit()
  }
}
