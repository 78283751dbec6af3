package import HostGate
package import HostModel
package import HostPolicy

extension CallResult {
  /// The failure that a person is told: which plugin, doing what, why, and what the gate did about it.
  package func failure(plugin: String, operation: PluginOperation, retry: RetryConfiguration) -> Failure {
    let cause = failure?.lastError?.message ?? failure?.rejection.map { "\($0.explanation)" } ?? status.name
    let code = failure?.lastError?.vendorCode.map { " [\($0)]" } ?? ""
    let tries = attempts > 1 ? " (\(attempts) attempts)" : ""
    let kind: FailureKind =
      switch (status, operation) {
      case (.invalidConfig, _), (.unsupported, _): .invalidInput
      // What an instance needs of this machine, such as a library, is not there.
      case (.notFound, .create): .environment
      default: .run
      }
    return Failure(
      kind, "plugin '\(plugin)': \(operation.name): \(cause)\(code)\(tries)", advice: status.advice, status: status)
  }
}

extension Status {
  /// What a user can do about a failed call, where that is the same for all plugins.
  fileprivate var advice: String? {
    switch self {
    case .unauthenticated: "check the credentials in the pipeline file"
    case .permissionDenied: "grant the permission that the message names"
    case .timeout, .transient, .throttled: "run again when the dependency answers: positions are kept"
    default: nil
    }
  }
}

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
