import HostModel

extension Breaker {
  /// Opens from any state. The open time grows with openings in a row, up to its cap, gets its jitter, and is never
  /// shorter than what the dependency itself asked for.
  mutating func open(
    _ cause: BreakerCause, openings: Int, retryAfter: Duration?, at now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> (Open, BreakerTransition) {
    let duration = max(openDuration(openings: openings, using: &generator), retryAfter ?? .zero)
    let context = Open(since: now, until: now.advanced(by: duration), cause: cause, openings: openings)
    return (context, enter(.open(context), cause: cause))
  }

  mutating func reopen(
    _ context: HalfOpen, cause: BreakerCause, retryAfter: Duration?, at now: Instant,
    using generator: inout some RandomNumberGenerator
  ) -> (Open, BreakerTransition) {
    open(cause, openings: context.openings + 1, retryAfter: retryAfter, at: now, using: &generator)
  }

  mutating func probeEnded(
    _ context: HalfOpen, _ verdict: BreakerVerdict, at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> BreakerTransition? {
    precondition(context.inFlight > 0, "a probe's permit was returned twice")
    var context = context
    context.inFlight -= 1
    if context.inFlight == 0 { context.probingSince = nil }
    switch verdict {
    case .ignored: break
    case .success: context.successes += 1
    case .failure: context.failures += 1
    }
    update(.halfOpen(context))
    return decide(context, verdict, at: now, using: &generator)
  }

  private mutating func decide(
    _ context: HalfOpen, _ verdict: BreakerVerdict, at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> BreakerTransition? {
    switch configuration.halfOpen {
    case .consecutive(let successes):
      if case .failure(let status, let retryAfter) = verdict {
        let cause = BreakerCause.probeFailed(status: status.rawValue)
        return reopen(context, cause: cause, retryAfter: retryAfter, at: now, using: &generator).1
      }
      return context.successes >= max(1, successes) ? close(context, at: now) : nil
    case .sample(let permits, let failurePercent):
      let tally = BreakerTally(calls: context.successes + context.failures, failures: context.failures)
      guard tally.calls >= max(1, permits) else { return nil }
      guard tally.failures > 0, tally.reaches(failurePercent, tally.failures) else { return close(context, at: now) }
      let cause = BreakerCause.probesFailed(failures: tally.failures, calls: tally.calls)
      return reopen(context, cause: cause, retryAfter: verdict.retryAfter, at: now, using: &generator).1
    }
  }

  private mutating func close(_ context: HalfOpen, at now: Instant) -> BreakerTransition {
    enter(.closed(Closed(closing: context, configuration, at: now)), cause: .probesSucceeded(context.successes))
  }

  private func openDuration(openings: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let base = Double(configuration.openDuration.wholeNanoseconds)
    let cap = Double(max(configuration.maxOpenDuration, configuration.openDuration).wholeNanoseconds)
    var nanoseconds = base
    // Stops at the cap, so the power cannot overflow however often the breaker has reopened.
    var opening = 1
    while opening < openings, nanoseconds < cap, configuration.openGrowth > 1 {
      nanoseconds *= configuration.openGrowth
      opening += 1
    }
    let whole = clamped(min(nanoseconds, cap))
    let extra = clamped(Double(whole) * Double(max(0, configuration.openJitterPercent)) / 100)
    let jitter = extra > 0 ? Int64.random(in: 0...extra, using: &generator) : 0
    let (sum, overflow) = whole.addingReportingOverflow(jitter)
    return .nanoseconds(overflow ? .max : sum)
  }

  /// Doubles beyond 64 bits, infinity included, become the largest duration; there are no negative ones here.
  private func clamped(_ nanoseconds: Double) -> Int64 { Int64(exactly: nanoseconds.rounded()) ?? .max }
}
