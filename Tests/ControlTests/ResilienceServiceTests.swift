@testable import HostControl
import HostFormats
import HostGate
import HostModel
import HostPolicy
import TestSupport
import Testing

@Suite struct ResilienceServiceTests {
  @Test func anOutageSurvivesARestart() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.pass(5)
    world.service.stop("failed")

    world.clock.advance(by: .seconds(5))
    let next = world.restarted()
    next.service.restore()
    let site = next.site("pg")
    let refused = site.perform(deadline: .distantFuture) { _ in .ok }
    #expect(refused.status == .rejected)
    next.pass(21)
    #expect(site.perform(deadline: .distantFuture) { _ in .ok }.isSuccess, "30 s after the opening it is tested")
    #expect(next.warnings.all == [])
  }

  @Test func aKillForgetsAtMostTheLastSeconds() {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.pass(1)
    // No stop: the process is gone.
    world.files.crash(.everythingUnsynced)
    let next = world.restarted()
    next.service.restore()
    #expect(next.site("pg").dependency.breakerState == .open)
  }

  @Test func levelsSurviveAndAreLeftOneByOne() {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("a"))
    world.fail(world.site("b"))
    world.pass(1)
    #expect(world.gate.pipeline(origin).level == .level2)
    world.service.stop("failed")
    world.clock.advance(by: .seconds(60))
    let next = world.restarted()
    next.service.restore()
    #expect(next.gate.pipeline(origin).level == .level2)
    var levels: [DegradationLevel] = []
    for _ in 0..<130 {
      next.pass(1)
      if levels.last != next.gate.pipeline(origin).level { levels.append(next.gate.pipeline(origin).level) }
    }
    #expect(levels == [.level2, .level1, .normal])
  }

  @Test func anOperatorPinsAndReleasesALevel() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    let desk = OperatorDesk(home: "/site", files: world.files)
    try desk.change { $0.levels["default/orders"] = .emergency }
    world.pass(1)
    #expect(world.gate.pipeline(origin).level == .emergency && world.gate.platform.level == .normal)
    try desk.change { $0.levels[""] = .level1 }
    world.pass(1)
    #expect(world.gate.platform.level == .level1)
    try desk.change { $0.levels = [:] }
    world.pass(1)
    #expect(world.gate.pipeline(origin).level == .normal && world.gate.platform.level == .normal)
  }

  @Test func aPinHoldsForRunsThatBeginLater() throws {
    let world = ServiceWorld.fresh()
    try OperatorDesk(home: "/site", files: world.files).change { $0.levels["default/orders"] = .level2 }
    world.service.restore()
    #expect(world.gate.pipeline(origin).level == .level2)
  }

  @Test func anOperatorHoldsABreakerAndClosesIt() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    let dependency = world.site("pg").dependency
    let desk = OperatorDesk(home: "/site", files: world.files)
    let holds: [(OperatorOrders.BreakerHold, BreakerStateName)] = [
      (.forcedOpen, .forcedOpen), (.disabled, .disabled), (.metricsOnly, .metricsOnly),
      (.openUntil(WallTime(microseconds: world.clock.wallTime().microseconds + 60_000_000)), .open),
    ]
    for (hold, state) in holds {
      try desk.change { $0.breakers["pg@db:5432"] = .init(hold: hold, at: world.clock.wallTime()) }
      world.pass(1)
      #expect(dependency.breakerState == state)
    }
    try desk.change { $0.breakers["pg@db:5432"] = .init(hold: nil, at: world.clock.wallTime()) }
    world.pass(1)
    #expect(dependency.breakerState == .closed)
    // Carried out once: what happens afterwards is not undone.
    world.fail(world.site("pg"))
    world.pass(1)
    #expect(dependency.breakerState == .open)
  }

  @Test func anOrderIsCarriedOutThoughTheClockWasSetBack() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.clock.jumpWallTime(by: .seconds(-3600))
    try OperatorDesk(home: "/site", files: world.files).change {
      $0.breakers["pg@db:5432"] = .init(hold: nil, at: world.clock.wallTime())
    }
    world.pass(1)
    #expect(world.site("pg").dependency.breakerState == .closed)
  }

  @Test func aHoldIsThereBeforeTheFirstCall() throws {
    let world = ServiceWorld.fresh()
    try OperatorDesk(home: "/site", files: world.files).change {
      $0.breakers["pg@db:5432"] = .init(hold: .forcedOpen, at: world.clock.wallTime())
    }
    world.service.restore()
    #expect(world.site("pg").perform(deadline: .distantFuture) { _ in .ok }.status == .rejected)
  }

  @Test func aBreakerThatWasClosedAfterTheRunBeginsClosed() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.service.stop("failed")
    world.clock.advance(by: .seconds(2))
    try OperatorDesk(home: "/site", files: world.files).change {
      $0.breakers["pg@db:5432"] = .init(hold: nil, at: world.clock.wallTime())
    }
    world.clock.advance(by: .seconds(2))
    let next = world.restarted()
    next.service.restore()
    #expect(next.site("pg").dependency.breakerState == .closed)
  }

  @Test(arguments: ["{", "{}", #"{"schema_version": 2}"#, #"{"schema_version": 1, "levels": {"": "level_9"}}"#])
  func aDamagedFileIsToldOnceAndEndsNothing(_ text: String) throws {
    let world = ServiceWorld.fresh()
    try world.files.createDirectory("/site/state/resilience")
    try world.files.replaceDurably("/site/state/operator.json", Array(text.utf8))
    try world.files.replaceDurably("/site/state/resilience/orders.json", Array("[]".utf8))
    world.service.restore()
    world.pass(3)
    #expect(world.warnings.all.count == 2)
    #expect(world.warnings.all.contains { $0.contains("/site/state/operator.json") })
    #expect(world.gate.platform.level == .normal)
  }

  @Test func aDiskThatIsFullEndsNothing() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.files.inject(.diskFull(after: 0))
    world.pass(3)
    #expect((1...2).contains(world.warnings.all.count), "each duty tells it once: \(world.warnings.all)")
    world.files.clearFaults()
    world.pass(1)
    #expect(try world.snapshot()["dependencies"] != nil)
  }

  // MARK: Status and why

  @Test func theStatusSaysWhatTheGateKnows() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("pg"))
    world.pass(7)
    let lines = try world.report().lines
    #expect(lines[0].hasPrefix("orders: running, process 1, 2026-01-01T00:00:0"), "\(lines)")
    #expect(lines.contains("  level of the pipeline orders: normal"), "\(lines)")
    let line = try #require(lines.first { $0.hasPrefix("  pg@db:5432: ") })
    #expect(
      line.contains(
        "breaker open since 2026-01-01T00:00:00Z, because 5 calls failed within the window, next test in 23s"),
      "\(line)")
    #expect(line.contains("5 calls, 5 failures"), "\(line)")
  }

  @Test func theStatusSaysWhatPluginsCount() {
    let told: JSONValue = [
      "plugin": "pg", "counters": ["read_rows": 12], "gauges": ["lag_seconds": .number("0.5")], "dropped": 3,
    ]
    let report = StatusReport(["plugin_metrics": .array([told])], now: WallTime(microseconds: 0), isAlive: true)
    #expect(report.lines.last == "  pg counts: read_rows 12, lag_seconds 0.5; 3 reports left out")
  }

  @Test func aRunThatIsGoneIsNotRunning() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    let snapshot = try world.snapshot()
    #expect(StatusReport(snapshot, now: world.clock.wallTime(), isAlive: false).state == "killed")
    world.clock.advance(by: .seconds(11))
    #expect(StatusReport(snapshot, now: world.clock.wallTime(), isAlive: true).state == "not responding")
    world.service.stop("succeeded")
    #expect(try world.report().state == "succeeded")
  }

  @Test func whyLeadsFromTheFeatureToTheDependencysOwnWords() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    world.fail(world.site("a"), "connection refused by a")
    world.fail(world.site("b"), "connection refused by b")
    world.pass(1)
    let why = try Explanation("transformations", world.report()).lines
    #expect(why[0] == "transformations runs as 'pass_through' instead of 'nl_to_sql'", "\(why)")
    #expect(why[1] == "  because the pipeline orders is at 'level_2' (multiple_failures)")
    #expect(why[2] == "    because a@db:5432 and b@db:5432 refuse calls")
    #expect(why[3].hasPrefix("      a@db:5432: breaker open since ") && why[3].hasSuffix("next test in 29s"))
    #expect(why[4].contains("was transient: connection refused by a"))
    #expect(why[6].contains("was transient: connection refused by b"))
    let all = try Explanation(nil, world.report()).lines
    #expect(all.count == why.count && all[0].contains("and 5 more features"))
    let plugin = try Explanation("a", world.report()).lines
    #expect(plugin.count == 2 && plugin[0].hasPrefix("a@db:5432: breaker open"))
  }

  @Test func whyOfWhatIsNormalSaysSo() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    _ = world.site("pg")
    world.pass(1)
    #expect(try Explanation(nil, world.report()).lines.count == 1)
    let feature = try Explanation("data_ingestion", world.report()).lines
    #expect(feature == ["data_ingestion runs in full ('full').", "  pg@db:5432: breaker closed"])
    let report = try world.report()
    let failure = #expect(throws: Failure.self) { try Explanation("data_ingestio", report) }
    #expect(failure?.advice == "did you mean 'data_ingestion'?")
  }

  @Test func aPinIsExplainedAsAnOperators() throws {
    let world = ServiceWorld.fresh()
    world.service.restore()
    try OperatorDesk(home: "/site", files: world.files).change { $0.levels[""] = .level1 }
    world.pass(1)
    let why = try Explanation("anomaly_detection", world.report()).lines
    #expect(why[1] == "  because the platform is at 'level_1' (operator, pinned by an operator)", "\(why)")
    #expect(why.last == "    the level stays until an operator releases it")
  }
}
