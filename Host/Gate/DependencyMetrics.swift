package import HostModel
package import HostPolicy

/// What a dependency's calls have come to so far: one consistent snapshot.
package struct DependencyMetrics: Sendable, Equatable {
  package let key: DependencyKey
  package let counters: GateCounters
  package let breaker: BreakerStateName
  /// What the breaker's window holds.
  package let window: BreakerTally
  /// The latest failure that counted against the breaker; nil if there was none.
  package let lastFailure: LastFailure?
  /// Calls that wait for a slot of the bulkhead.
  package let waiting: Int
  /// Calls that the bulkhead counts now. Where there is no limit, calls on the fast path are not among them.
  package let inFlight: Int
  /// Permits of the machine that are out; calls on the fast path need none.
  package let permitsOut: Int
  /// Retries that the budget would pay now.
  package let retryBudget: Int
  /// What a call that the breaker refuses is told; nil while it lets all pass.
  package let rejection: BreakerRejection?
  /// All calls, or one in 64 where not every call is timed.
  package let latencies: LatencyHistogram
}

/// A failure in the dependency's own words, for the operator.
package struct LastFailure: Sendable, Equatable {
  package let status: Status
  /// No secrets: plugins' texts are redacted where they are received.
  package let message: String?
  package let at: WallTime

  package init(status: Status, message: String?, at: WallTime) {
    self.status = status
    self.message = message
    self.at = at
  }
}
