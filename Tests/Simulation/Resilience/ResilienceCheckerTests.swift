import HostGate
import HostModel
import HostPolicy
import Testing

/// Each checker can fail: a log without a fault, of which one event is made another, has exactly that finding.
@Suite struct ResilienceCheckerTests {
  private static let policy: DependencyPolicy = {
    var policy = DependencyPolicy()
    policy.gate.budget = .init(percentOfCalls: 0, reservePerSecond: 0, capacity: 1)
    policy.gate.maxWait = .seconds(1)
    policy.retry = RetryConfiguration(maxRetries: 3, baseDelay: .seconds(1), maxDelay: .seconds(2))
    policy.breakerWait = .seconds(3)
    policy.gate.breaker.slowDuration = .seconds(5)
    return policy
  }()

  private func findings(_ log: [Observation], _ policy: DependencyPolicy = policy) -> [Checker] {
    var judge = ResilienceJudge()
    judge.saw(.processBegan(["p": policy], DegradationConfiguration()))
    for observation in log { judge.saw(observation) }
    return judge.found.map(\.checker)
  }

  private func attempt(
    _ number: Int, callBegan: Int64 = 0, callDeadline: Int64 = 10, deadline: Int64 = 10, isProbe: Bool = false
  ) -> Observation.Attempt {
    .init(
      name: "p", number: number, callBegan: .second(callBegan), callDeadline: .second(callDeadline),
      deadline: .second(deadline), isProbe: isProbe)
  }

  private func whole(_ number: Int, _ status: Status, isProbe: Bool = false) -> [Observation] {
    [
      .attemptBegan(number, attempt(1, isProbe: isProbe), at: .second(1)),
      .attemptEnded(number, status, at: .second(2)),
    ]
  }

  private func moved(_ to: BreakerStateName, _ cause: BreakerCause) -> Observation {
    .moved("p", to: to, for: cause)
  }

  // MARK: Breakers

  private func probes(_ count: Int) -> [Observation] {
    [moved(.halfOpen, .openTimePassed)]
      + (1...count).map { .attemptBegan($0, attempt(1, isProbe: true), at: .second(1)) }
  }

  @Test func oneProbeMoreThanTheRuleAllowsIsFound() {
    var sampled = Self.policy
    sampled.gate.breaker.halfOpen = .sample(permits: 3, failurePercent: 50)
    #expect(findings(probes(1)) == [])
    #expect(findings(probes(2)) == [.probes])
    #expect(findings(probes(3), sampled) == [])
    #expect(findings(probes(4), sampled) == [.probes])
  }

  @Test func aProbeThatHasEndedMakesRoomForTheNext() {
    let log = [moved(.halfOpen, .openTimePassed)] + whole(1, .ok, isProbe: true) + whole(2, .ok, isProbe: true)
    #expect(findings(log) == [])
  }

  /// The failure began before the breaker opened and came back when it was half-open.
  @Test(arguments: [false, true]) func aLateResultThatMovesABreakerIsFound(_ isLate: Bool) {
    let late: [Observation] = [
      .attemptBegan(1, attempt(1, isProbe: !isLate), at: .second(1)), moved(.halfOpen, .openTimePassed),
    ]
    let log = isLate ? late : late.reversed()
    let end = [.attemptEnded(1, .transient, at: .second(3)), moved(.open, .probeFailed(status: 5))]
    #expect(findings(log + end) == (isLate ? [.generation] : []))
  }

  @Test(arguments: [
    (BreakerCause.failures(2), BreakerCause.failures(3)),
    (.consecutiveFailures(2), .consecutiveFailures(3)),
    (.failureRate(failures: 2, calls: 3), .failureRate(failures: 2, calls: 4)),
    (.probesFailed(failures: 2, calls: 3), .probesFailed(failures: 3, calls: 3)),
    (.slowRate(slow: 0, calls: 3), .slowRate(slow: 1, calls: 3)),
    (.probesSucceeded(1), .probesSucceeded(2)),
  ]) func aCauseThatClaimsMoreThanTheStateHasSeenIsFound(_ honest: BreakerCause, _ exaggerated: BreakerCause) {
    let seen = whole(1, .transient) + whole(2, .ok) + whole(3, .timeout) + whole(4, .cancelled)
    #expect(findings(seen + [moved(.open, honest)]) == [])
    #expect(findings(seen + [moved(.open, exaggerated)]) == [.generation])
  }

  @Test func whatAnEarlierProcessHasCountedMayTrip() {
    let log = whole(1, .transient) + [moved(.open, .failures(3))]
    #expect(findings(log) == [.generation])
    #expect(findings([.inherited("p", BreakerTally(calls: 2, failures: 2), inARow: 0)] + log) == [])
    let row = whole(1, .transient) + [moved(.open, .consecutiveFailures(3))]
    #expect(findings([.inherited("p", BreakerTally(calls: 2, failures: 2), inARow: 1)] + row) == [.generation])
    #expect(findings([.inherited("p", BreakerTally(), inARow: 2)] + row) == [])
  }

  // MARK: Calls

  @Test func anAttemptAfterItsCallsDeadlineIsFound() {
    func began(_ now: Int64, callBegan: Int64, deadline: Int64 = 10) -> [Observation] {
      [.attemptBegan(1, attempt(2, callBegan: callBegan, deadline: deadline), at: .second(now))]
    }
    #expect(findings(began(9, callBegan: 0)) == [])
    #expect(findings(began(10, callBegan: 0)) == [.deadline])
    // The coarse clock may be a tick late for a call that has not waited.
    #expect(findings(began(10, callBegan: 10)) == [])
    #expect(findings(began(11, callBegan: 11)) == [.deadline])
    #expect(findings(began(9, callBegan: 0, deadline: 11)) == [.deadline])
  }

  private func call(ended: Int64, attempts: Int = 0, lastEnd: Int64 = 0, working: Int64 = 0) -> [Observation] {
    let call = Observation.Call(
      name: "p", began: .second(0), deadline: .second(10), attempts: attempts, lastEnd: .second(lastEnd),
      working: .seconds(working))
    return [.callEnded(call, at: .second(ended))]
  }

  @Test func aCallThatWaitsLongerThanItMayIsFound() {
    // Three seconds for the breaker, one for a slot; with an attempt, a second slot and a retry's pause more.
    #expect(findings(call(ended: 4)) == [])
    #expect(findings(call(ended: 5)) == [.patience])
    #expect(findings(call(ended: 9, attempts: 1, lastEnd: 2, working: 2)) == [])
    #expect(findings(call(ended: 10, attempts: 1, lastEnd: 2, working: 2)) == [.patience])
    #expect(findings(call(ended: 12, attempts: 1, lastEnd: 12, working: 12)) == [])
    #expect(findings(call(ended: 13, attempts: 1, lastEnd: 12, working: 12)) == [.patience])
  }

  @Test func aRetryBeyondTheBudgetIsFound() {
    #expect(findings([.retried("p", at: .second(1))]) == [])
    #expect(findings([.retried("p", at: .second(1)), .retried("p", at: .second(9))]) == [.retryBudget])
    var earning = Self.policy
    earning.gate.budget = .init(percentOfCalls: 50, reservePerSecond: 0, capacity: 1)
    let retries: [Observation] = [.retried("p", at: .second(1)), .retried("p", at: .second(9))]
    #expect(findings(whole(1, .ok) + retries, earning) == [.retryBudget], "more than the capacity is not saved up")
    #expect(findings([retries[0]] + whole(1, .ok) + whole(2, .ok) + [retries[1]], earning) == [])
    earning.gate.budget = .init(percentOfCalls: 0, reservePerSecond: 1, capacity: 1)
    #expect(findings(retries, earning) == [])
    earning.gate.budget.capacity = 0
    #expect(findings([retries[0]], earning) == [.retryBudget])
  }

  // MARK: Levels

  private func edge(
    _ from: DegradationLevel, _ to: DegradationLevel, _ cause: DegradationCause,
    _ evidence: DegradationEvidence?, isRestored: Bool = false
  ) -> [Observation] {
    var facts = Observation.Facts(isRestored: isRestored, unavailable: ["p", "q"])
    facts.machine.cpuPercent = 95
    facts.machine.queueDepth = 7
    facts.slowest = ["p": .seconds(4)]
    return [.level(.init(from: from, to: to, cause: cause, evidence: evidence), facts)]
  }

  private func edge(
    _ to: DegradationLevel, _ cause: DegradationCause, _ evidence: DegradationEvidence?, isRestored: Bool = false
  ) -> [Observation] { edge(.normal, to, cause, evidence, isRestored: isRestored) }

  @Test func aLevelWithoutACauseIsFound() {
    #expect(findings(edge(.level1, .llmUnavailable, .unavailable(["p"]))) == [])
    #expect(findings(edge(.level1, .llmUnavailable, nil)) == [.levelEvidence])
    #expect(findings(edge(.level1, .llmUnavailable, .quiet)) == [.levelEvidence])
    #expect(findings(edge(.level2, .llmUnavailable, .unavailable(["p"]))) == [.levelEvidence], "leads to level 1")
    #expect(findings(edge(.level1, .llmUnavailable, .cpu(percent: 95))) == [.levelEvidence], "of another cause")
    #expect(findings(edge(.emergency, .level2, .recovered, .quiet)) == [])
    #expect(findings(edge(.emergency, .level1, .recovered, .quiet)) == [.levelEvidence], "two steps at once")
    #expect(findings(edge(.level2, .pinned, nil)) == [])
    #expect(findings(edge(.level2, .pinned, .quiet)) == [.levelEvidence])
  }

  @Test func evidenceThatWasNotSoIsFound() {
    #expect(findings(edge(.emergency, .storageOnly, .unavailable(["r"]))) == [.levelEvidence])
    #expect(findings(edge(.emergency, .storageOnly, .unavailable(["r"]), isRestored: true)) == [])
    #expect(findings(edge(.level2, .multipleFailures, .unavailable(["p", "q"]))) == [])
    #expect(findings(edge(.level2, .multipleFailures, .unavailable(["p"]))) == [.levelEvidence], "one is not many")
    #expect(findings(edge(.level2, .computeExhausted, .cpu(percent: 95))) == [])
    #expect(findings(edge(.level2, .computeExhausted, .cpu(percent: 96))) == [.levelEvidence])
    #expect(findings(edge(.level2, .computeExhausted, .queue(depth: 7))) == [.levelEvidence], "is not watched")
    #expect(findings(edge(.emergency, .criticalFailure, .disk(freeBytes: 1))) == [.levelEvidence])
    #expect(findings(edge(.emergency, .criticalFailure, .lanes(lost: 4, of: 4))) == [.levelEvidence])
    func slow(_ p95: Int64) -> [Observation] {
      edge(.level1, .highLatency, .slow(dependency: "p", p95: .seconds(p95), baseline: .seconds(1)))
    }
    #expect(findings(slow(5)) == [], "a quarter more than the slowest is what buckets may say")
    #expect(findings(slow(6)) == [.levelEvidence])
    #expect(findings(slow(1)) == [.levelEvidence], "not longer than usual")
  }

  // MARK: Ends

  @Test func whatIsHeldAfterTheLastCallIsFound() {
    #expect(findings([.processEnded("p", permits: 0, inFlight: 0, waiting: 0)]) == [])
    #expect(findings([.processEnded("p", permits: 1, inFlight: 0, waiting: 0)]) == [.leak])
    #expect(findings([.processEnded("p", permits: 0, inFlight: 1, waiting: 0)]) == [.leak])
    #expect(findings([.processEnded("p", permits: 0, inFlight: 0, waiting: 1)]) == [.leak])
  }

  @Test func aBatchThatIsMissingAndOneThatLandsTwiceAreFound() {
    #expect(findings([.landed(0), .landed(1), .landed(2)]) == [])
    #expect(findings([.landed(0), .landed(2)]) == [.lostBatch])
    #expect(findings([.landed(0), .landed(1), .landed(1)]) == [.doubledBatch])
    let restart = Observation.processBegan(["p": Self.policy], DegradationConfiguration())
    #expect(findings([.landed(0), restart, .landed(0)]) == [.doubledBatch], "a new process changes nothing")
  }

  @Test func whatIsLeftAtTheBoundIsFound() {
    #expect(findings([.settled([])]) == [])
    #expect(findings([.settled(["p is open"])]) == [.convergence])
  }

  @Test func memoryThatCannotBeReadIsFound() {
    #expect(findings([.restored]) == [])
    #expect(findings([.unreadable("p.json:1:1: is no JSON")]) == [.memory])
  }
}
