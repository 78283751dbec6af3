import HostModel
@testable import HostPolicy
import Testing

@Suite struct GateMachineTests {
  typealias Machine = GateMachine<ConstantGenerator>

  private func machine(_ change: (inout GateConfiguration) -> Void = { _ in }) -> Machine {
    var configuration = GateConfiguration()
    configuration.breaker.failurePercent = nil
    change(&configuration)
    return Machine(configuration, at: at(0), generator: .least)
  }

  private func call(
    idempotent: Bool = true, deadline: Instant = .distantFuture, timeout: Duration? = nil,
    _ feature: Feature = .transformations, _ variant: FeatureMode = .predefinedSQL
  ) -> GateCall {
    let terms = CallTerms(
      feature, variant: variant, retry: OperationClass.apiCall.retry, isIdempotent: idempotent, timeout: timeout)
    return GateCall(terms, deadline: deadline)
  }

  private func ask(
    _ machine: inout Machine, _ call: inout GateCall, _ now: Instant = at(0), level: DegradationLevel = .normal,
    cancelled: Bool = false
  ) -> GateStep { machine.attemptRequested(&call, level: level, isCancelled: cancelled, at: now) }

  private func permit(_ step: GateStep) throws -> GatePermit {
    guard case .invoke(let permit, _, _, _) = step.action else {
      Issue.record("no attempt but \(step.action)")
      throw Unexpected()
    }
    return permit
  }

  private struct Unexpected: Error {}

  private func end(
    _ machine: inout Machine, _ call: inout GateCall, _ permit: GatePermit, _ status: Status,
    retryAfter: Duration? = nil, _ now: Instant = at(0)
  ) -> GateStep {
    machine.attemptEnded(&call, permit, status: status, retryAfter: retryAfter, latency: nil, at: now)
  }

  @Test func aCallThatSucceedsEnds() throws {
    var (machine, call) = (machine(), call())
    let step = ask(&machine, &call)
    let permit = try permit(step)
    #expect(step.action == .invoke(permit, attempt: 1, deadline: .distantFuture, mode: .naturalLanguageToSQL))
    #expect(machine.permitsOut == 1 && machine.bulkhead.inFlight == 1)
    #expect(end(&machine, &call, permit, .ok) == GateStep(action: .finish(.ended(.ok, nil)), occurrences: []))
    #expect(machine.permitsOut == 0 && machine.bulkhead.inFlight == 0)
    #expect(machine.counters.calls == 1 && machine.counters.successes == 1)
    #expect(machine.breaker.tally == BreakerTally(calls: 1))
  }

  @Test func aTransientFailureIsRetriedAfterItsDelay() throws {
    var (machine, call) = (machine(), call())
    var permit = try permit(ask(&machine, &call))
    for (now, next, delay) in [(0, 200, 200), (200, 600, 400)] as [(Int64, Int64, Int64)] {
      let step = end(&machine, &call, permit, .transient, at(now))
      #expect(step.action == .wait(until: at(next)))
      let attempt = call.attempts
      #expect(step.occurrences == [.retry(attempt: attempt, delay: .milliseconds(delay), status: .transient)])
      #expect(machine.permitsOut == 0 && machine.bulkhead.inFlight == 0)
      permit = try self.permit(ask(&machine, &call, at(next)))
    }
    let last = end(&machine, &call, permit, .transient, at(600))
    #expect(last.action == .finish(.ended(.transient, .attemptsExhausted)))
    #expect(machine.counters.retries == 2 && machine.counters.calls == 1)
    #expect(machine.counters.failures == [.transient: 3])
  }

  @Test(arguments: Status.allCases)
  func everyStatusEndsOrRetriesByTheTable(_ status: Status) throws {
    var (machine, call) = (machine(), call())
    let permit = try permit(ask(&machine, &call))
    let step = end(&machine, &call, permit, status)
    if status == .ok || status == .endOfStream {
      #expect(step.action == .finish(.ended(status, nil)))
    } else if status.traits.isRetriable {
      #expect(step.action == .wait(until: at(200)))
    } else {
      #expect(step.action == .finish(.ended(status, .notRetriable)))
    }
    #expect(machine.breaker.tally.failures == (status.traits.countsAgainstBreaker ? 1 : 0))
    #expect(machine.permitsOut == 0 && machine.bulkhead.inFlight == 0)
  }

  /// The order of the parts: each case breaks one more rule than the one before, and the first rule answers.
  @Test func theGatesPartsAreAskedInOrder() throws {
    var machine = machine { $0.maxInFlight = 1 }
    var first = call()
    let permit = try permit(ask(&machine, &first))
    var tripped = machine
    _ = tripped.commanded(.forceOpen, at: at(0))

    var other = call(deadline: at(10))
    #expect(ask(&tripped, &other).action == .finish(.rejected(.bulkheadFull(limit: 1))))
    #expect(ask(&tripped, &other, at(10)).action == .finish(.deadlineExceeded))
    let degraded = RejectionCause.degraded(.transformations, .level2, .passThrough)
    #expect(ask(&tripped, &other, at(10), level: .level2).action == .finish(.rejected(degraded)))
    #expect(ask(&tripped, &other, at(10), level: .level2, cancelled: true).action == .finish(.cancelled))

    _ = end(&tripped, &first, permit, .ok)
    let forced = BreakerRejection(state: .forcedOpen, since: at(0), cause: .operatorCommand, retryAt: nil)
    #expect(ask(&tripped, &other).action == .finish(.rejected(.breaker(forced))))
    #expect(tripped.bulkhead.inFlight == 0)
    #expect(other.attempts == 0)
    #expect(tripped.counters.rejected == [.bulkheadFull: 1, .degraded: 1, .breakerForcedOpen: 1])
    #expect(tripped.counters.cancelled == 1 && tripped.counters.deadlinesPassed == 1)
  }

  @Test(arguments: Feature.allCases, DegradationLevel.allCases)
  func aVariantIsCalledWhileItsLevelLasts(_ feature: Feature, _ level: DegradationLevel) throws {
    for variantLevel in DegradationLevel.allCases {
      let variant = DegradationMatrix.mode(of: feature, at: variantLevel)
      var (machine, call) = (machine(), call(feature, variant))
      let mode = DegradationMatrix.mode(of: feature, at: level)
      let step = ask(&machine, &call, level: level)
      // A variant that two levels share lasts until the second.
      if level <= variantLevel || mode == variant {
        _ = try permit(step)
      } else {
        #expect(step.action == .finish(.rejected(.degraded(feature, level, mode))))
      }
    }
  }

  @Test(arguments: [(1, true), (2, true), (3, false)])
  func theBulkheadAdmitsItsLimit(_ calls: Int, _ admitted: Bool) {
    var machine = machine { $0.maxInFlight = 2 }
    var last: GateAction?
    for _ in 0..<calls {
      var call = call()
      last = ask(&machine, &call).action
    }
    #expect((last != .finish(.rejected(.bulkheadFull(limit: 2)))) == admitted)
    #expect(machine.bulkhead.inFlight == min(calls, 2))
  }

  @Test(arguments: [(9, true), (10, false), (11, false)])
  func noAttemptBeginsAtOrAfterTheDeadline(_ now: Int64, _ begins: Bool) {
    var (machine, call) = (machine(), call(deadline: at(10)))
    let isRefused = ask(&machine, &call, at(now)).action == .finish(.deadlineExceeded)
    #expect(isRefused != begins)
  }

  @Test func anAttemptsDeadlineIsTheEarlierOfTimeoutAndDeadline() throws {
    for (deadline, expected) in [(50, 50), (100, 100), (101, 100)] as [(Int64, Int64)] {
      var (machine, call) = (machine(), call(deadline: at(deadline), timeout: .milliseconds(100)))
      guard case .invoke(_, _, let given, _) = ask(&machine, &call).action else { throw Unexpected() }
      #expect(given == at(expected))
    }
  }

  /// The plugin says that the deadline it was given has passed; it was the attempt's, and the caller still has time.
  @Test func anAttemptsOwnTimeoutIsTheDependencysFault() throws {
    var (machine, call) = (machine(), call(deadline: at(10_000), timeout: .milliseconds(100)))
    let first = try permit(ask(&machine, &call))
    #expect(end(&machine, &call, first, .deadlineExceeded, at(100)).action == .wait(until: at(300)))
    #expect(machine.breaker.tally.failures == 1)
    let second = try permit(ask(&machine, &call, at(300)))
    let step = end(&machine, &call, second, .deadlineExceeded, at(10_000))
    #expect(step.action == .finish(.ended(.deadlineExceeded, .notRetriable)))
    #expect(machine.breaker.tally.failures == 1, "the caller's own end counts nowhere")
  }

  @Test func aBreakerThatTripsRefusesTheRetryOfTheCallThatTrippedIt() throws {
    var (machine, call) = (machine { $0.breaker.failureThreshold = 1 }, call())
    let permit = try permit(ask(&machine, &call))
    let step = end(&machine, &call, permit, .transient)
    let opened = BreakerTransition(from: .closed, to: .open, cause: .failures(1), retryAt: at(30_000))
    #expect(step.occurrences.first == .breaker(opened))
    #expect(step.action == .wait(until: at(200)))
    let rejection = BreakerRejection(state: .open, since: at(0), cause: .failures(1), retryAt: at(30_000))
    #expect(ask(&machine, &call, at(200)).action == .finish(.rejected(.breaker(rejection))))
    #expect(machine.counters.calls == 1)
  }

  @Test func rejectionsAreToldOnceAndThenCounted() {
    var machine = machine()
    _ = machine.commanded(.forceOpen, at: at(0))
    let cause = RejectionCause.breaker(
      BreakerRejection(state: .forcedOpen, since: at(0), cause: .operatorCommand, retryAt: nil))
    var told: [[GateOccurrence]] = []
    for now in [0, 1, 9_999, 10_000, 10_001] as [Int64] {
      var call = call()
      told.append(ask(&machine, &call, at(now)).occurrences)
    }
    #expect(told == [[.rejected(cause, count: 1)], [], [], [.rejected(cause, count: 3)], []])
    #expect(machine.timePassed(to: at(19_999)) == [])
    #expect(machine.timePassed(to: at(20_000)) == [.rejected(cause, count: 1)])
    #expect(machine.timePassed(to: at(99_999)) == [])
  }

  @Test func anExhaustedBudgetIsToldAndCountedApart() throws {
    var machine = machine {
      $0.budget = .init(percentOfCalls: 0, reservePerSecond: 0, capacity: 0)
      $0.breaker.failureThreshold = nil
    }
    var told: [[GateOccurrence]] = []
    for now in [0, 1, 10_000] as [Int64] {
      var call = call()
      let permit = try permit(ask(&machine, &call, at(now)))
      let step = end(&machine, &call, permit, .transient, at(now))
      #expect(step.action == .finish(.ended(.transient, .budgetExhausted)))
      told.append(step.occurrences)
    }
    #expect(told == [[.budgetExhausted(count: 1)], [], [.budgetExhausted(count: 2)]])
    #expect(machine.counters.budgetExhausted == 3)
  }

  @Test func foldedSuccessesCountAsCallsAndEarnRetries() {
    var machine = machine { $0.budget = .init(percentOfCalls: 20, reservePerSecond: 0, capacity: 1) }
    #expect(machine.budget.withdraw(at: at(0)) == true)
    machine.callsSucceeded(5, generation: 0)
    #expect(machine.counters.calls == 5 && machine.counters.successes == 5)
    #expect(machine.breaker.tally == BreakerTally(calls: 5))
    #expect(machine.budget.balance == 1)
    machine.callsSucceeded(5, generation: 99)
    #expect(machine.counters.calls == 10 && machine.breaker.tally == BreakerTally(calls: 5))
  }
}
