/// When a call is made a second time though the first has not ended: after almost all calls would have.
///
/// The idea is that of Dean and Barroso, "The tail at scale" (CACM, 2013): a second copy of the few slowest calls cuts the
/// tail of the latencies and costs little. It is off unless a configuration states it, since it is paid for by a dependency
/// that is slow already.
///
/// A copy that is cancelled counts among the latencies with the time that it had until then. That is longer than the delay,
/// so the percentile stays where it is; if cancelled copies were left out it would sink with every hedge.
package struct HedgePolicy: Sendable, Hashable {
  /// The percentage of the calls that end before a hedge is made. 50, the least, hedges every second call as far as the
  /// budget pays; 100 hardly ever hedges.
  package var percentile: Double
  /// No hedge is made earlier. Zero leaves it to the percentile, and a dependency that answers from a cache is hedged
  /// within microseconds.
  package var minDelay: Duration
  /// With fewer timed calls nothing is known about how long they take, and nothing is hedged.
  package var minimumSamples: Int
  /// Second copies of one call. 0 makes none; each beyond the first waits for the delay again.
  package var maxHedges: Int

  package init(
    percentile: Double = 95, minDelay: Duration = .milliseconds(10), minimumSamples: Int = 100, maxHedges: Int = 1
  ) {
    self.percentile = percentile.isFinite ? min(max(50, percentile), 100) : 95
    self.minDelay = max(.zero, minDelay)
    self.minimumSamples = max(1, minimumSamples)
    self.maxHedges = min(max(0, maxHedges), 10)
  }

  /// How long after a copy the next one is due; nil if there is none.
  package func delay(_ latencies: LatencyHistogram) -> Duration? {
    guard maxHedges > 0, latencies.total >= UInt64(clamping: minimumSamples) else { return nil }
    return latencies.percentile(percentile).map { max($0, minDelay) }
  }
}
