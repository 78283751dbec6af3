package import HostModel

/// The gate of one dependency: degradation, deadline, bulkhead, breaker, the attempt, its classification, and then the
/// answer, a retry or the end.
///
/// It is asked for each attempt and told how it ended; it answers what to do and what to tell. It reads no clock, waits
/// for nothing and calls nobody. What a single call remembers is in its `GateCall`.
package struct GateMachine<Generator: RandomNumberGenerator & Sendable>: Sendable {
  var settings: GateSettings
  package var configuration: GateConfiguration { settings.configuration }
  package internal(set) var breaker: Breaker
  package internal(set) var bulkhead: Bulkhead
  package internal(set) var budget: RetryBudget
  private var rareThrottle: Rare<ClientThrottle>
  private var rareAdaptive: Rare<AdaptiveLimit>
  package internal(set) var counters = GateCounters()
  /// Permits that are out.
  package internal(set) var permitsOut = 0
  var generator: Generator
  var rejections: [RejectionCause.Kind: RecurringNotice] = [:]
  var lastRejection: [RejectionCause.Kind: RejectionCause] = [:]
  var exhaustions = RecurringNotice()

  package init(_ configuration: GateConfiguration, at now: Instant, generator: Generator) {
    self.init(GateSettings(configuration), at: now, generator: generator)
  }

  package init(_ settings: GateSettings, at now: Instant, generator: Generator) {
    let configuration = settings.configuration
    self.settings = settings
    self.generator = generator
    breaker = Breaker(settings.breaker, at: now)
    bulkhead = Bulkhead(limit: configuration.firstLimit)
    rareThrottle = Rare(configuration.throttle.map { ClientThrottle($0, at: now) })
    rareAdaptive = Rare(configuration.adaptive.map { AdaptiveLimit($0) })
    budget = RetryBudget(configuration.budget, at: now)
  }

  var throttle: ClientThrottle? {
    get { rareThrottle.value }
    _modify { yield &rareThrottle.value }
  }

  package internal(set) var adaptive: AdaptiveLimit? {
    get { rareAdaptive.value }
    _modify { yield &rareAdaptive.value }
  }

  /// The call wants an attempt: its first, or the next after a wait.
  /// - Parameter level: the higher of the platform's and the pipeline's.
  package mutating func attemptRequested(
    _ call: inout GateCall, level: DegradationLevel, isCancelled: Bool, at now: Instant
  ) -> GateStep {
    let hasSlot = redeemTicket(of: &call)
    if let step = stop(&call, level: level, isCancelled: isCancelled, at: now) {
      if hasSlot { bulkhead.release() }
      return step
    }
    guard hasSlot || bulkhead.acquire() else { return queue(&call, at: now) }
    // A call that the breaker refuses is not one that the load of the dependency decides, nor that counts as wanted of it.
    if breaker.admits(at: now), let share = heldBack(at: now) {
      bulkhead.release()
      return reject(.throttled(percent: share), at: now)
    }
    let acquisition = breaker.callRequested(at: now, using: &generator)
    let moved = acquisition.transition.map { [GateOccurrence.breaker($0)] } ?? []
    switch acquisition.answer {
    case .rejected(let rejection):
      bulkhead.release()
      return refuse(
        &call, .breaker(rejection), patience: call.terms.breakerWait, next: nextAsking(rejection, at: now), at: now,
        after: moved)
    case .permitted(let permit):
      return invoke(&call, permit, level: level, at: now, after: moved)
    }
  }

  private mutating func invoke(
    _ call: inout GateCall, _ permit: BreakerPermit, level: DegradationLevel, at now: Instant,
    after moved: [GateOccurrence]
  ) -> GateStep {
    permitsOut += 1
    call.queuedSince = nil
    call.attempts += 1
    if call.attempts > 1 { counters.retries += 1 }
    let deadline = call.terms.attemptDeadline(callDeadline: call.deadline, at: now)
    let permit = GatePermit(breaker: permit, holdsSlot: true)
    let mode = DegradationMatrix.mode(of: call.terms.feature, at: level)
    return GateStep(
      action: .invoke(permit, attempt: call.attempts, deadline: deadline, mode: mode), occurrences: moved)
  }

  /// An attempt that holds a permit of this machine ended.
  /// - Parameter latency: nil if the attempt was not timed.
  package mutating func attemptEnded(
    _ call: inout GateCall, _ permit: GatePermit, status: Status, retryAfter: Duration?, latency: Duration?,
    at now: Instant
  ) -> GateStep {
    precondition(permitsOut > 0, "a permit was returned twice")
    permitsOut -= 1
    return settle(&call, permit, status: status, retryAfter: retryAfter, latency: latency, at: now)
  }

  /// An attempt ended that was let through without asking, which is allowed while the breaker admits all: its permit
  /// names the generation that it saw and is not counted as out.
  package mutating func attemptSettled(
    _ call: inout GateCall, _ permit: GatePermit, status: Status, retryAfter: Duration?, latency: Duration?,
    at now: Instant
  ) -> GateStep {
    throttle?.sent(at: now)
    return settle(&call, permit, status: status, retryAfter: retryAfter, latency: latency, at: now)
  }

  private mutating func settle(
    _ call: inout GateCall, _ permit: GatePermit, status: Status, retryAfter: Duration?, latency: Duration?,
    at now: Instant
  ) -> GateStep {
    let status = classify(status, of: call, at: now)
    learn(status, latency: latency, at: now)
    if permit.holdsSlot { bulkhead.release() }
    if call.attempts == 1 { budget.callsMade(1) }
    let isSlow = latency.map { $0 >= configuration.breaker.slowDuration } ?? false
    let verdict = BreakerVerdict(status, retryAfter: retryAfter)
    let transition = breaker.callEnded(permit.breaker, verdict, isSlow: isSlow, at: now, using: &generator)
    let moved = transition.map { [GateOccurrence.breaker($0)] } ?? []
    guard status != .ok, status != .endOfStream else {
      counters.successes += 1
      return finish(.ended(status, nil), after: moved)
    }
    counters.failures[status, default: 0] += 1
    return retryOrFinish(&call, status, retryAfter: retryAfter, at: now, after: moved)
  }

  /// Calls that began and succeeded without asking: each a call, an attempt and a deposit. Those of an earlier
  /// generation are counted too, but not by the breaker.
  package mutating func callsSucceeded(_ count: Int, generation: UInt64) {
    counters.calls += UInt64(clamping: count)
    counters.successes += UInt64(clamping: count)
    budget.callsMade(count)
    throttle?.accepted(count)
    breaker.callsSucceeded(count, generation: generation)
  }

  /// A dependency that ran into the attempt's own timeout while the caller still has time did not answer in its time;
  /// the caller's time is not up.
  private func classify(_ status: Status, of call: GateCall, at now: Instant) -> Status {
    status == .deadlineExceeded && call.terms.timeout != nil && now < call.deadline ? .timeout : status
  }

  private mutating func retryOrFinish(
    _ call: inout GateCall, _ status: Status, retryAfter: Duration?, at now: Instant, after moved: [GateOccurrence]
  ) -> GateStep {
    let decision = call.retry.attemptFailed(
      status, retryAfter: retryAfter, at: now, budget: &budget, using: &generator)
    switch decision {
    case .retry(let instant, let delay):
      let retry = GateOccurrence.retry(attempt: call.attempts, delay: delay, status: status)
      return GateStep(action: .wait(until: instant), occurrences: moved + [retry])
    case .stop(.budgetExhausted):
      counters.budgetExhausted += 1
      let told = exhaustions.happened(at: now, interval: configuration.noticeInterval)
      let notice = told.map { [GateOccurrence.budgetExhausted(count: $0)] } ?? []
      return finish(.ended(status, .budgetExhausted), after: moved + notice)
    case .stop(let stop):
      return finish(.ended(status, stop), after: moved)
    }
  }
}
