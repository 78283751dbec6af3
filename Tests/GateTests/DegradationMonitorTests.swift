@testable import HostGate
import HostModel
@testable import HostPolicy
import Testing

@Suite struct DegradationMonitorTests {
  let world = World()
  let monitor: DegradationMonitor

  init() { monitor = DegradationMonitor(world.gate, DegradationConfiguration()) }

  private func site(_ plugin: String, _ operation: OperationClass = .apiCall, timeout: Duration? = nil) -> CallSite {
    let dependency = world.dependency(plugin) { $0.timesEveryCall = true }
    return CallSite(
      dependency, operation: operation, feature: .dataIngestion, variant: .buffer, isIdempotent: false,
      origin: world.origin, pipeline: world.gate.pipeline(world.origin), timeout: timeout)
  }

  private func fail(_ site: CallSite) { for _ in 0..<5 { _ = site.call(.transient) } }

  private func evaluate(for seconds: Int64, _ machine: MachineSignal = MachineSignal()) {
    for _ in 0..<seconds {
      monitor.evaluate(machine, at: world.time.now())
      world.time.advance(.seconds(1))
    }
  }

  private var changes: [DegradationScope.Change] {
    world.log.all.compactMap { event in
      guard case .level(let change) = event.kind else { return nil }
      return change
    }
  }

  @Test func anOpenModelMovesItsPipelineAndNoOther() {
    let model = site("model", .llmInference)
    let stranger = world.gate.pipeline(CallOrigin(tenant: Tenant("acme"), sourceID: SourceID(8), pipeline: "other"))
    fail(model)
    evaluate(for: 1)
    #expect(model.pipeline.level == .level1 && stranger.level == .normal && world.gate.platform.level == .normal)
    #expect(changes.first?.evidence == .unavailable(["model@db:5432"]))
  }

  @Test func twoOpenDependenciesAreTwoStepsBack() {
    let sites = [site("a"), site("b")]
    sites.forEach(fail)
    evaluate(for: 1)
    #expect(sites[0].pipeline.level == .level2)
    for site in sites { site.dependency.command(.close) }
    evaluate(for: 130)
    #expect(
      changes.map(\.to) == [.level2, .level1, .normal]
        && changes.map(\.cause) == [.multipleFailures, .recovered, .recovered])
  }

  @Test func aSinkThatIsGoneLeavesOnlyTheDisk() {
    let sink = site("parquet", .fileUpload)
    fail(sink)
    evaluate(for: 1)
    #expect(sink.pipeline.level == .emergency && changes.first?.cause == .storageOnly)
  }

  /// An instance that is lost takes its call sites along; its pipeline still needs the dependency.
  @Test func aDependencyWithoutCallSitesStillCounts() {
    let scope = world.gate.pipeline(world.origin)
    do { fail(site("model", .llmInference)) }
    evaluate(for: 1)
    #expect(scope.level == .level1)
  }

  @Test func highLatencyHasToHold() {
    let slow = site("slow", timeout: .seconds(1))
    for second in 0..<121 {
      for _ in 0..<2 {
        _ = slow.perform(deadline: .distantFuture) { _ in
          world.time.advance(.milliseconds(450))
          return .ok
        }
      }
      // 20 calls are there after ten seconds; 450 ms are below 80 % of a second, so nothing is high.
      monitor.evaluate(MachineSignal(), at: world.time.now())
      #expect(slow.pipeline.level == .normal, "second \(second)")
    }
    for _ in 0..<300 where slow.pipeline.level == .normal {
      _ = slow.perform(deadline: .distantFuture) { _ in
        world.time.advance(.milliseconds(900))
        return .ok
      }
      monitor.evaluate(MachineSignal(), at: world.time.now())
    }
    #expect(slow.pipeline.level == .level1 && changes.first?.cause == .highLatency)
    guard case .nearDeadline("slow@db:5432", _, .seconds(1)) = changes.first?.evidence else {
      Issue.record("\(changes)")
      return
    }
  }

  @Test func anExhaustedMachineMovesThePlatform() {
    var machine = MachineSignal()
    machine.cpuPercent = 95
    evaluate(for: 120, machine)
    #expect(world.gate.platform.level == .normal)
    evaluate(for: 1, machine)
    #expect(world.gate.platform.level == .level2 && changes.first?.evidence == .cpu(percent: 95))
  }

  @Test func aPinnedLevelStaysAndThenFollowsTheMeasurements() {
    let model = site("model", .llmInference)
    world.gate.pin(.normal, of: model.pipeline)
    fail(model)
    evaluate(for: 1)
    #expect(model.pipeline.level == .normal && model.pipeline.state.reported == .level1)
    world.gate.pin(nil, of: model.pipeline)
    #expect(model.pipeline.level == .level1)
  }

  @Test func levelsAreKeptAcrossARestart() {
    let model = site("model", .llmInference)
    fail(model)
    var machine = MachineSignal()
    (machine.lostLanes, machine.maxLostLanes) = (4, 4)
    evaluate(for: 1, machine)
    let kept = monitor.levelsToKeep()
    #expect(kept.map(\.pipeline) == [nil, "acme/orders"] && kept.map(\.level) == [.emergency, .level1])

    let next = World()
    let restored = DegradationMonitor(next.gate, DegradationConfiguration())
    restored.restore(kept)
    #expect(next.gate.platform.level == .emergency)
    #expect(restored.levelsToKeep() == kept, "a pipeline that has not run yet is not forgotten")
    let scope = next.gate.pipeline(next.origin)
    restored.evaluate(MachineSignal(), at: next.time.now())
    #expect(scope.level == .level1)
    next.time.advance(.seconds(60))
    restored.evaluate(MachineSignal(), at: next.time.now())
    #expect(scope.level == .normal && next.gate.platform.level == .level2)
  }

  @Test func breakersAreKeptAcrossARestart() {
    let failing = site("pg")
    fail(failing)
    world.time.advance(.seconds(10))
    let kept = world.gate.breakersToKeep()
    let next = World()
    next.time.advance(.seconds(15))
    next.gate.restore(kept)
    #expect(next.gate.breakersToKeep() == kept, "nobody has asked for it yet")
    let dependency = next.dependency("pg")
    #expect(dependency.breakerState == .open)
    // Open for 30 s at 0 s, and by the wall clock of both it is 15 s now.
    #expect(dependency.metrics().rejection?.retryAt == next.time.now().advanced(by: .seconds(15)))
  }

  @Test func aWallClockThatWentBackShortensNoOutage() {
    let failing = site("pg")
    world.time.advance(.seconds(100))
    fail(failing)
    let next = World()
    next.gate.restore(world.gate.breakersToKeep())
    #expect(next.dependency("pg").metrics().rejection?.retryAt == at(30_000))
  }
}
