import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct ResilienceSimulationTests {
  private static var count: Int { ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == "1" ? 5000 : 300 }

  @Test func whateverFailsNothingIsLostAndEverythingRecovers() throws {
    var (counts, closest) = ([String: Int](), 0.0)
    try SimulationSeeds.forEach(Self.count) { seed in
      let outcome = try ResilienceWorld(seed).run()
      counts.merge(outcome.counts, uniquingKeysWith: +)
      closest = max(closest, outcome.settled / outcome.bound)
    }
    print("resilience simulation: what happened, and how often\n\(Coverage.table(counts))")
    print("resilience simulation: the slowest settled after \(Int(closest * 100)) % of its bound")
    // One seed alone shows only a part.
    guard ProcessInfo.processInfo.environment["SIM_SEED"] == nil else { return }
    #expect(Coverage.expected.filter { counts[$0, default: 0] == 0 } == [], "this was never simulated")
  }

  @Test func aFreshSeedHoldsToo() throws {
    let seed = UInt64.random(in: 1_000_000...UInt64.max)
    print("resilience simulation: fresh seed, SIM_SEED=\(seed) replays it")
    #expect(throws: Never.self, "SIM_SEED=\(seed) replays it") { _ = try ResilienceWorld(seed).run() }
  }

  @Test func oneSeedGivesOneStory() throws {
    for seed in SimulationSeeds.first(10) {
      let (first, second) = (try ResilienceWorld(seed).run().log, try ResilienceWorld(seed).run().log)
      #expect(Array(first.utf8) == Array(second.utf8), "seed \(seed)")
    }
  }
}
