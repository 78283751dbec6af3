import HeadracePlugin

/// The row counts of the last runs, and whether a run has far more or fewer than they (`RobustScale`). The deviation is
/// taken to be at least a twentieth of the median and at least one row: the same count every day does not make one row
/// more unusual.
struct RunHistory {
  struct Settings {
    var threshold = 3.5
    var history = 20
    var warmup = 5
  }
  struct Signal {
    var median: Double
    var score: Double
  }

  private let settings: Settings
  private var counts: [Double] = []

  init(_ settings: Settings) { self.settings = settings }

  mutating func add(_ rows: UInt64) -> Signal? {
    let count = Double(rows)
    defer {
      counts.append(count)
      if counts.count > settings.history { counts.removeFirst() }
    }
    guard counts.count >= settings.warmup else { return nil }
    var scratch: [Double] = []
    let scale = RobustScale(of: counts, scratch: &scratch)
    let deviation = max(scale.deviation, scale.median / 20, 1)
    let score = abs(count - scale.median) / (deviation * settings.threshold)
    return score > 1 ? Signal(median: scale.median, score: score) : nil
  }

  func save(to encoder: inout StateEncoder) { encoder.append(counts) }

  mutating func restore(from decoder: inout StateDecoder) throws(PluginError) {
    counts = Array(try decoder.doubles().suffix(settings.history))
  }
}
