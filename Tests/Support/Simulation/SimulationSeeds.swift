import Foundation

/// The seeds of a simulated test: `SIM_SEED=n` runs that one alone, so that a failure can be looked at again.
package enum SimulationSeeds {
  /// - Returns: the numbers from 1 to `count`, or what `SIM_SEED` says.
  package static func first(_ count: Int) -> [UInt64] {
    if let named = ProcessInfo.processInfo.environment["SIM_SEED"].flatMap({ UInt64($0) }) { return [named] }
    return (1...UInt64(max(1, count))).map { $0 }
  }

  /// Runs `body` once a seed; an error that leaves it says which seed it was.
  package static func forEach(_ count: Int, _ body: (UInt64) throws -> Void) throws {
    for seed in first(count) {
      do { try body(seed) } catch { throw Failed(seed: seed, cause: error) }
    }
  }

  package struct Failed: Error, CustomStringConvertible {
    package let seed: UInt64
    package let cause: any Error
    package var description: String { "\(cause)\nThe seed was \(seed): SIM_SEED=\(seed) replays it." }
  }
}
