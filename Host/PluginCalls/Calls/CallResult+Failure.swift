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
      kind, "plugin '\(plugin)': \(operation.name): \(cause)\(code)\(tries)", advice: status.advice, status: status,
      details: failure?.lastError?.details ?? [])
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
