import HostGate
import HostModel
import HostPolicy
import Synchronization
import Testing
import TestSupport

private func second(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

/// The real gate under simulated lanes: its backoffs, windows and ticker wait in virtual time.
@Suite struct GateSimulationTests {
  private struct Seen: Sendable {
    var at: Instant
    var breaker: BreakerStateName
  }

  /// Events as text, in the order in which they happened.
  private final class Events: Sendable {
    private let all = Mutex<[GateEvent]>([])
    func add(_ event: GateEvent) { all.withLock { $0.append(event) } }
    var text: [String] {
      all.withLock { $0.sorted { $0.sequence < $1.sequence }.map { "\($0.at.nanoseconds) \($0.kind)" } }
    }
  }

  /// A server that is down for a while, and lanes that call it once a second for three minutes.
  private final class Outage: Sendable {
    static let down = second(5)..<second(70)
    static let end = second(180)
    let simulation: Simulation
    let events = Events()
    let gate: Gate
    let dependency: Dependency
    /// Calls as the server saw them.
    let seen = Mutex<[Seen]>([])
    let results = Mutex<[(at: Instant, status: Status)]>([])
    let mostProbes = Atomic<Int>(0)
    private let probes = Atomic<Int>(0)

    init(_ seed: UInt64) {
      simulation = Simulation(seed: seed)
      let events = events
      gate = Gate(clock: simulation.clock, waiter: simulation.waiter, seed: seed) { events.add($0) }
      dependency = gate.dependency(DependencyKey(plugin: "pg", endpoint: "db:5432"))
    }

    func wait(_ duration: Duration) {
      _ = simulation.waiter.wait(until: simulation.clock.now().advanced(by: duration), cancellation: nil)
    }

    func makeSite() -> CallSite {
      let origin = CallOrigin(tenant: .standard, sourceID: SourceID(7), pipeline: "orders")
      return CallSite(
        dependency, operation: .apiCall, feature: .transformations, variant: .predefinedSQL, isIdempotent: true,
        origin: origin, pipeline: gate.pipeline(origin))
    }

    /// The server's answer takes 10 ms.
    private func answer() -> CallOutcome {
      let state = dependency.breakerState
      seen.withLock { $0.append(Seen(at: simulation.clock.now(), breaker: state)) }
      if state == .halfOpen {
        mostProbes.max(probes.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
      }
      wait(.milliseconds(10))
      if state == .halfOpen { probes.subtract(1, ordering: .relaxed) }
      return CallOutcome(Self.down.contains(simulation.clock.now()) ? .transient : .ok)
    }

    private func callEverySecond(_ site: CallSite) {
      while simulation.clock.now() < Self.end {
        let result = site.perform(deadline: .distantFuture) { _ in answer() }
        results.withLock { $0.append((simulation.clock.now(), result.status)) }
        wait(.seconds(1))
      }
    }

    func run() throws {
      try simulation.run { [self] in
        let ticking = Cancellation()
        _ = try simulation.lanes.start("ticker") { [self] in
          gate.runTicker(every: .milliseconds(100), cancellation: ticking)
        }
        let shared = makeSite()
        let callers = try (0..<3).map { number in
          try simulation.lanes.start("caller") { [self] in callEverySecond(number == 0 ? makeSite() : shared) }
        }
        for caller in callers { caller.join() }
        ticking.cancel()
      }
    }
  }

  @Test func anOutageOfAMinutePassesInVirtualTime() throws {
    try SimulationSeeds.forEach(12) { seed in
      let outage = Outage(seed)
      try outage.run()
      let seen = outage.seen.withLock { $0 }
      let results = outage.results.withLock { $0 }
      // Safety: nothing passes an open breaker, one probe at a time, and hardly anything reaches a server that is down.
      #expect(!seen.contains { $0.breaker == .open }, "seed \(seed)")
      #expect(outage.mostProbes.load(ordering: .relaxed) == 1, "seed \(seed)")
      let during = seen.count { second(10) < $0.at && $0.at < Outage.down.upperBound }
      #expect(during <= 3, "seed \(seed): \(during) calls of a server that is down")
      #expect(results.contains { $0.status == .rejected }, "seed \(seed)")
      // Liveness: an open time and three probes after the end of the outage everything succeeds.
      let late = results.filter { $0.at > Outage.down.upperBound.advanced(by: .seconds(36)) }
      #expect(late.count > 100 && late.allSatisfy { $0.status == .ok }, "seed \(seed)")
      checkCounts(outage, results.map(\.status))
    }
  }

  private func checkCounts(_ outage: Outage, _ results: [Status]) {
    let metrics = outage.dependency.metrics()
    #expect(metrics.permitsOut == 0 && metrics.breaker == .closed, "seed \(outage.simulation.seed)")
    #expect(metrics.counters.calls == UInt64(results.count))
    #expect(metrics.counters.successes == UInt64(results.count { $0 == .ok }))
    #expect(metrics.counters.rejectedCount == UInt64(results.count { $0 == .rejected }))
  }

  @Test func oneSeedGivesOneStoryOfAnOutage() throws {
    for seed in SimulationSeeds.first(2) {
      let (first, second) = (Outage(seed), Outage(seed))
      try first.run()
      try second.run()
      #expect(first.events.text == second.events.text && !first.events.text.isEmpty, "seed \(seed)")
      #expect(Array(first.simulation.log.utf8) == Array(second.simulation.log.utf8), "seed \(seed)")
    }
  }

  /// The first wait is 200 ms and the second 400 ms, with up to 10 % more: 300 ms lies in the second.
  @Test func aCancelledCallEndsInTheMiddleOfItsBackoff() throws {
    try SimulationSeeds.forEach(20) { seed in
      let outage = Outage(seed)
      let simulation = outage.simulation
      try simulation.run {
        let cancellation = Cancellation()
        let caller = try simulation.lanes.start("caller") {
          let result = outage.makeSite().perform(deadline: .distantFuture, cancellation: cancellation) { _ in
            CallOutcome(.transient)
          }
          #expect(result.status == .cancelled && result.attempts == 2, "seed \(seed)")
          #expect(simulation.clock.now() == Instant(nanoseconds: 300_000_000), "seed \(seed)")
        }
        outage.wait(.milliseconds(300))
        cancellation.cancel()
        caller.join()
      }
      #expect(outage.dependency.metrics().permitsOut == 0, "seed \(seed)")
    }
  }
}
