/// When a level is entered and left. The thresholds are measured per scope: those of the machine for the platform, those of
/// dependencies for each pipeline that uses them.
package struct DegradationConfiguration: Sendable, Hashable {
  /// High latency: a dependency's 95th percentile above this multiple of its baseline. nil switches the comparison off.
  package var latencyFactor: Double? = 3
  /// High latency: the 95th percentile above this share of what one attempt may take. nil switches the comparison off.
  package var latencyDeadlinePercent: Int? = 80
  /// Latencies of fewer calls say nothing.
  package var latencyMinimumCalls = 20
  /// High latency has to hold for this long. Zero enters at the first measurement.
  package var latencyHold: Duration = .seconds(120)

  /// Compute exhausted: processor time that others use, in percent of the machine. nil switches the comparison off.
  package var cpuPercent: Int? = 90
  /// Compute exhausted: memory in use, in percent of the machine. nil switches the comparison off.
  package var memoryPercent: Int? = 85
  /// Compute exhausted: batches that wait in the durable queue. nil (default) switches the comparison off.
  package var queueDepth: Int?
  /// Compute exhausted has to hold for this long.
  package var computeHold: Duration = .seconds(120)

  /// Multiple failures: so many dependencies of one pipeline unavailable at once.
  package var failingDependencies = 2
  /// Critical failure: the home's disk has less than this left. 0 (default) switches the comparison off: where lake and
  /// queue are on one disk, buffering would help nobody, and a run that fails with the cause is clearer.
  package var diskFreeBytes: Int64 = 0
  /// An unavailable language model, multiple failures, storage only and critical failures have to hold for this long. Zero
  /// (default): the breakers behind them have waited already.
  package var failureHold: Duration = .zero

  /// Every step back waits until nothing has called for the present level for this long.
  package var recoveryHold: Duration = .seconds(60)

  package init() {}

  /// How long a condition has to hold before it counts.
  package func hold(of cause: DegradationCause) -> Duration {
    switch cause {
    case .highLatency: latencyHold
    case .computeExhausted: computeHold
    case .llmUnavailable, .multipleFailures, .storageOnly, .criticalFailure, .recovered, .pinned: failureHold
    }
  }

  /// What the measurements can bring back to normal at most this late after the last bad one: three steps, each with its
  /// hold. A bound for tests and for `headrace policy check`.
  package var longestRecovery: Duration { recoveryHold * 3 }
}
