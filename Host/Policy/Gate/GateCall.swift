package import HostModel

/// One call on its way through the gate. It belongs to the caller's thread; the machine of its dependency is shared.
package struct GateCall: Sendable, Equatable {
  package let terms: CallTerms
  package let deadline: Instant
  /// Attempts that were begun.
  package internal(set) var attempts = 0
  var retry: RetryMachine
  /// Since when the gate has made the call wait, between attempts too, instead of refusing it. What it has waited counts
  /// against its patience together, or every retry would wait out one more open time.
  var refusedSince: Instant?
  /// Since when the next attempt has waited for a slot.
  var queuedSince: Instant?
  /// The place in the bulkhead's queue, if the call waits there.
  package internal(set) var ticket: Bulkhead.Ticket?

  package init(_ terms: CallTerms, deadline: Instant) {
    self.terms = terms
    self.deadline = deadline
    retry = RetryMachine(configuration: terms.retry, isIdempotent: terms.isIdempotent, deadline: deadline)
  }

  /// For an attempt that was let through without asking the machine.
  package mutating func attemptBegun() { attempts += 1 }
}

/// What a call holds while an attempt is under way; goes back to the machine exactly once.
package struct GatePermit: Sendable, Hashable {
  package let breaker: BreakerPermit
  /// Whether the machine counts the attempt in its bulkhead.
  package let holdsSlot: Bool

  package init(breaker: BreakerPermit, holdsSlot: Bool) {
    self.breaker = breaker
    self.holdsSlot = holdsSlot
  }
}

/// What the shell is to do next for a call.
package enum GateAction: Sendable, Equatable {
  /// Make attempt number `attempt`, counted from 1, and tell how it ended.
  case invoke(GatePermit, attempt: Int, deadline: Instant, mode: FeatureMode)
  /// Wait, holding nothing, and ask again.
  case wait(until: Instant)
  /// Wait for a slot of the bulkhead, holding nothing, until woken or until the time; then ask again.
  case queue(Bulkhead.Ticket, until: Instant)
  case finish(GateConclusion)
}

/// How a call ended.
package enum GateConclusion: Sendable, Equatable {
  /// The status of the last attempt; a failure's stop says why there is no other.
  case ended(Status, RetryStop?)
  case rejected(RejectionCause)
  /// Before the first attempt, or between two.
  case cancelled
  case deadlineExceeded
}

/// Something that happened to a dependency and is worth an event.
package enum GateOccurrence: Sendable, Equatable {
  case breaker(BreakerTransition)
  case retry(attempt: Int, delay: Duration, status: Status)
  /// A call waits, instead of being refused, until it is let through or its patience ends; it is asked about next then.
  case waiting(RejectionCause, next: Instant)
  /// `count` calls were refused for this cause since the last occurrence of it.
  case rejected(RejectionCause, count: Int)
  /// `count` retries were not made since the last occurrence.
  case budgetExhausted(count: Int)
}

/// An answer of the gate machine: what to do, and what to tell after it.
package struct GateStep: Sendable, Equatable {
  package let action: GateAction
  package var occurrences: [GateOccurrence]
}
