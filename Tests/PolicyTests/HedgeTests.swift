import HostModel
@testable import HostPolicy
import Testing

@Suite struct HedgePolicyTests {
  private func latencies(_ count: Int, _ latency: Duration = .milliseconds(100)) -> LatencyHistogram {
    var latencies = LatencyHistogram()
    latencies.add(UInt64(count), toBucket: LatencyHistogram.bucket(ofNanoseconds: latency.wholeNanoseconds))
    return latencies
  }

  @Test(arguments: [(0, false), (99, false), (100, true), (101, true)])
  func itNeedsSamples(_ samples: Int, _ hedges: Bool) {
    #expect((HedgePolicy().delay(latencies(samples)) != nil) == hedges)
  }

  @Test func theDelayIsThePercentile() {
    var mixed = latencies(95, .milliseconds(100))
    mixed.add(5, toBucket: LatencyHistogram.bucket(ofNanoseconds: 1_000_000_000))
    #expect(HedgePolicy().delay(mixed) == mixed.percentile(95))
    #expect(HedgePolicy(percentile: 96).delay(mixed) == mixed.percentile(100))
    #expect(mixed.percentile(95) != mixed.percentile(100))
  }

  /// 100 ms are in the bucket up to 100 663 296 ns.
  @Test(
    arguments: [(100_663_295, 100_663_296), (100_663_296, 100_663_296), (100_663_297, 100_663_297)] as [(Int64, Int64)])
  func theFloorWinsWhenLonger(_ floor: Int64, _ delay: Int64) {
    let policy = HedgePolicy(minDelay: .nanoseconds(floor))
    #expect(policy.delay(latencies(100)) == .nanoseconds(delay))
  }

  @Test(arguments: [(Int.min, false), (0, false), (1, true), (.max, true)])
  func withoutHedgesThereIsNoDelay(_ maxHedges: Int, _ hedges: Bool) {
    #expect((HedgePolicy(maxHedges: maxHedges).delay(latencies(100)) != nil) == hedges)
  }

  @Test(
    arguments: [(49.9, 50), (50, 50), (50.1, 50.1), (100, 100), (100.1, 100), (.nan, 95), (.infinity, 95)]
      as [(Double, Double)])
  func percentilesThatMakeNoSenseAreReplaced(_ stated: Double, _ percentile: Double) {
    let policy = HedgePolicy(percentile: stated, minDelay: .seconds(-1), minimumSamples: 0)
    #expect(policy.percentile == percentile && policy.minDelay == .zero && policy.minimumSamples == 1)
    #expect(policy.delay(latencies(0)) == nil && policy.delay(latencies(1)) != nil)
  }
}

@Suite struct HedgedCallTests {
  /// Hedges after exactly 200 ms.
  static func call(
    idempotent: Bool = true, deadline: Instant = .distantFuture, hedges: Int = 1, off: Bool = false
  ) -> HedgedCall {
    var latencies = LatencyHistogram()
    latencies.record(.milliseconds(1))
    let policy = HedgePolicy(minDelay: .milliseconds(200), minimumSamples: 1, maxHedges: hedges)
    return HedgedCall(off ? nil : policy, latencies: latencies, isIdempotent: idempotent, deadline: deadline)
  }

  private func budget(_ capacity: Int = 10) -> RetryBudget {
    RetryBudget(.init(percentOfCalls: 0, reservePerSecond: 0, capacity: capacity), at: at(0))
  }

  private func won(_ status: Status, _ copy: HedgedCall.Copy, cancel: [HedgedCall.Copy] = []) -> HedgedCall.Action {
    .finish(.init(status: status, copy: copy, cancel: cancel))
  }

  @Test func aCallThatEndsInTimeIsNotHedged() {
    for status in [Status.ok, .endOfStream, .transient, .badRecord] {
      var (call, budget) = (Self.call(), budget())
      #expect(call.started(at: at(0)) == .start(.primary, hedgeDue: at(200)))
      #expect(call.primaryEnded(status) == won(status, .primary))
      #expect(call.hedgeDue(at: at(200), budget: &budget) == .decline(.noLongerNeeded))
      #expect(budget.balance == 10 && call.copiesOut == 0)
    }
  }

  @Test func whatIsOffOrNotIdempotentHasNoHedge() {
    for var call in [Self.call(off: true), Self.call(idempotent: false), Self.call(hedges: 0)] {
      #expect(call.started(at: at(0)) == .start(.primary, hedgeDue: nil))
      var budget = budget()
      #expect(call.hedgeDue(at: at(1000), budget: &budget) == .decline(.noLongerNeeded))
      #expect(budget.balance == 10)
    }
  }

  @Test(arguments: [(199, false), (200, true), (201, true)])
  func aHedgeIsMadeWhenItIsDue(_ now: Int64, _ isMade: Bool) {
    var (call, budget) = (Self.call(), budget())
    _ = call.started(at: at(0))
    let action = call.hedgeDue(at: at(now), budget: &budget)
    #expect(action == (isMade ? .start(.hedge(1), hedgeDue: nil) : .wait(hedgeDue: at(200))))
    #expect(budget.balance == (isMade ? 9 : 10) && call.copiesOut == (isMade ? 2 : 1))
  }

  @Test(arguments: [(199, false), (200, false), (201, true)])
  func noHedgeIsDueAtOrAfterTheDeadline(_ deadline: Int64, _ isDue: Bool) {
    var call = Self.call(deadline: at(deadline))
    #expect(call.started(at: at(0)) == .start(.primary, hedgeDue: isDue ? at(200) : nil))
  }

  @Test(arguments: [(249, true), (250, false), (251, false)])
  func aTimerThatIsLateMakesNoHedgeAfterTheDeadline(_ now: Int64, _ isMade: Bool) {
    var (call, budget) = (Self.call(deadline: at(250)), budget())
    _ = call.started(at: at(0))
    let action = call.hedgeDue(at: at(now), budget: &budget)
    #expect(action == (isMade ? .start(.hedge(1), hedgeDue: nil) : .decline(.noLongerNeeded)))
    #expect(budget.balance == (isMade ? 9 : 10))
  }

  @Test func anEmptyBudgetPaysNoHedge() {
    var (call, budget) = (Self.call(), budget(0))
    _ = call.started(at: at(0))
    #expect(call.hedgeDue(at: at(200), budget: &budget) == .decline(.budgetExhausted))
    #expect(call.hedgeDue(at: at(300), budget: &budget) == .decline(.noLongerNeeded), "it is asked for once")
    #expect(call.primaryEnded(.ok) == won(.ok, .primary))
  }

  private func hedged() -> HedgedCall {
    var (call, budget) = (Self.call(), budget())
    _ = call.started(at: at(0))
    #expect(call.hedgeDue(at: at(200), budget: &budget) == .start(.hedge(1), hedgeDue: nil))
    return call
  }

  @Test func theFirstSuccessWinsAndTheOtherIsCancelled() {
    var first = hedged()
    #expect(first.primaryEnded(.ok) == won(.ok, .primary, cancel: [.hedge(1)]))
    #expect(first.copiesOut == 1)
    #expect(first.hedgeEnded(.cancelled) == .forget)
    #expect(first.copiesOut == 0)
    var second = hedged()
    #expect(second.hedgeEnded(.endOfStream) == won(.endOfStream, .hedge(1), cancel: [.primary]))
    // It was too late to cancel it: its result is not the call's all the same.
    #expect(second.primaryEnded(.ok) == .forget)
  }

  @Test(arguments: Status.allCases.filter { $0 != .ok && $0 != .endOfStream })
  func aFailureWaitsForTheOther(_ status: Status) {
    var first = hedged()
    #expect(first.primaryEnded(status) == .keepWaiting)
    #expect(first.hedgeEnded(.ok) == won(.ok, .hedge(1)))
    var second = hedged()
    #expect(second.hedgeEnded(status) == .keepWaiting)
    #expect(second.primaryEnded(.ok) == won(.ok, .primary))
  }

  @Test func ifBothFailItIsThePrimarysFailure() {
    var first = hedged()
    #expect(first.primaryEnded(.timeout) == .keepWaiting)
    #expect(first.hedgeEnded(.throttled) == won(.timeout, .primary))
    var second = hedged()
    #expect(second.hedgeEnded(.throttled) == .keepWaiting)
    #expect(second.primaryEnded(.timeout) == won(.timeout, .primary))
  }

  @Test func eachHedgeWaitsForTheDelayAndNoneFollowsAFailure() {
    var (call, budget) = (Self.call(hedges: 3), budget())
    _ = call.started(at: at(0))
    #expect(call.hedgeDue(at: at(200), budget: &budget) == .start(.hedge(1), hedgeDue: at(400)))
    #expect(call.hedgeDue(at: at(399), budget: &budget) == .wait(hedgeDue: at(400)))
    #expect(call.hedgeDue(at: at(450), budget: &budget) == .start(.hedge(2), hedgeDue: at(650)))
    #expect(call.hedgeEnded(.transient, number: 1) == .keepWaiting)
    #expect(call.hedgeDue(at: at(650), budget: &budget) == .decline(.noLongerNeeded))
    #expect(call.hedgeEnded(.ok, number: 2) == won(.ok, .hedge(2), cancel: [.primary]))
    #expect(budget.balance == 8)
  }

  @Test(arguments: [Status.cancelled, .deadlineExceeded])
  func aCallerThatGivesUpCancelsAll(_ status: Status) {
    var call = hedged()
    #expect(call.callerGaveUp(status) == won(status, .primary, cancel: [.primary, .hedge(1)]))
    #expect(call.callerGaveUp(status) == .forget)
    #expect(call.primaryEnded(.cancelled) == .forget)
    #expect(call.hedgeEnded(.ok) == .forget)
    #expect(call.copiesOut == 0)
  }
}
