import Foundation
import TestSupport
import Testing

@Suite struct ResilienceSimulationTests {
  private static var count: Int { ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == "1" ? 5000 : 300 }

  @Test func whateverFailsNothingIsLostAndEverythingRecovers() throws {
    try SimulationSeeds.forEach(Self.count) { seed in _ = try ResilienceWorld(seed).run() }
  }

  @Test func aFreshSeedHoldsToo() throws {
    let seed = UInt64.random(in: 1_000_000...UInt64.max)
    print("resilience simulation: fresh seed, SIM_SEED=\(seed) replays it")
    #expect(throws: Never.self, "SIM_SEED=\(seed) replays it") { _ = try ResilienceWorld(seed).run() }
  }

  @Test func oneSeedGivesOneStory() throws {
    for seed in SimulationSeeds.first(3) {
      let (first, second) = (try ResilienceWorld(seed).run(), try ResilienceWorld(seed).run())
      #expect(Array(first.utf8) == Array(second.utf8), "seed \(seed)")
    }
  }
}
