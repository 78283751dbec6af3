import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct ResilienceSimulationTests {
  private static var count: Int { HeadraceInstallation.isSoak ? 5000 : 300 }

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

  /// Whoever is refused by a run in which nothing was changed looks for his own mistake: only a soak looks for new ones.
  @Test(.enabled(if: HeadraceInstallation.isSoak)) func aFreshSeedHoldsToo() throws {
    let seed = UInt64.random(in: 1_000_000...UInt64.max)
    print("resilience simulation: fresh seed, SIM_SEED=\(seed) replays it")
    #expect(throws: Never.self, "SIM_SEED=\(seed) replays it") { _ = try ResilienceWorld(seed).run() }
  }

  /// The digest is the same in every process, too: compare it where a seed does not replay.
  @Test func oneSeedGivesOneStory() throws {
    var (digest, warnings): (UInt64, Int) = (0xCBF2_9CE4_8422_2325, 0)
    for seed in SimulationSeeds.first(10) {
      let (first, second) = (try ResilienceWorld(seed).run().log, try ResilienceWorld(seed).run().log)
      #expect(Array(first.utf8) == Array(second.utf8), "seed \(seed)")
      warnings += first.matches(of: /warning: .*tmp/).count
      for byte in first.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    if ProcessInfo.processInfo.environment["SIM_SEED"] == nil {
      #expect(warnings > 0, "no warning names a temporary file, and nothing is shown of their names")
    }
    print("resilience simulation: digest of the logs (FNV-1a) \(String(digest, radix: 16))")
  }
}
