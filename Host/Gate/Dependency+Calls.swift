import HostModel
import HostPolicy

/// What a call takes along from one question to the next.
struct CallProgress: Sendable {
  var call: GateCall
  var lastStatus: Status?
  var lastError: CallError?

  init(_ call: GateCall) { self.call = call }
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
      return (step.action, step.occurrences)
    }
    progress.call = call
    return action
  }

  /// Tells the machine how an attempt ended that it had permitted.
  func endAttempt(
    _ progress: inout CallProgress, _ permit: GatePermit, _ outcome: CallOutcome, latency: Duration?, _ site: SiteCore
  ) -> GateAction {
    progress.lastStatus = outcome.status
    progress.lastError = outcome.error
    var call = progress.call
    let action = withMachine(onBehalfOf: site.origin) { state, now in
      // The slot stays with the site while there is a limit, so that its next call need not ask.
      let keeps = configuration.maxInFlight != nil && permit.holdsSlot && site.keepLease()
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
