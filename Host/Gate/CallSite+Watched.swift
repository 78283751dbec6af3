public import HostModel
public import HostPolicy

extension CallSite {
  /// The way of a call that is timed, or that the machine has to decide.
  @usableFromInline @inline(never)
  func performWatched(
    deadline: Instant, cancellation: Cancellation?, _ body: (borrowing Attempt) -> CallOutcome
  ) -> CallResult {
    let word = core.word
    guard word.admits, !(cancellation?.isCancelled ?? false) else {
      return performAsked(deadline: deadline, cancellation: cancellation, body)
    }
    let began = stamp()
    let isLimited = isLimited
    guard began.time < deadline, takeLease(isLimited) else {
      return performAsked(deadline: deadline, cancellation: cancellation, body)
    }
    let ends = attemptEnd(from: began.time.nanoseconds, deadline: deadline.nanoseconds)
    let outcome = body(Attempt(number: 1, deadline: Instant(nanoseconds: ends), word: word))
    returnLease(isLimited)
    let latency = latency(since: began)
    switch outcome.status {
    case .ok, .endOfStream:
      let slow = Int64(bitPattern: words[SiteTuning.slow].load(ordering: .relaxed))
      if latency < slow, countSuccess(since: word.bits) {
        return CallResult(status: outcome.status, attempts: 1)
      }
    default: break
    }
    return settle(
      word, outcome, latencyNanoseconds: latency, deadline: deadline, cancellation: cancellation, body)
  }

  /// The way of a call whose first attempt the machine has to permit.
  private func performAsked(
    deadline: Instant, cancellation: Cancellation?, _ body: (borrowing Attempt) -> CallOutcome
  ) -> CallResult {
    var progress = CallProgress(GateCall(terms, deadline: deadline))
    let action = dependency.requestAttempt(&progress, core, cancellation: cancellation)
    return carry(out: action, &progress, cancellation: cancellation, body)
  }

  /// The first attempt went the fast way and did not simply succeed.
  /// - Parameter latencyNanoseconds: negative if the attempt was not timed.
  @usableFromInline @inline(never)
  func settle(
    _ word: SiteWord, _ outcome: CallOutcome, latencyNanoseconds: Int64, deadline: Instant,
    cancellation: Cancellation?, _ body: (borrowing Attempt) -> CallOutcome
  ) -> CallResult {
    var progress = CallProgress(GateCall(terms, deadline: deadline))
    let latency: Duration? = latencyNanoseconds < 0 ? nil : .nanoseconds(latencyNanoseconds)
    let action = dependency.settleAttempt(&progress, word: word, outcome, latency: latency, core)
    return carry(out: action, &progress, cancellation: cancellation, body)
  }

  /// Does what the machine says until it says that the call is over.
  private func carry(
    out first: GateAction, _ progress: inout CallProgress, cancellation: Cancellation?,
    _ body: (borrowing Attempt) -> CallOutcome
  ) -> CallResult {
    var action = first
    while true {
      switch action {
      case .invoke(let permit, let number, let deadline, let mode):
        let word = SiteWord(admits: true, timed: true, mode: mode, generation: permit.breaker.generation)
        let began = stamp()
        let outcome = body(Attempt(number: number, deadline: deadline, word: word))
        let latency = Duration.nanoseconds(latency(since: began))
        action = dependency.endAttempt(&progress, permit, outcome, latency: latency, core)
      case .wait(let instant):
        _ = dependency.environment.waiter.wait(until: instant, cancellation: cancellation)
        action = dependency.requestAttempt(&progress, core, cancellation: cancellation)
      case .queue(let ticket, let until):
        dependency.waitForSlot(&progress, ticket, until: until, cancellation: cancellation)
        action = dependency.requestAttempt(&progress, core, cancellation: cancellation)
      case .finish(let conclusion):
        return result(conclusion, progress)
      }
    }
  }

  private func result(_ conclusion: GateConclusion, _ progress: CallProgress) -> CallResult {
    var status: Status
    var rejection: RejectionCause?
    var stop: RetryStop?
    switch conclusion {
    case .ended(let last, let why): (status, stop) = (last, why)
    case .rejected(let cause): (status, rejection) = (.rejected, cause)
    case .cancelled: status = .cancelled
    case .deadlineExceeded: status = .deadlineExceeded
    }
    let attempts = progress.call.attempts
    if status == .ok || status == .endOfStream { return CallResult(status: status, attempts: attempts) }
    let failure = CallFailure(
      dependency: dependency.key, rejection: rejection, stop: stop, lastStatus: progress.lastStatus,
      lastError: progress.lastError)
    return CallResult(status: status, attempts: attempts, failure: failure)
  }
}

/// When an attempt began: by the clock's counter while its rate is known, by the clock itself otherwise.
private struct Stamp {
  /// By the counter it may be early by one tick of the gate.
  let time: Instant
  let ticks: UInt64
  let rate: TickRate.Nanoseconds
}

extension CallSite {
  // Methods of the site, which is lent to them: whoever is handed it counts a reference, and references that are shared
  // by all threads cost more to count than the time to read.

  @inline(__always)
  private func stamp() -> Stamp {
    let rate = TickRate.Nanoseconds(bits: coarseWords[1].load(ordering: .relaxed))
    guard rate.isKnown else {
      let time = now()
      return Stamp(time: time, ticks: UInt64(bitPattern: time.nanoseconds), rate: rate)
    }
    let time = Instant(nanoseconds: Int64(bitPattern: coarseWords[0].load(ordering: .relaxed)))
    return Stamp(time: time, ticks: ticks(), rate: rate)
  }

  /// What the attempt took until now, in nanoseconds, which the site counts.
  @inline(__always)
  private func latency(since stamp: Stamp) -> Int64 {
    let latency =
      stamp.rate.isKnown
      ? stamp.rate.nanoseconds(from: stamp.ticks, to: ticks())
      : max(0, now().nanoseconds &- stamp.time.nanoseconds)
    core.record(latencyNanoseconds: latency)
    return latency
  }
}
