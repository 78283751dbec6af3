package import HostGate
import HostModel
import HostPolicy

extension OperatorNotification {
  /// What an operator is told of an event at the gate: that a breaker opened or closed, that a level changed.
  ///
  /// Retries and refused calls are for metrics. Half-open is a breaker's own business: a breaker that goes from open to
  /// half-open and back has been open all the time. What happens to the dependencies of notifications themselves is told
  /// to nobody, since it would have to go the way that fails.
  /// - Returns: nil for an event that nobody is told.
  package init?(_ event: GateEvent) {
    switch event.kind {
    case .dependency(let key, .breaker(let transition)):
      guard key.plugin != Notifier.plugin, transition.to != .halfOpen else { return nil }
      self.init(key, transition, event)
    case .dependency: return nil
    case .level(let change): self.init(change, event)
    }
  }

  private init(_ dependency: DependencyKey, _ transition: BreakerTransition, _ event: GateEvent) {
    let state = transition.to.rawValue
    var details = Self.details(of: event.origin)
    details["dependency"] = dependency.description
    details["from"] = transition.from.rawValue
    details["to"] = state
    details["cause"] = transition.cause.name
    self.init(
      key: "breaker/\(dependency)", state: state, title: "circuit breaker of \(dependency): \(state)",
      body: transition.explanation(at: event.at), severity: transition.severity, details: details, time: event.wallTime,
      audience: event.audience)
  }

  private init(_ change: DegradationScope.Change, _ event: GateEvent) {
    let scope = event.origin.map { "pipeline \($0.pipeline)" } ?? "the platform"
    let path = event.origin.map { "\($0.tenant)/\($0.pipeline)" } ?? "platform"
    var details = Self.details(of: event.origin)
    details["from"] = change.from.name
    details["to"] = change.to.name
    details["cause"] = change.cause.rawValue
    let severity: NotificationSeverity =
      switch change.to {
      case .normal: .info
      case .level1, .level2: .warning
      case .emergency: .critical
      }
    self.init(
      key: "level/\(path)", state: change.to.name, title: "degradation level of \(scope): \(change.to.name)",
      body: "It was \(change.from.name); the cause is \(change.cause.rawValue).", severity: severity,
      details: details, time: event.wallTime)
  }

  private static func details(of origin: CallOrigin?) -> [String: String] {
    guard let origin else { return [:] }
    return [
      "tenant": origin.tenant.name, "source_id": origin.sourceID.description, "pipeline": origin.pipeline,
      "stream": origin.stream,
    ].compactMapValues { $0 }
  }
}

extension BreakerTransition {
  fileprivate var severity: NotificationSeverity {
    switch to {
    case .open, .forcedOpen: .warning
    case .closed, .halfOpen, .disabled, .metricsOnly: .info
    }
  }

  fileprivate func explanation(at now: Instant) -> String {
    let pause = retryAt.map { " It is tried again in \(max(0, $0.duration(since: now).wholeSeconds)) s." } ?? ""
    return "\(cause.explanation).\(pause)"
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int64 { wholeNanoseconds / 1_000_000_000 }
}

extension BreakerCause {
  fileprivate var explanation: String {
    switch self {
    case .failures(let count): "\(count) failures within its window"
    case .failureRate(let failures, let calls): "\(failures) of \(calls) calls failed"
    case .slowRate(let slow, let calls): "\(slow) of \(calls) calls were slow"
    case .consecutiveFailures(let count): "\(count) failures in a row"
    case .instanceLost: "the instance is gone"
    case .openTimePassed: "the open time has passed"
    case .probeFailed: "a test call failed"
    case .probesFailed(let failures, let calls): "\(failures) of \(calls) test calls failed"
    case .probeOverdue: "a test call did not return"
    case .probesSucceeded(let count): "\(count) test calls succeeded"
    case .operatorCommand: "an operator wanted it"
    }
  }
}
