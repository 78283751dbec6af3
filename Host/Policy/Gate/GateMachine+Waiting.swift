import HostModel

/// What stands between a call and its attempt: the caller's end, the level, the bulkhead and the breaker, and the patience
/// that a call may have with each of the last three.
extension GateMachine {
  /// The end of a call that its caller has given up, that its level forbids, or whose time is up; nil if it goes on.
  mutating func stop(
    _ call: inout GateCall, level: DegradationLevel, isCancelled: Bool, at now: Instant
  ) -> GateStep? {
    if isCancelled { return finish(.cancelled) }
    if level > call.terms.lastLevel {
      let mode = DegradationMatrix.mode(of: call.terms.feature, at: level)
      return refuse(
        &call, .degraded(call.terms.feature, level, mode), patience: call.terms.levelWait,
        next: now.advanced(by: configuration.askAgain), at: now)
    }
    return now < call.deadline ? nil : finish(.deadlineExceeded)
  }

  /// No slot is free: the call waits for one if it may.
  mutating func queue(_ call: inout GateCall, at now: Instant) -> GateStep {
    let full = RejectionCause.bulkheadFull(limit: bulkhead.limit ?? 0)
    let until = min(call.deadline, (call.queuedSince ?? now).advanced(by: configuration.maxWait))
    guard now < until, bulkhead.waitingCount < configuration.maxWaiting else { return reject(full, at: now) }
    call.queuedSince = call.queuedSince ?? now
    let ticket = bulkhead.enqueue()
    call.ticket = ticket
    return GateStep(action: .queue(ticket, until: until), occurrences: [])
  }

  /// - Returns: whether a slot was handed to the call while it waited.
  mutating func redeemTicket(of call: inout GateCall) -> Bool {
    guard let ticket = call.ticket else { return false }
    call.ticket = nil
    return bulkhead.redeem(ticket)
  }

  /// Makes the call wait until `next`, or rejects it if its patience, or its time, ends before.
  mutating func refuse(
    _ call: inout GateCall, _ cause: RejectionCause, patience: Duration, next: Instant, at now: Instant,
    after moved: [GateOccurrence] = []
  ) -> GateStep {
    let since = call.refusedSince ?? now
    guard patience > .zero, next <= since.advanced(by: patience), next < call.deadline else {
      return reject(cause, at: now, after: moved)
    }
    // One event for each wait, however often it asks.
    let notice = call.refusedSince == nil ? [GateOccurrence.waiting(cause, next: next)] : []
    call.refusedSince = since
    return GateStep(action: .wait(until: next), occurrences: moved + notice)
  }

  /// An open breaker says when it can be tested. Others' tests end when they end, and an operator's hold too.
  func nextAsking(_ rejection: BreakerRejection, at now: Instant) -> Instant {
    let soon = now.advanced(by: configuration.askAgain)
    guard rejection.state == .open, let retryAt = rejection.retryAt else { return soon }
    return max(retryAt, now.advanced(by: .nanoseconds(1)))
  }

  /// Tickets whose holders have to be woken.
  package mutating func takeGrants() -> [Bulkhead.Ticket] { bulkhead.takeGrants() }

  /// Whether calls wait for slots, so that none may be taken past the machine.
  package var hasWaiting: Bool { bulkhead.waitingCount > 0 }
}
