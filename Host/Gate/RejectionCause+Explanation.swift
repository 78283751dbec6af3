import HostModel
package import HostPolicy

extension RejectionCause {
  /// The refusal in words.
  package var explanation: String {
    switch self {
    case .degraded(let feature, let level, let mode):
      "\(feature.name) is degraded to '\(mode.name)' at level '\(level.name)'"
    case .bulkheadFull(let limit): "\(limit) calls are in flight, which is the limit"
    case .throttled(let percent): "the dependency refuses calls for its load, and \(percent)% of them are held back"
    case .breaker(let rejection): rejection.explanation
    }
  }
}

extension BreakerRejection {
  /// The refusal in words.
  fileprivate var explanation: String {
    switch state {
    case .forcedOpen: "an operator holds the circuit breaker open"
    case .halfOpen: "the circuit breaker is half-open, and its test call is under way"
    case .open, .closed, .disabled, .metricsOnly: "the circuit breaker is open (\(cause.name))"
    }
  }
}
