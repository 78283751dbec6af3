import HostModel
@testable import HostPolicy
import Testing

/// Calls that wait for a slot, a breaker or a level instead of being refused.
@Suite struct GateWaitingTests {
  typealias Machine = GateMachine<ConstantGenerator>

  private func machine(_ change: (inout GateConfiguration) -> Void = { _ in }) -> Machine {
    var configuration = GateConfiguration()
    configuration.breaker.failurePercent = nil
    change(&configuration)
    return Machine(configuration, at: at(0), generator: .least)
  }

  private func call(
    breakerWait: Duration = .zero, levelWait: Duration = .zero, deadline: Instant = .distantFuture
  ) -> GateCall {
    let terms = CallTerms(
      .transformations, variant: .predefinedSQL, retry: OperationClass.apiCall.retry, isIdempotent: false,
      breakerWait: breakerWait, levelWait: levelWait)
    return GateCall(terms, deadline: deadline)
  }

  private func ask(
    _ machine: inout Machine, _ call: inout GateCall, _ now: Instant, level: DegradationLevel = .normal,
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

  // MARK: The bulkhead

  @Test func aCallWaitsForASlotAndGetsTheOneThatIsReturned() throws {
    var machine = machine { ($0.maxInFlight, $0.maxWait) = (1, .seconds(5)) }
    var (first, second) = (call(), call())
    let permit = try permit(ask(&machine, &first, at(0)))
    guard case .queue(let ticket, at(5000)) = ask(&machine, &second, at(0)).action else {
      Issue.record("not queued")
      return
    }
    #expect(machine.hasWaiting)
    _ = machine.attemptEnded(&first, permit, status: .ok, retryAfter: nil, latency: nil, at: at(100))
    #expect(machine.takeGrants() == [ticket] && !machine.hasWaiting)
    _ = try self.permit(ask(&machine, &second, at(100)))
    #expect(machine.bulkhead.inFlight == 1 && machine.permitsOut == 1)
  }

  @Test func aCallThatWaitedInVainIsRejected() throws {
    var machine = machine { ($0.maxInFlight, $0.maxWait) = (0, .seconds(5)) }
    var call = call()
    _ = ask(&machine, &call, at(0))
    // Woken early for no reason, it goes on waiting for what is left.
    guard case .queue(_, at(5000)) = ask(&machine, &call, at(4999)).action else {
      Issue.record("not queued again")
      return
    }
    #expect(ask(&machine, &call, at(5000)).action == .finish(.rejected(.bulkheadFull(limit: 0))))
    #expect(!machine.hasWaiting)
  }

  @Test func theQueueIsBounded() {
    var machine = machine { ($0.maxInFlight, $0.maxWait, $0.maxWaiting) = (0, .seconds(5), 2) }
    for number in 0..<3 {
      var call = call()
      let action = ask(&machine, &call, at(0)).action
      #expect((action == .finish(.rejected(.bulkheadFull(limit: 0)))) == (number == 2))
    }
  }

  @Test func nobodyWaitsBeyondTheDeadline() {
    var machine = machine { ($0.maxInFlight, $0.maxWait) = (0, .seconds(5)) }
    var call = call(deadline: at(1000))
    guard case .queue(_, at(1000)) = ask(&machine, &call, at(0)).action else {
      Issue.record("not until the deadline")
      return
    }
    #expect(ask(&machine, &call, at(1000)).action == .finish(.deadlineExceeded))
    #expect(!machine.hasWaiting)
  }

  @Test func aSlotThatComesToACancelledCallIsHandedOn() throws {
    var machine = machine { ($0.maxInFlight, $0.maxWait) = (1, .seconds(5)) }
    var calls = (0..<3).map { _ in call() }
    let permit = try permit(ask(&machine, &calls[0], at(0)))
    for index in 1...2 { _ = ask(&machine, &calls[index], at(0)) }
    _ = machine.attemptEnded(&calls[0], permit, status: .ok, retryAfter: nil, latency: nil, at: at(1))
    #expect(ask(&machine, &calls[1], at(1), cancelled: true).action == .finish(.cancelled))
    #expect(machine.takeGrants().count == 2, "the first was granted too, before it was cancelled")
    _ = try self.permit(ask(&machine, &calls[2], at(1)))
    #expect(machine.bulkhead.inFlight == 1)
  }

  // MARK: The breaker

  private func open(_ machine: inout Machine, at now: Instant) {
    _ = machine.commanded(.openUntil(now.advanced(by: .seconds(30))), at: now)
  }

  @Test func aPatientCallIsTheTestOfAnOpenBreaker() throws {
    var machine = machine()
    open(&machine, at: at(0))
    var call = call(breakerWait: .seconds(30))
    let step = ask(&machine, &call, at(0))
    #expect(step.action == .wait(until: at(30_000)))
    guard case .waiting(.breaker(let rejection), at(30_000)) = step.occurrences.last else {
      Issue.record("it does not say that it waits")
      return
    }
    #expect(rejection.state == .open && rejection.retryAt == at(30_000))
    _ = try permit(ask(&machine, &call, at(30_000)))
    #expect(machine.breaker.stateName == .halfOpen && machine.counters.rejectedCount == 0)
  }

  @Test func patienceThatEndsBeforeTheTestRejectsAtOnce() {
    var machine = machine()
    open(&machine, at: at(0))
    var call = call(breakerWait: .milliseconds(29_999))
    guard case .finish(.rejected(.breaker)) = ask(&machine, &call, at(0)).action else {
      Issue.record("it waits in vain")
      return
    }
    var late = self.call(breakerWait: .seconds(60), deadline: at(30_000))
    guard case .finish(.rejected(.breaker)) = ask(&machine, &late, at(0)).action else {
      Issue.record("it waits up to its deadline")
      return
    }
  }

  @Test func whileAnotherTestsACallAsksAgainEverySecond() throws {
    var machine = machine()
    open(&machine, at: at(0))
    var (probe, other) = (call(), call(breakerWait: .seconds(2)))
    _ = try permit(ask(&machine, &probe, at(30_000)))
    let first = ask(&machine, &other, at(30_000))
    #expect(first.action == .wait(until: at(31_000)) && first.occurrences.count == 1)
    let second = ask(&machine, &other, at(31_000))
    #expect(second == GateStep(action: .wait(until: at(32_000)), occurrences: []), "one event for each wait")
    guard case .finish(.rejected(.breaker)) = ask(&machine, &other, at(32_000)).action else {
      Issue.record("its patience does not end")
      return
    }
  }

  @Test func whatACallHasWaitedBetweenItsAttemptsCountsTogether() throws {
    var machine = machine { $0.breaker.failureThreshold = 1 }
    let terms = CallTerms(
      .transformations, variant: .predefinedSQL, retry: OperationClass.dbQuery.retry, isIdempotent: true,
      breakerWait: .seconds(60))
    var call = GateCall(terms, deadline: .distantFuture)
    open(&machine, at: at(0))
    #expect(ask(&machine, &call, at(0)).action == .wait(until: at(30_000)))
    let permit = try permit(ask(&machine, &call, at(30_000)))
    let step = machine.attemptEnded(&call, permit, status: .transient, retryAfter: nil, latency: nil, at: at(30_000))
    #expect(step.action == .wait(until: at(30_100)), "its retry")
    #expect(ask(&machine, &call, at(30_100)).action == .wait(until: at(60_000)))
    let second = try self.permit(ask(&machine, &call, at(60_000)))
    _ = machine.attemptEnded(&call, second, status: .transient, retryAfter: nil, latency: nil, at: at(60_000))
    guard case .finish(.rejected(.breaker)) = ask(&machine, &call, at(60_200)).action else {
      Issue.record("it waits out one open time after another")
      return
    }
  }

  // MARK: The level

  @Test func aCallWaitsForALevelAtWhichItIsMade() throws {
    var machine = machine()
    var call = call(levelWait: .seconds(10))
    #expect(ask(&machine, &call, at(0), level: .level2).action == .wait(until: at(1000)))
    #expect(ask(&machine, &call, at(1000), level: .emergency).action == .wait(until: at(2000)))
    _ = try permit(ask(&machine, &call, at(2000), level: .level1))
  }

  @Test func aLevelThatStaysRejects() {
    var machine = machine()
    var call = call(levelWait: .seconds(1))
    #expect(ask(&machine, &call, at(0), level: .level2).action == .wait(until: at(1000)))
    #expect(
      ask(&machine, &call, at(1000), level: .level2).action
        == .finish(.rejected(.degraded(.transformations, .level2, .passThrough))))
  }
}
