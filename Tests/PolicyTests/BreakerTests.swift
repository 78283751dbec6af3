import HostModel
@testable import HostPolicy
import Testing

@Suite struct BreakerTests {
  // MARK: Triggers

  @Test func theFifthFailureTripsWhateverSucceededBetween() throws {
    var breaker = Breaker(countingOnly(), at: at(0))
    for second in 0..<4 {
      breaker.call(failure, at(Int64(second) * 1000))
      breaker.callsSucceeded(1000, generation: breaker.generation)
      #expect(breaker.stateName == .closed)
    }
    let permit = try breaker.permit(at(5000))
    let transition = breaker.end(permit, failure, at(5000))
    #expect(transition == .init(from: .closed, to: .open, cause: .failures(5), retryAt: at(35_000)))
  }

  /// Buckets of a second: a failure at 0 has left the window at 60 s and not before.
  @Test(
    arguments: [(59_999, BreakerStateName.open), (60_000, .closed), (60_001, .closed)] as [(Int64, BreakerStateName)])
  func aFailureLeavesTheWindowAfterItsLength(_ last: Int64, _ state: BreakerStateName) {
    var breaker = Breaker(countingOnly(), at: at(0))
    for _ in 0..<4 { breaker.call(failure, at(0)) }
    breaker.call(failure, at(last))
    #expect(breaker.stateName == state)
  }

  @Test func aWindowThatIsSkippedOverIsEmpty() {
    var breaker = Breaker(countingOnly(), at: at(0))
    for second in 0..<4 { breaker.call(failure, at(Int64(second) * 1000)) }
    breaker.pass(at(100_000_000))
    #expect(breaker.tally == BreakerTally())
    // Time that goes back counts in the newest bucket.
    breaker.call(failure, at(1))
    #expect(breaker.tally == BreakerTally(calls: 1, failures: 1))
  }

  /// Half of the calls fail; the rate is undefined below ten calls.
  @Test(arguments: [(8, BreakerStateName.closed), (9, .closed), (10, .open)])
  func theRateNeedsTheMinimumOfCalls(_ calls: Int, _ state: BreakerStateName) {
    var configuration = BreakerConfiguration()
    configuration.failureThreshold = nil
    var breaker = Breaker(configuration, at: at(0))
    for call in 0..<calls { breaker.call(call % 2 == 0 ? .success : failure, at(0)) }
    #expect(breaker.stateName == state)
  }

  /// 49, 50 and 51 failures in 100 calls at a threshold of 50 %; the last call is a failure.
  @Test(arguments: [(49, BreakerStateName.closed), (50, .open), (51, .open)])
  func theRateTripsAtItsThreshold(_ failures: Int, _ state: BreakerStateName) {
    var configuration = BreakerConfiguration()
    configuration.failureThreshold = nil
    var breaker = Breaker(configuration, at: at(0))
    breaker.callsSucceeded(100 - failures, generation: breaker.generation)
    for _ in 0..<failures { breaker.call(failure, at(0)) }
    #expect(breaker.stateName == state)
  }

  @Test(arguments: [(4, BreakerStateName.closed), (5, .open), (6, .open)])
  func slowCallsTripThoughTheySucceed(_ slow: Int, _ state: BreakerStateName) {
    var configuration = countingOnly()
    configuration.slowPercent = 50
    #expect(configuration.needsLatencies)
    var breaker = Breaker(configuration, at: at(0))
    breaker.callsSucceeded(10 - slow, generation: breaker.generation)
    for _ in 0..<slow { breaker.call(.success, slow: true, at(0)) }
    #expect(breaker.stateName == state)
  }

  @Test func failuresInARowAreAnOption() {
    var configuration = countingOnly(100)
    configuration.consecutiveFailures = 3
    var breaker = Breaker(configuration, at: at(0))
    breaker.call(failure, at(0))
    breaker.call(failure, at(0))
    breaker.callsSucceeded(1, generation: breaker.generation)
    breaker.call(failure, at(0))
    breaker.call(failure, at(0))
    #expect(breaker.stateName == .closed)
    breaker.call(failure, at(0))
    #expect(breaker.stateName == .open)
  }

  @Test func aCountWindowForgetsByCallsAndNotByTime() {
    var configuration = countingOnly(2)
    configuration.window = .count(3)
    var breaker = Breaker(configuration, at: at(0))
    breaker.call(failure, at(0))
    breaker.callsSucceeded(3, generation: breaker.generation)
    breaker.call(failure, at(0))
    #expect(breaker.stateName == .closed)
    breaker.callsSucceeded(1, generation: breaker.generation)
    #expect(breaker.tally == BreakerTally(calls: 3, failures: 1))
    breaker.call(failure, at(1_000_000_000))
    #expect(breaker.stateName == .open)
  }

  @Test(arguments: Status.allCases)
  func onlyStatusesOfTheTableCount(_ status: Status) {
    var breaker = Breaker(countingOnly(1), at: at(0))
    breaker.call(BreakerVerdict(status), at(0))
    #expect(breaker.stateName == (status.traits.countsAgainstBreaker ? .open : .closed))
    let saysNothing = [Status.cancelled, .deadlineExceeded, .rejected].contains(status)
    if breaker.stateName == .closed { #expect(breaker.tally.calls == (saysNothing ? 0 : 1)) }
  }

  // MARK: Open

  @Test(arguments: [(29_999, false), (30_000, true), (30_001, true)])
  func theFirstProbeGoesWhenTheOpenTimeIsOver(_ now: Int64, _ goes: Bool) {
    var breaker = Breaker(countingOnly(1), at: at(0))
    breaker.call(failure, at(0))
    #expect((breaker.take(at(now)) != nil) == goes)
  }

  @Test func aRejectionSaysSinceWhenWhyAndUntilWhen() {
    var breaker = Breaker(countingOnly(1), at: at(0))
    breaker.call(failure, at(7))
    let expected = BreakerRejection(state: .open, since: at(7), cause: .failures(1), retryAt: at(30_007))
    #expect(breaker.ask(at(8)) == .rejected(expected))
  }

  @Test(arguments: [(29_999, 30_000), (30_000, 30_000), (30_001, 30_001)])
  func theOpenTimeIsNeverShorterThanRetryAfter(_ wish: Int64, _ until: Int64) {
    var breaker = Breaker(countingOnly(1), at: at(0))
    breaker.call(.failure(.throttled, retryAfter: .milliseconds(wish)), at(0))
    #expect(breaker.take(at(until - 1)) == nil)
    #expect(breaker.take(at(until)) != nil)
  }

  @Test func theOpenTimeGrowsUpToItsCapAndIsResetByAClose() {
    var configuration = countingOnly(1)
    configuration.openGrowth = 2
    configuration.maxOpenDuration = .seconds(100)
    configuration.halfOpen = .consecutive(successes: 1)
    var breaker = Breaker(configuration, at: at(0))
    var now: Int64 = 0
    breaker.call(failure, at(now))
    for seconds in [30, 60, 100, 100] as [Int64] {
      #expect(breaker.take(at(now + seconds * 1000 - 1)) == nil)
      now += seconds * 1000
      #expect(breaker.call(failure, at(now)) == true)
    }
    now += 100_000
    #expect(breaker.call(.success, at(now)) == true)
    #expect(breaker.stateName == .closed)
    breaker.call(failure, at(now))
    #expect(breaker.take(at(now + 30_000)) != nil)
  }

  @Test func growthDoesNotOverflow() {
    var configuration = countingOnly(1)
    configuration.openGrowth = .greatestFiniteMagnitude
    configuration.maxOpenDuration = .seconds(Int64.max)
    configuration.openJitterPercent = .max
    var breaker = Breaker(configuration, at: at(0))
    var most = ConstantGenerator.most
    for _ in 0..<3 {
      let permit = BreakerPermit(generation: breaker.generation)
      _ = breaker.callEnded(permit, failure, isSlow: false, at: at(0), using: &most)
      _ = breaker.callRequested(at: .distantFuture, using: &most)
    }
    #expect(breaker.stateName == .halfOpen)
  }

  @Test func theOpenTimesJitterIsAddedAndBounded() {
    var configuration = countingOnly(1)
    configuration.openJitterPercent = 10
    var generator = SplitMix64(seed: 4)
    for _ in 0..<200 {
      var breaker = Breaker(configuration, at: at(0))
      let permit = BreakerPermit(generation: 0)
      let transition = breaker.callEnded(permit, failure, isSlow: false, at: at(0), using: &generator)
      let until = transition?.retryAt ?? at(0)
      #expect(until >= at(30_000) && until <= at(33_000))
    }
  }

  @Test func openUntilProbesAtItsInstant() {
    var breaker = Breaker(countingOnly(1), at: at(0))
    breaker.tell(.openUntil(at(500)), at(0))
    #expect(breaker.take(at(499)) == nil)
    #expect(breaker.take(at(500)) != nil)
    #expect(breaker.stateName == .halfOpen)
  }
}
