import HostModel
import HostPolicy

/// Deadlines, patience and the retry budget.
extension ResilienceJudge {
  mutating func began(_ number: Int, _ attempt: Observation.Attempt, at now: Instant) {
    // The fast path looks at the coarse clock, which is up to a tick late; whoever has waited was asked about by the clock.
    let tolerance = now == attempt.callBegan ? ResilienceWorld.tick : .nanoseconds(0)
    judge(.deadline, now < attempt.callDeadline.advanced(by: tolerance)) {
      "\(attempt.name): attempt \(attempt.number) began at \(now), its call's deadline was \(attempt.callDeadline)"
    }
    judge(.deadline, attempt.deadline <= attempt.callDeadline) {
      "\(attempt.name): attempt \(attempt.number) may last until \(attempt.deadline), its call until \(attempt.callDeadline)"
    }
    out[number] = Out(attempt: attempt, epoch: accounts[attempt.name]?.epoch ?? 0, began: now)
    if attempt.isProbe { probeBegan(attempt.name) }
  }

  mutating func ended(_ number: Int, _ status: Status, at now: Instant) {
    guard let ended = out.removeValue(forKey: number) else { return }
    if ended.attempt.number == 1 { accounts[ended.attempt.name]?.budget.callMade() }
    count(ended, status, at: now)
  }

  mutating func retried(_ name: String, at now: Instant) {
    let isPaid = accounts[name]?.budget.withdraw(at: now) ?? true
    judge(.retryBudget, isPaid) { "\(name) is retried beyond its budget" }
  }

  /// A call waits for a slot before each attempt, once for breakers and levels, and after each failure; and never beyond its
  /// deadline, except that an attempt which is under way has to end.
  mutating func ended(_ call: Observation.Call, at now: Instant) {
    guard let policy = accounts[call.name]?.policy else { return }
    judge(.patience, now <= max(call.deadline, max(call.lastEnd, call.began))) { "\(call.name) ended late, at \(now)" }
    let pause = max(policy.retry.maxDelay, Outside.retryAfter)
    let allowed =
      max(policy.breakerWait, policy.levelWait) + policy.gate.maxWait * (call.attempts + 1) + pause * call.attempts
    let waited = now.duration(since: call.began) - call.working
    judge(.patience, waited <= allowed) { "\(call.name) waited \(waited), no more than \(allowed) were allowed" }
  }
}
