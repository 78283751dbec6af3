import HostModel
@testable import HostPolicy
import Testing

/// Whole sequences as operators write them: F a failure, S a success, L a success that was slow; one call a second.
@Suite struct BreakerTraceTests {
  private func configuration(_ change: (inout BreakerConfiguration) -> Void) -> BreakerConfiguration {
    var configuration = BreakerConfiguration()
    configuration.failureThreshold = nil
    configuration.failurePercent = 50
    configuration.minimumCalls = 5
    change(&configuration)
    return configuration
  }

  /// The states after each call.
  private func states(_ trace: String, _ breaker: inout Breaker, from start: Int64 = 0) -> [BreakerStateName] {
    trace.enumerated().map { number, letter in
      let now = at((start + Int64(number)) * 1000)
      breaker.call(letter == "F" ? failure : .success, slow: letter == "L", now)
      return breaker.stateName
    }
  }

  private func trace(_ trace: String, _ change: (inout BreakerConfiguration) -> Void = { _ in }) -> [BreakerStateName] {
    var breaker = Breaker(configuration(change), at: at(0))
    return states(trace, &breaker)
  }

  @Test func threeOfFiveOpenAtTheFifthCall() {
    #expect(trace("FFFSS") == [.closed, .closed, .closed, .closed, .open])
  }

  @Test func twoOfFiveStayAndTheNextFailureOpens() {
    #expect(trace("SSSFF") == Array(repeating: .closed, count: 5))
    #expect(trace("SSSFFF").last == .open)
  }

  @Test func slowCallsAloneOpen() {
    #expect(trace("LLSSL") { $0.slowPercent = 50 } == [.closed, .closed, .closed, .closed, .open])
    #expect(trace("LLSSS") { $0.slowPercent = 50 }.last == .closed)
    #expect(trace("LLLLL").last == .closed, "slow calls do not count unless stated")
  }

  /// A breaker that has just become half-open: its open time is over.
  private func opened(_ change: (inout BreakerConfiguration) -> Void = { _ in }) -> Breaker {
    var breaker = Breaker(configuration(change), at: at(0))
    _ = states("FFFSS", &breaker)
    return breaker
  }

  @Test func threeTestsThatSucceedClose() {
    var breaker = opened()
    #expect(states("SSS", &breaker, from: 34) == [.halfOpen, .halfOpen, .closed])
  }

  @Test func aTestThatFailsReopens() {
    var breaker = opened()
    #expect(states("SSF", &breaker, from: 34) == [.halfOpen, .halfOpen, .open])
  }

  @Test func aSecondTestAtTheSameTimeIsRejected() throws {
    var breaker = opened()
    let first = try breaker.permit(at(34_000))
    guard case .rejected(let rejection) = breaker.ask(at(34_000)) else {
      Issue.record("two tests at once")
      return
    }
    #expect(rejection.state == .halfOpen)
    breaker.end(first, .success, at(34_001))
    #expect(breaker.take(at(34_001)) != nil)
  }

  @Test(arguments: [("FSSS", BreakerStateName.closed), ("FFSF", .open), ("FFSS", .open), ("SSSS", .closed)])
  func fourPermitsDecideTogether(_ tests: String, _ end: BreakerStateName) {
    var breaker = opened { $0.halfOpen = .sample(permits: 4, failurePercent: 50) }
    let seen = states(tests, &breaker, from: 34)
    #expect(seen.dropLast().allSatisfy { $0 == .halfOpen } && seen.last == end, "\(seen)")
  }

  @Test func aResultFromBeforeTheOpeningChangesNothing() throws {
    var breaker = Breaker(configuration { _ in }, at: at(0))
    let (good, bad) = (try breaker.permit(at(0)), try breaker.permit(at(0)))
    _ = states("FFFSS", &breaker)
    #expect(breaker.stateName == .open)
    breaker.end(good, .success, at(5000))
    #expect(breaker.stateName == .open)
    let probe = try breaker.permit(at(34_000))
    breaker.end(bad, failure, at(34_000))
    #expect(breaker.stateName == .halfOpen && breaker.probesInFlight == 1)
    breaker.end(probe, .success, at(34_000))
    #expect(states("SS", &breaker, from: 35) == [.halfOpen, .closed])
  }
}
