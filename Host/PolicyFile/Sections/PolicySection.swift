package import HostFormats
package import HostModel

/// How calls are protected, as the platform file, a manifest or a pipeline states it.
///
/// Each value is optional: the nearest file that states one wins (pipeline, then manifest, then platform), and what none
/// states has the default of the policy itself.
package struct PolicySection: YAMLRecord, Equatable {
  package static let summary = "Retries, circuit breaker, deadlines and load limits of calls into plugins and servers."

  package var retry = RetrySection()
  package var breaker = BreakerSection()
  package var retryBudget = RetryBudgetSection()
  package var deadlines = DeadlineSection()
  package var bulkhead = BulkheadSection()
  package var degradation = DegradationSection()
  /// nil is off.
  package var throttling: ThrottlingSection?
  /// nil is off.
  package var adaptiveConcurrency: AdaptiveSection?
  /// nil is off.
  package var hedging: HedgingSection?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    retry = fields.optional("retry", .record, default: RetrySection(), "Retries, by class of operation.")
    breaker = fields.optional("breaker", .record, default: BreakerSection(), "When calls to a failing dependency stop.")
    retryBudget = fields.optional(
      "retry_budget", .record, default: RetryBudgetSection(), "What retries may add to the load of one dependency.")
    deadlines = fields.optional(
      "deadlines", .record, default: DeadlineSection(), "How long one call may take, by class of operation.")
    bulkhead = fields.optional("bulkhead", .record, default: BulkheadSection(), "How many calls may be in flight.")
    degradation = fields.optional(
      "degradation", .record, default: DegradationSection(), "When features are degraded, and when they return.")
    throttling = fields.optional(
      "throttling", .record, "Holds calls back while a dependency refuses many for its load; off unless stated.")
    adaptiveConcurrency = fields.optional(
      "adaptive_concurrency", .record,
      "Finds how many calls may be in flight from how long they take; off unless stated.")
    if adaptiveConcurrency != nil, bulkhead.maxInFlight != nil {
      fields.refuse(
        "adaptive_concurrency",
        "'adaptive_concurrency' and 'bulkhead.max_in_flight' both say how many calls may be in flight",
        suggestion: "leave one of them out; 'adaptive_concurrency.maximum' is a limit too")
    }
    hedging = fields.optional(
      "hedging", .record, "Asks a slow language model a second time; off unless stated.")
  }

  /// This section laid over another: what is stated here wins.
  package func over(_ base: PolicySection) -> PolicySection {
    var result = PolicySection()
    result.retry = retry.over(base.retry)
    result.breaker = breaker.over(base.breaker)
    result.retryBudget = retryBudget.over(base.retryBudget)
    result.deadlines = deadlines.over(base.deadlines)
    result.bulkhead = bulkhead.over(base.bulkhead)
    result.degradation = degradation.over(base.degradation)
    result.throttling = throttling.map { $0.over(base.throttling ?? ThrottlingSection()) } ?? base.throttling
    // A nearer file that states a fixed limit wants no other.
    let farther = bulkhead.maxInFlight == nil ? base.adaptiveConcurrency : nil
    result.adaptiveConcurrency = adaptiveConcurrency.map { $0.over(farther ?? AdaptiveSection()) } ?? farther
    if adaptiveConcurrency != nil { result.bulkhead.maxInFlight = nil }
    result.hedging = hedging.map { $0.over(base.hedging ?? HedgingSection()) } ?? base.hedging
    return result
  }
}

extension PolicySection {
  /// Names that no notification target has, at the places where they are written.
  package func unknownTargets(_ known: [String]) -> [Diagnostic] {
    (breaker.onStateChange ?? []).filter { !known.contains($0.value) }.map { name in
      let advice =
        EditDistance.suggestion(for: name.value, among: known)
        ?? (known.isEmpty
          ? "define it under 'notifications' in headrace.yaml" : "there are \(choices(known, joinedBy: "and"))")
      return Diagnostic(
        at: name.place, "there is no notification target \(name.shown(name.value))",
        suggestion: name.isSecret ? nil : advice)
    }
  }
}
