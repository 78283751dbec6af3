import HostModel
@testable import HostPolicy
import Testing

/// Every state against every event.
@Suite struct BreakerStateTests {
  enum Event: String, CaseIterable, Sendable {
    case requested, requestedAfterOpenTime, success, failure, ignored, lateFailure, foldedSuccesses, timePassed
    case probeOverdue, close, forceOpen, disable, countOnly, openUntil, instanceLost, reconfigured
  }

  /// In every state: trips on the first failure, open for 30 s, half-open for at most 60 s.
  private static func breaker(in state: BreakerStateName) -> Breaker {
    var breaker = Breaker(countingOnly(1), at: at(0))
    switch state {
    case .closed: break
    case .open: breaker.call(failure, at(0))
    case .halfOpen:
      breaker.call(failure, at(0))
      breaker.call(.success, at(30_000))
    case .forcedOpen: breaker.tell(.forceOpen, at(0))
    case .disabled: breaker.tell(.disable, at(0))
    case .metricsOnly: breaker.tell(.countOnly, at(0))
    }
    return breaker
  }

  /// Returns whether a call was let through, where the event is one; nil otherwise.
  private static func apply(_ event: Event, to breaker: inout Breaker) -> Bool? {
    let now = at(30_001)
    switch event {
    case .requested: return breaker.take(breaker.stateName == .open ? at(29_999) : now) != nil
    case .requestedAfterOpenTime: return breaker.take(at(30_000)) != nil
    case .success: return breaker.call(.success, breaker.stateName == .open ? at(1) : now)
    case .failure: return breaker.call(HostPolicyTests.failure, breaker.stateName == .open ? at(1) : now)
    case .ignored: return breaker.call(.ignored, breaker.stateName == .open ? at(1) : now)
    case .lateFailure: breaker.end(BreakerPermit(generation: breaker.generation &- 1), HostPolicyTests.failure, now)
    case .foldedSuccesses: breaker.callsSucceeded(7, generation: breaker.generation)
    case .timePassed: breaker.pass(now)
    case .probeOverdue:
      _ = breaker.take(now)
      breaker.pass(at(30_001 + 60_000))
    case .close: breaker.tell(.close, now)
    case .forceOpen: breaker.tell(.forceOpen, now)
    case .disable: breaker.tell(.disable, now)
    case .countOnly: breaker.tell(.countOnly, now)
    case .openUntil: breaker.tell(.openUntil(at(99_000)), now)
    case .instanceLost: breaker.tell(.instanceLost(.crashed), now)
    case .reconfigured:
      // Decides nothing by itself, in any state.
      var next = countingOnly(1)
      next.window = .count(7)
      next.openDuration = .seconds(3600)
      next.halfOpen = .consecutive(successes: 1)
      breaker.reconfigured(Shared(next), at: now)
    }
    return nil
  }

  private static func expectedState(_ state: BreakerStateName, _ event: Event) -> BreakerStateName {
    switch (event, state) {
    case (.close, _): .closed
    case (.forceOpen, _): .forcedOpen
    case (.disable, _): .disabled
    case (.countOnly, _): .metricsOnly
    case (.openUntil, _): .open
    case (.instanceLost, .closed), (.instanceLost, .halfOpen): .open
    case (.failure, .closed), (.failure, .halfOpen): .open
    case (.requestedAfterOpenTime, .open): .halfOpen
    // The overdue test asks first, at 30 001 ms: an open breaker sends its probe and loses it.
    case (.probeOverdue, .halfOpen), (.probeOverdue, .open): .open
    default: state
    }
  }

  private static func expectedPassage(_ state: BreakerStateName, _ event: Event) -> Bool? {
    switch (event, state) {
    case (.requestedAfterOpenTime, .open): true
    case (.requested, .open), (.success, .open), (.failure, .open), (.ignored, .open): false
    case (.requested, .forcedOpen), (.requestedAfterOpenTime, .forcedOpen), (.success, .forcedOpen),
      (.failure, .forcedOpen), (.ignored, .forcedOpen):
      false
    case (.requested, _), (.requestedAfterOpenTime, _), (.success, _), (.failure, _), (.ignored, _): true
    default: nil
    }
  }

  @Test(arguments: BreakerStateName.allCases, Event.allCases)
  func eventMovesTheStateAsTheTableSays(_ state: BreakerStateName, _ event: Event) {
    var breaker = Self.breaker(in: state)
    #expect(breaker.stateName == state)
    let generation = breaker.generation
    let passed = Self.apply(event, to: &breaker)
    #expect(breaker.stateName == Self.expectedState(state, event))
    #expect(passed == Self.expectedPassage(state, event))
    if breaker.stateName != state { #expect(breaker.generation > generation) }
  }

  @Test(arguments: [BreakerStateName.closed, .disabled, .metricsOnly])
  func theseStatesAdmitAll(_ state: BreakerStateName) { #expect(Self.breaker(in: state).admitsAll) }

  @Test(arguments: [BreakerStateName.open, .halfOpen, .forcedOpen])
  func theseStatesDoNot(_ state: BreakerStateName) { #expect(!Self.breaker(in: state).admitsAll) }

  @Test func metricsOnlyCountsAndDisabledDoesNot() {
    for (state, calls) in [(BreakerStateName.metricsOnly, 9), (.disabled, 0)] {
      var breaker = Self.breaker(in: state)
      breaker.call(failure, at(1))
      breaker.call(.success, at(1))
      breaker.callsSucceeded(7, generation: breaker.generation)
      #expect(breaker.tally.calls == calls)
      #expect(breaker.stateName == state)
    }
  }
}
