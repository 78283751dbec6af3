import Foundation

/// Random numbers from a seed that a test prints (SplitMix64: Steele, Lea and Flood, 2014).
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Where tests over random data begin.
package enum TestSeed {
  /// The same number in every run, so that what a run finds follows from what was changed and not from luck; another one each
  /// time where `HEADRACE_SOAK=1` looks for what nobody has thought of. `SIM_SEED=n` replays that one.
  package static func of(_ usual: UInt64) -> UInt64 {
    let named = ProcessInfo.processInfo.environment["SIM_SEED"].flatMap { UInt64($0) }
    return named ?? (HeadraceInstallation.isSoak ? .random(in: 0...999_999_999) : usual)
  }
}
