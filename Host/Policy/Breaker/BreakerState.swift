/// The states by name, as metrics, events and the summary show them.
package enum BreakerStateName: String, Sendable, CaseIterable {
  case closed
  case open
  case halfOpen = "half_open"
  case forcedOpen = "forced_open"
  case disabled
  case metricsOnly = "metrics_only"
}

/// What moved a breaker.
package enum BreakerCause: Sendable, Hashable {
  case failures(Int)
  case failureRate(failures: Int, calls: Int)
  case slowRate(slow: Int, calls: Int)
  case consecutiveFailures(Int)
  /// The instance or its process is gone: there is nothing to count up to.
  case instanceLost(status: Int32)
  case openTimePassed
  case probeFailed(status: Int32)
  case probesFailed(failures: Int, calls: Int)
  case probeOverdue
  case probesSucceeded(Int)
  case operatorCommand

  package var name: String {
    switch self {
    case .failures: "failure_threshold"
    case .failureRate, .probesFailed: "failure_rate"
    case .slowRate: "slow_call_rate"
    case .consecutiveFailures: "consecutive_failures"
    case .instanceLost: "instance_lost"
    case .openTimePassed: "open_time_passed"
    case .probeFailed: "probe_failed"
    case .probeOverdue: "probe_overdue"
    case .probesSucceeded: "probes_succeeded"
    case .operatorCommand: "operator"
    }
  }
}
