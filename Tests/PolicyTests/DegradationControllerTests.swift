import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct DegradationControllerTests {
  private func second(_ seconds: Int64) -> Instant { at(seconds * 1000) }

  private func condition(_ cause: DegradationCause) -> DegradationCondition { .init(cause, .unavailable(["d"])) }

  private func controller(_ change: (inout DegradationConfiguration) -> Void = { _ in }) -> DegradationController {
    var configuration = DegradationConfiguration()
    change(&configuration)
    return DegradationController(configuration)
  }

  @Test(arguments: [DegradationCause.llmUnavailable, .multipleFailures, .storageOnly, .criticalFailure])
  func aFailureCountsAtOnce(_ cause: DegradationCause) {
    var controller = controller()
    let decision = controller.observed([condition(cause)], at: second(0))
    #expect(decision == .init(level: cause.level, condition: condition(cause)))
    #expect(controller.level == cause.level && controller.reason == condition(cause))
    #expect(controller.observed([condition(cause)], at: second(1)) == nil)
  }

  @Test(arguments: [DegradationCause.highLatency, .computeExhausted])
  func aMeasurementHasToHoldForTwoMinutes(_ cause: DegradationCause) {
    var controller = controller()
    for now in [0, 60, 119] { #expect(controller.observed([condition(cause)], at: second(Int64(now))) == nil) }
    #expect(controller.nextChange(at: second(119)) == second(120))
    #expect(controller.observed([condition(cause)], at: second(120))?.level == cause.level)
  }

  @Test func aMeasurementThatFallsBeginsAnew() {
    var controller = controller()
    let high = [condition(.highLatency)]
    #expect(controller.observed(high, at: second(0)) == nil)
    #expect(controller.observed([], at: second(119)) == nil)
    #expect(controller.observed(high, at: second(120)) == nil)
    #expect(controller.observed(high, at: second(239)) == nil)
    #expect(controller.observed(high, at: second(240))?.level == .level1)
  }

  @Test func theWayBackIsOneStepAtATime() {
    var controller = controller()
    _ = controller.observed([condition(.storageOnly)], at: second(0))
    var levels: [(Int64, DegradationLevel)] = []
    for now in 1...300 as ClosedRange<Int64> {
      guard let decision = controller.observed([], at: second(now)) else { continue }
      #expect(decision.condition.cause == .recovered)
      levels.append((now, decision.level))
    }
    #expect(levels.map(\.0) == [61, 121, 181])
    #expect(levels.map(\.1) == [.level2, .level1, .normal])
    #expect(controller.reason == nil && controller.nextChange(at: second(300)) == nil)
  }

  @Test func recoveryHasToHoldWithoutABreak() {
    var controller = controller()
    let failing = [condition(.multipleFailures)]
    _ = controller.observed(failing, at: second(0))
    #expect(controller.observed([], at: second(1)) == nil)
    #expect(controller.observed([], at: second(60)) == nil)
    #expect(controller.observed(failing, at: second(61)) == nil)
    #expect(controller.observed([], at: second(62)) == nil)
    #expect(controller.observed([], at: second(121)) == nil)
    #expect(controller.observed([], at: second(122))?.level == .level1)
  }

  @Test func theWayBackEndsAtWhatIsStillCalledFor() {
    var controller = controller()
    let (model, sink) = (condition(.llmUnavailable), condition(.storageOnly))
    _ = controller.observed([sink, model], at: second(0))
    #expect(controller.observed([model], at: second(1)) == nil)
    #expect(controller.observed([model], at: second(61))?.level == .level2)
    #expect(controller.observed([model], at: second(121))?.level == .level1)
    #expect(controller.reason == model)
    for now in 122...400 as ClosedRange<Int64> { #expect(controller.observed([model], at: second(now)) == nil) }
  }

  @Test func ofSeveralCausesTheHighestLevelCountsAndThenTheOldest() {
    var controller = controller()
    _ = controller.observed([condition(.llmUnavailable)], at: second(0))
    let all = [condition(.llmUnavailable), condition(.criticalFailure), condition(.multipleFailures)]
    #expect(controller.observed(all, at: second(1))?.condition.cause == .criticalFailure)
    #expect(controller.observed(all + [condition(.storageOnly)], at: second(2)) == nil)
    #expect(controller.reason?.cause == .criticalFailure)
  }

  @Test func aKeptLevelIsLeftLikeAnyOther() {
    var controller = DegradationController(
      DegradationConfiguration(), level: .level2, reason: condition(.multipleFailures))
    #expect(controller.observed([], at: second(0)) == nil)
    #expect(controller.observed([], at: second(59)) == nil)
    #expect(controller.observed([], at: second(60))?.level == .level1)
  }

  /// Random measurements against a model that recomputes everything from the whole history.
  @Test func randomMeasurementsAgreeWithTheWholeHistory() throws {
    let causes: [DegradationCause] = [
      .llmUnavailable, .highLatency, .computeExhausted, .multipleFailures, .storageOnly, .criticalFailure,
    ]
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      var configuration = DegradationConfiguration()
      configuration.latencyHold = .seconds(Int64.random(in: 0...5, using: &random))
      configuration.computeHold = .seconds(Int64.random(in: 0...5, using: &random))
      configuration.failureHold = .seconds(Int64.random(in: 0...2, using: &random))
      configuration.recoveryHold = .seconds(Int64.random(in: 0...5, using: &random))
      var controller = DegradationController(configuration)
      var model = ControllerModel(configuration)
      var now: Int64 = 0
      var holding: Set<DegradationCause> = []
      for _ in 0..<40 {
        now += Int64.random(in: 0...3, using: &random)
        if let cause = causes.randomElement(using: &random) { holding.formSymmetricDifference([cause]) }
        if Int.random(in: 0..<3, using: &random) == 0 { holding = [] }
        let conditions = causes.filter(holding.contains).map(condition)
        let decision = controller.observed(conditions, at: second(now))
        try model.observed(holding, decision?.level, at: now)
        #expect(controller.level == model.level, "seed \(seed) at \(now)")
      }
    }
  }
}

/// What the levels have to be, from all measurements so far. Throws where a change is illegal.
private struct ControllerModel {
  struct Illegal: Error { let what: String }

  let configuration: DegradationConfiguration
  private(set) var level = DegradationLevel.normal
  private var history: [(at: Int64, holding: Set<DegradationCause>)] = []
  /// Since when the present level was entered or last stepped down to.
  private var steppedAt: Int64 = 0

  init(_ configuration: DegradationConfiguration) { self.configuration = configuration }

  private func seconds(_ duration: Duration) -> Int64 { duration.wholeNanoseconds / 1_000_000_000 }

  /// The level called for after the first `count` measurements.
  private func wanted(after count: Int) -> DegradationLevel {
    guard let last = history[..<count].last else { return .normal }
    return last.holding.filter { cause in
      var since = last.at
      for entry in history[..<count].reversed() {
        guard entry.holding.contains(cause) else { break }
        since = entry.at
      }
      return last.at - since >= seconds(configuration.hold(of: cause))
    }.map(\.level).max() ?? .normal
  }

  mutating func observed(_ holding: Set<DegradationCause>, _ change: DegradationLevel?, at now: Int64) throws {
    history.append((now, holding))
    let wanted = wanted(after: history.count)
    var next = level
    if wanted > level {
      next = wanted
      steppedAt = now
    } else if wanted < level {
      // The time of quiet begins with the first of the measurements in a row that do not call for the level.
      var quiet = now
      for count in stride(from: history.count, to: 0, by: -1) {
        guard self.wanted(after: count) < level, history[count - 1].at >= steppedAt else { break }
        quiet = history[count - 1].at
      }
      if now - quiet >= seconds(configuration.recoveryHold), let below = DegradationLevel(rawValue: level.rawValue - 1)
      {
        next = max(below, wanted)
        steppedAt = now
      }
    }
    guard (next == level ? nil : next) == change else {
      throw Illegal(what: "from \(level) to \(String(describing: change)) instead of \(next) at \(now)")
    }
    level = next
  }
}
