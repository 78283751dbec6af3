import HostModel
import HostPolicy

/// Probes, and what moves a breaker. Only what began and ended in one state of the breaker counts in it.
extension ResilienceJudge {
  mutating func inherit(_ name: String, _ tally: BreakerTally, _ inARow: Int) {
    accounts[name]?.failed += tally.failures
    accounts[name]?.succeeded += tally.calls - tally.failures
    accounts[name]?.slow += tally.slow
    accounts[name]?.inARow += inARow
  }

  mutating func probeBegan(_ name: String) {
    guard let account = accounts[name] else { return }
    accounts[name]?.probesOut += 1
    let (count, limit) = (account.probesOut + 1, account.policy.probesAtOnce)
    judge(.probes, count <= limit) { "\(count) at once at \(name), no more than \(limit) are allowed" }
  }

  mutating func count(_ ended: Out, _ status: Status, at now: Instant) {
    guard var account = accounts[ended.attempt.name], account.epoch == ended.epoch else { return }
    defer { accounts[ended.attempt.name] = account }
    if ended.attempt.isProbe { account.probesOut -= 1 }
    // An attempt that ran into its own timeout while its caller had time is the dependency's failure.
    let isOwnTimeout = status == .deadlineExceeded && account.policy.timeout != nil && now < ended.attempt.callDeadline
    if !isOwnTimeout, [.cancelled, .deadlineExceeded, .rejected].contains(status) { return }
    if isOwnTimeout || status.traits.countsAgainstBreaker {
      account.failed += 1
      account.inARow += 1
    } else {
      account.succeeded += 1
    }
    if now.duration(since: ended.began) >= account.policy.gate.breaker.slowDuration { account.slow += 1 }
  }

  mutating func moved(_ name: String, to state: BreakerStateName, for cause: BreakerCause) {
    guard let seen = accounts[name] else { return }
    accounts[name]?.epoch += 1
    accounts[name]?.probesOut = 0
    accounts[name]?.succeeded = 0
    accounts[name]?.failed = 0
    accounts[name]?.slow = 0
    accounts[name]?.inARow = 0
    guard let holds = seen.shows(cause) else { return }
    judge(.generation, holds) {
      "\(name) went to \(state) for \(cause): since its last transition \(seen.succeeded) calls succeeded, "
        + "\(seen.failed) failed, \(seen.slow) were slow"
    }
  }
}

extension ResilienceJudge.Account {
  /// Whether the results of the present state are enough for the cause; nil for one that needs none.
  fileprivate func shows(_ cause: BreakerCause) -> Bool? {
    switch cause {
    case .failures(let count): count <= failed
    case .consecutiveFailures(let count): count <= inARow
    case .failureRate(let failures, let calls), .probesFailed(let failures, let calls):
      failures <= failed && calls <= failed + succeeded
    case .slowRate(let count, let calls): count <= slow && calls <= failed + succeeded
    case .probeFailed: failed > 0
    case .probesSucceeded(let count): count <= succeeded
    case .instanceLost, .openTimePassed, .probeOverdue, .operatorCommand: nil
    }
  }
}
