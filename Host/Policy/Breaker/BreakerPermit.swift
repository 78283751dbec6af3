package import HostModel

/// The right to make one call, given by a breaker and to be returned to it exactly once.
package struct BreakerPermit: Sendable, Hashable {
  /// The state that gave it. Results of an earlier generation are counted nowhere.
  package let generation: UInt64

  package init(generation: UInt64) { self.generation = generation }
}

/// Why a breaker refused a call, and until when.
package struct BreakerRejection: Sendable, Hashable {
  package let state: BreakerStateName
  package let since: Instant
  package let cause: BreakerCause
  /// The earliest time at which a call may be let through; nil if only an operator can tell.
  package let retryAt: Instant?

  /// Whether a call would be refused now, as opposed to being the first test.
  package func isFinal(at now: Instant) -> Bool {
    switch state {
    case .forcedOpen: true
    case .open: retryAt.map { now < $0 } ?? true
    case .halfOpen, .closed, .disabled, .metricsOnly: false
    }
  }
}

/// A breaker went from one state to another.
package struct BreakerTransition: Sendable, Hashable {
  package let from: BreakerStateName
  package let to: BreakerStateName
  package let cause: BreakerCause
  /// When the first probe may go, if the breaker opened for a time.
  package let retryAt: Instant?
}

/// What a breaker concludes from a call that ended.
package enum BreakerVerdict: Sendable, Hashable {
  case success
  case failure(Status, retryAfter: Duration?)
  /// Says nothing about the dependency: only the permit comes back.
  case ignored

  /// The caller's own end says nothing; an answer about the request (a bad record, a conflict) shows a healthy
  /// dependency.
  package init(_ status: Status, retryAfter: Duration? = nil) {
    switch status {
    case .cancelled, .deadlineExceeded, .rejected: self = .ignored
    default: self = status.traits.countsAgainstBreaker ? .failure(status, retryAfter: retryAfter) : .success
    }
  }
}
