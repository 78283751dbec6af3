import HostModel
import HostPolicy

/// What a call takes along from one question to the next.
struct CallProgress: Sendable {
  var call: GateCall
  var lastStatus: Status?
  var lastError: CallError?
  private var waiting: Cancellation?

  init(_ call: GateCall) { self.call = call }

  /// What wakes the call when a slot is granted.
  mutating func waker() -> Cancellation {
    let waker = Cancellation()
    waiting = waker
    return waker
  }

  mutating func takeWaker() -> Cancellation? {
    defer { waiting = nil }
    return waiting
  }
}

extension Dependency {
  /// Asks the machine for an attempt.
  func requestAttempt(
    _ progress: inout CallProgress, _ site: SiteCore, cancellation: Cancellation?
  ) -> GateAction {
    var call = progress.call
    let action = withMachine(onBehalfOf: site.origin) { state, now in
      state.reclaimLeases()
      let step = state.machine.attemptRequested(
        &call, level: level(of: site), isCancelled: cancellation?.isCancelled ?? false, at: now)
      // Under the same lock: the slot may be granted before the call has begun to wait.
      if case .queue(let ticket, _) = step.action { state.wakers[ticket] = progress.waker() }
      return (step.action, step.occurrences)
    }
    progress.call = call
    return action
  }

  /// Waits for a slot, until it is granted, the time comes or the call is cancelled.
  func waitForSlot(
    _ progress: inout CallProgress, _ ticket: Bulkhead.Ticket, until: Instant, cancellation: Cancellation?
  ) {
    guard let waker = progress.takeWaker() else { return }
    let registration = cancellation?.onCancel { waker.cancel() }
    _ = environment.waiter.wait(until: until, cancellation: waker)
    if let registration { cancellation?.remove(registration) }
    withMachine { state, _ in
      state.wakers[ticket] = nil
      return ((), [])
    }
  }

  /// Tells the machine how an attempt ended that it had permitted.
  func endAttempt(
    _ progress: inout CallProgress, _ permit: GatePermit, _ outcome: CallOutcome, latency: Duration?, _ site: SiteCore
  ) -> GateAction {
    progress.lastStatus = outcome.status
    progress.lastError = outcome.error
    var call = progress.call
    let action = withMachine(onBehalfOf: site.origin) { state, now in
      state.note(outcome, wallTime: environment.clock.wallTime())
      // The slot stays with the site while there is a limit, so that its next call need not ask.
      let keeps =
        state.machine.configuration.maxInFlight != nil && !state.machine.hasWaiting && permit.holdsSlot
        && site.keepLease()
      let permit = GatePermit(breaker: permit.breaker, holdsSlot: permit.holdsSlot && !keeps)
      let step = state.machine.attemptEnded(
        &call, permit, status: outcome.status, retryAfter: outcome.error?.retryAfter, latency: latency, at: now)
      return (step.action, step.occurrences)
    }
    progress.call = call
    return action
  }

  /// Tells the machine how an attempt ended that the fast path let through and could not settle by itself.
  func settleAttempt(
    _ progress: inout CallProgress, word: SiteWord, _ outcome: CallOutcome, latency: Duration?, _ site: SiteCore
  ) -> GateAction {
    progress.lastStatus = outcome.status
    progress.lastError = outcome.error
    var call = progress.call
    call.attemptBegun()
    let action = withMachine(onBehalfOf: site.origin) { state, now in
      state.note(outcome, wallTime: environment.clock.wallTime())
      let generation = word.generation(near: state.machine.breaker.generation)
      let permit = GatePermit(breaker: BreakerPermit(generation: generation), holdsSlot: false)
      let step = state.machine.attemptSettled(
        &call, permit, status: outcome.status, retryAfter: outcome.error?.retryAfter, latency: latency, at: now)
      return (step.action, step.occurrences)
    }
    progress.call = call
    return action
  }
}
