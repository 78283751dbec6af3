import HostModel
@testable import HostPolicy
import Testing

@Suite struct BreakerRecordTests {
  @Test func anOutageSurvivesARestart() {
    var before = Breaker(countingOnly(1), at: at(0))
    before.call(failure, at(1000))
    // Another process with another clock, five seconds later.
    let record = before.record(at: at(11_000))
    var after = Breaker(restoring: record, elapsed: .seconds(5), countingOnly(1), at: at(500_000))
    let expected = BreakerRejection(state: .open, since: at(485_000), cause: .failures(1), retryAt: at(515_000))
    #expect(after.ask(at(514_999)) == .rejected(expected))
    #expect(after.take(at(515_000)) != nil)
  }

  @Test func theWindowSurvivesAndAges() {
    for (elapsed, state) in [(9, BreakerStateName.open), (60, .closed)] {
      var before = Breaker(countingOnly(), at: at(0))
      for _ in 0..<4 { before.call(failure, at(0)) }
      let record = before.record(at: at(50_000))
      #expect(record.tallies == [.init(age: 50, tally: BreakerTally(calls: 4, failures: 4))])
      var after = Breaker(restoring: record, elapsed: .seconds(elapsed), countingOnly(), at: at(1_000_000))
      after.call(failure, at(1_000_000))
      #expect(after.stateName == state)
    }
  }

  @Test func aCountWindowSurvivesInItsOrder() {
    var configuration = countingOnly(3)
    configuration.window = .count(3)
    var before = Breaker(configuration, at: at(0))
    before.call(failure, at(0))
    before.call(failure, at(0))
    before.call(.success, at(0))
    var after = Breaker(restoring: before.record(at: at(0)), elapsed: .zero, configuration, at: at(0))
    #expect(after.tally == BreakerTally(calls: 3, failures: 2))
    after.call(failure, at(0))
    #expect(after.tally == BreakerTally(calls: 3, failures: 2))
    after.call(failure, at(0))
    #expect(after.tally == BreakerTally(calls: 3, failures: 2))
    after.call(failure, at(0))
    #expect(after.stateName == .open)
  }

  @Test(arguments: [Breaker.Command.forceOpen, .disable, .countOnly])
  func whatAnOperatorHoldsSurvives(_ command: Breaker.Command) {
    var before = Breaker(countingOnly(1), at: at(0))
    before.tell(command, at(0))
    let after = Breaker(restoring: before.record(at: at(1)), elapsed: .zero, countingOnly(1), at: at(0))
    #expect(after.stateName == before.stateName)
  }

  @Test func aHalfOpenBreakerComesBackReadyToProbe() {
    var before = Breaker(countingOnly(1), at: at(0))
    before.call(failure, at(0))
    _ = before.take(at(30_000))
    var after = Breaker(restoring: before.record(at: at(30_000)), elapsed: .zero, countingOnly(1), at: at(0))
    #expect(after.stateName == .open)
    #expect(after.take(at(0)) != nil)
    #expect(after.stateName == .halfOpen)
  }
}
