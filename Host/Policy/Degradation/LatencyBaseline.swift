package import HostModel

/// What a dependency's latency is now and what it usually is, from a histogram that only grows.
///
/// The present percentile is that of the last one to two windows: two marks of the histogram are kept, and the older one is
/// subtracted. The baseline is the moving average of such percentiles, one for each full window; a percentile that is
/// itself high by the configuration does not move it, or an outage would become the usual.
package struct LatencyBaseline: Sendable, Equatable {
  package struct Measurement: Sendable, Equatable {
    package let p95: Duration
    /// nil until a first window is over.
    package let baseline: Duration?
    package let calls: Int
  }

  /// A new percentile's share in the average.
  private static let weight = 0.2

  package let window: Duration
  private var older: LatencyHistogram
  private var newer: LatencyHistogram
  private var newerSince: Instant
  private var average: Double?

  package init(window: Duration = .seconds(60), at now: Instant) {
    self.window = max(.milliseconds(1), window)
    older = LatencyHistogram()
    newer = LatencyHistogram()
    newerSince = now
  }

  /// - Returns: nil if too few calls were made.
  package mutating func observed(
    _ histogram: LatencyHistogram, _ configuration: DegradationConfiguration, at now: Instant
  ) -> Measurement? {
    let recent = histogram.subtracting(older)
    let baseline = average.map { Duration.nanoseconds(Int64($0)) }
    let p95 = recent.total >= UInt64(max(1, configuration.latencyMinimumCalls)) ? recent.percentile(95) : nil
    if now >= newerSince.advanced(by: window) {
      older = newer
      newer = histogram
      newerSince = now
      if let p95 { learn(p95, configuration) }
    }
    return p95.map { Measurement(p95: $0, baseline: baseline, calls: Int(clamping: recent.total)) }
  }

  private mutating func learn(_ p95: Duration, _ configuration: DegradationConfiguration) {
    let value = Double(p95.wholeNanoseconds)
    guard let average else {
      self.average = value
      return
    }
    if let factor = configuration.latencyFactor, value > factor * average { return }
    self.average = average + (value - average) * Self.weight
  }
}
