import HostModel
@testable import HostPolicy
import Testing

@Suite struct DegradationRulesTests {
  private func causes(
    _ signals: DegradationSignals, _ change: (inout DegradationConfiguration) -> Void = { _ in }
  ) -> [DegradationCause] {
    var configuration = DegradationConfiguration()
    change(&configuration)
    return DegradationRules.conditions(signals, configuration).map(\.cause)
  }

  private func machine(_ change: (inout MachineSignal) -> Void) -> DegradationSignals {
    var machine = MachineSignal()
    change(&machine)
    return DegradationSignals(machine: machine)
  }

  private func latency(_ p95: Int64, baseline: Int64? = nil, timeout: Int64? = nil, calls: Int = 20)
    -> DegradationSignals
  {
    DegradationSignals(dependencies: [
      DependencySignal(
        "db", p95: .milliseconds(p95), baseline: baseline.map { .milliseconds($0) }, calls: calls,
        timeout: timeout.map { .milliseconds($0) })
    ])
  }

  @Test func nothingIsWrongWithNothing() {
    #expect(causes(DegradationSignals()) == [])
    #expect(causes(machine { _ in }) == [])
    #expect(
      causes(DegradationSignals(dependencies: [DependencySignal("db"), DependencySignal("p", role: .sink)])) == [])
  }

  @Test func anUnavailableDependencyMeansWhatItsRoleSays() {
    let expected: [DependencySignal.Role: [DegradationCause]] = [
      .languageModel: [.llmUnavailable], .sink: [.storageOnly], .other: [],
    ]
    for role in DependencySignal.Role.allCases {
      #expect(causes(DegradationSignals(dependencies: [DependencySignal("d", role: role)])) == [])
      let gone = DependencySignal("d", role: role, isUnavailable: true)
      #expect(causes(DegradationSignals(dependencies: [gone])) == expected[role])
    }
  }

  /// A breaker that could let a test through must not hold a level at which no test is made.
  @Test(arguments: BreakerStateName.allCases)
  func onlyABreakerThatRefusesNowCounts(_ state: BreakerStateName) {
    let refusal = BreakerRejection(state: state, since: at(0), cause: .failures(5), retryAt: at(30_000))
    let held = [.open, .forcedOpen].contains(state)
    #expect(refusal.isFinal(at: at(29_999)) == held)
    #expect(refusal.isFinal(at: at(30_000)) == (state == .forcedOpen))
  }

  @Test func oneUsableModelIsEnough() {
    let models = ["a", "b"].map { DependencySignal($0, role: .languageModel, isUnavailable: true) }
    #expect(causes(DegradationSignals(dependencies: models)) == [.llmUnavailable, .multipleFailures])
    var usable = models
    usable[1].isUnavailable = false
    #expect(causes(DegradationSignals(dependencies: usable)) == [])
  }

  @Test(arguments: [(1, false), (2, true), (3, true)])
  func twoFailingDependenciesAreMultiple(_ failing: Int, _ expected: Bool) {
    let all = (0..<4).map { DependencySignal("d\($0)", isUnavailable: $0 < failing) }
    #expect(causes(DegradationSignals(dependencies: all)) == (expected ? [.multipleFailures] : []))
  }

  @Test func latencyIsHighAboveThreeTimesTheBaseline() {
    #expect(causes(latency(300, baseline: 100)) == [])
    #expect(causes(latency(301, baseline: 100)) == [.highLatency])
    #expect(causes(latency(301)) == [], "without a baseline")
    #expect(causes(latency(301, baseline: 100, calls: 19)) == [], "too few calls")
    #expect(causes(latency(301, baseline: 100)) { $0.latencyFactor = nil } == [])
  }

  @Test func latencyIsHighAboveFourFifthsOfTheDeadline() {
    #expect(causes(latency(800, timeout: 1000)) == [])
    #expect(causes(latency(801, timeout: 1000)) == [.highLatency])
    #expect(causes(latency(801, timeout: 1000)) { $0.latencyDeadlinePercent = nil } == [])
  }

  @Test func computeIsExhaustedAboveItsThresholds() {
    for (percent, expected) in [(90, []), (91, [DegradationCause.computeExhausted])] {
      #expect(causes(machine { $0.cpuPercent = percent }) == expected)
    }
    for (percent, expected) in [(85, []), (86, [DegradationCause.computeExhausted])] {
      #expect(causes(machine { $0.memoryPercent = percent }) == expected)
    }
    #expect(causes(machine { $0.queueDepth = 1001 }) == [])
    for (depth, expected) in [(999, []), (1000, []), (1001, [DegradationCause.computeExhausted])] {
      #expect(causes(machine { $0.queueDepth = depth }) { $0.queueDepth = 1000 } == expected)
    }
    #expect(causes(machine { $0.cpuPercent = 100 }) { $0.cpuPercent = nil } == [])
  }

  @Test func lostLanesAndAFullDiskAreCritical() {
    for (lost, expected) in [(3, []), (4, [DegradationCause.criticalFailure]), (5, [.criticalFailure])] {
      #expect(causes(machine { ($0.lostLanes, $0.maxLostLanes) = (lost, 4) }) == expected)
    }
    #expect(causes(machine { $0.maxLostLanes = 0 }) == [], "no lane is lost")
    let limit: Int64 = 64 << 20
    for (free, expected) in [(limit, []), (limit - 1, [DegradationCause.criticalFailure])] {
      #expect(causes(machine { $0.diskFreeBytes = free }) { $0.diskFreeBytes = limit } == expected)
    }
    #expect(causes(machine { $0.diskFreeBytes = 0 }) == [], "by default")
  }

  /// The edges of the specification's hierarchy, written out once more by hand.
  @Test func everyCauseLeadsWhereItsEdgeLeads() {
    let edges: [DegradationCause: DegradationLevel] = [
      .llmUnavailable: .level1, .highLatency: .level1, .computeExhausted: .level2, .multipleFailures: .level2,
      .storageOnly: .emergency, .criticalFailure: .emergency, .recovered: .normal, .pinned: .normal,
    ]
    #expect(edges.count == DegradationCause.allCases.count)
    for (cause, level) in edges { #expect(cause.level == level) }
  }
}
