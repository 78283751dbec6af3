import HostFormats
import HostModel
package import HostPolicy

/// Proofs about an effective policy that need no run: settings that contradict each other, and protection that can never
/// act. What one file alone can tell was refused when it was read; this sees all files together.
package enum PolicyCheck {
  package struct Problem: Sendable, Hashable {
    package enum Severity: String, Sendable { case error, warning }
    package let severity: Severity
    /// The field that is to be changed, as `breaker.minimum_calls`.
    package let field: String
    package let message: String

    init(_ severity: Severity, _ field: String, _ message: String) {
      self.severity = severity
      self.field = field
      self.message = message
    }
  }

  /// - Parameter operation: the class of the calls: its retry row and deadline are looked at.
  package static func problems(of policy: PolicySection, operation: OperationClass) -> [Problem] {
    let gate = policy.gate
    return triggers(gate.breaker, deadline: policy.timeout(operation)) + window(gate.breaker)
      + recovery(gate.breaker, deadline: policy.timeout(operation)) + waiting(policy, gate)
      + retries(policy.retry(operation), gate.budget, operation) + levels(policy.degradation.configuration)
      + hedging(policy, operation)
  }

  private static func triggers(_ breaker: BreakerConfiguration, deadline: Duration) -> [Problem] {
    var found: [Problem] = []
    let all = [breaker.failureThreshold, breaker.failurePercent, breaker.slowPercent, breaker.consecutiveFailures]
    if all.allSatisfy({ $0 == nil }) {
      found.append(.init(.error, "breaker", "every trigger is switched off: the breaker never opens"))
    }
    if breaker.slowPercent != nil, breaker.slowDuration >= deadline {
      found.append(
        .init(
          .error, "breaker.slow_call_duration",
          "no call is ever slow: it is over its deadline of \(Units.durationText(deadline)) before"))
    }
    return found
  }

  private static func window(_ breaker: BreakerConfiguration) -> [Problem] {
    guard case .count(let calls) = breaker.window else { return [] }
    var found: [Problem] = []
    let hasRate = breaker.failurePercent != nil || breaker.slowPercent != nil
    if hasRate, breaker.minimumCalls > calls {
      found.append(
        .init(
          .error, "breaker.minimum_calls", "the window holds \(calls) calls, so the rates are never looked at"))
    }
    if let threshold = breaker.failureThreshold, threshold > calls {
      found.append(
        .init(
          .error, "breaker.failure_threshold",
          "the window holds \(calls) calls, so \(threshold) failures never are in it"))
    }
    return found
  }

  private static func recovery(_ breaker: BreakerConfiguration, deadline: Duration) -> [Problem] {
    guard breaker.halfOpenLimit < deadline else { return [] }
    return [
      .init(
        .warning, "breaker.half_open.limit",
        "a test call may take \(Units.durationText(deadline)), and half-open ends after "
          + "\(Units.durationText(breaker.halfOpenLimit)): a slow success reopens the breaker")
    ]
  }

  private static func waiting(_ policy: PolicySection, _ gate: GateConfiguration) -> [Problem] {
    var found: [Problem] = []
    if policy.breakerWait > .zero, policy.breakerWait < gate.breaker.openDuration {
      found.append(
        .init(
          .warning, "breaker.max_wait",
          "shorter than the breaker stays open (\(Units.durationText(gate.breaker.openDuration))): waiting is in vain"))
    }
    if gate.maxInFlight == nil, policy.bulkhead.maxWait != nil || policy.bulkhead.maxWaiting != nil {
      found.append(.init(.error, "bulkhead.max_wait", "nobody ever waits: 'max_in_flight' is without limit"))
    }
    return found
  }

  private static func retries(
    _ retry: RetryConfiguration, _ budget: RetryBudget.Configuration, _ operation: OperationClass
  ) -> [Problem] {
    var found: [Problem] = []
    if retry.maxRetries > 1, budget.capacity == 0 {
      found.append(.init(.error, "retry_budget.capacity", "without budget no call is repeated, whatever 'retry' says"))
    }
    if retry.maxRetries > 1, budget.capacity > 0, budget.capacity < retry.maxRetries - 1 {
      found.append(
        .init(
          .warning, "retry_budget.capacity",
          "one call of \(operation.rawValue) may use all of it: it may be repeated \(retry.maxRetries - 1) times"))
    }
    return found
  }

  private static func hedging(_ policy: PolicySection, _ operation: OperationClass) -> [Problem] {
    guard policy.hedging != nil else { return [] }
    if operation != .llmInference {
      return [
        .init(.warning, "hedging", "only questions to language models are asked twice; this is \(operation.rawValue)")
      ]
    }
    guard policy.gate.budget.capacity == 0 else { return [] }
    return [.init(.error, "retry_budget.capacity", "without budget nothing is asked twice, whatever 'hedging' says")]
  }

  private static func levels(_ degradation: DegradationConfiguration) -> [Problem] {
    guard degradation.recoveryHold == .zero else { return [] }
    return [
      .init(
        .warning, "degradation.recovery_hold", "without a hold a level is left at the first quiet look, and may flap")
    ]
  }
}

/// What every feature does at every level: the proof that none is without a behaviour.
package struct BehaviourTable: Sendable {
  package struct Row: Sendable, Equatable {
    package let feature: Feature
    /// By level, in order.
    package let modes: [FeatureMode]
  }

  package let rows: [Row]

  package init() {
    rows = Feature.allCases.map { feature in
      Row(feature: feature, modes: DegradationLevel.allCases.map { DegradationMatrix.mode(of: feature, at: $0) })
    }
  }
}
