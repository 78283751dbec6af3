import HostGate
import HostModel
import HostPolicy
import Synchronization

/// The checkers beside the system, shared by its lanes. The first violation is kept.
final class ResilienceChecks: Sendable {
  private struct State {
    var judge = ResilienceJudge()
    var attempts = 0
    var slowest: [String: Duration] = [:]
  }

  private let state = Mutex(State())
  let coverage = Coverage()

  var first: Broken? { state.withLock { $0.judge.found.first } }

  func saw(_ observation: Observation) { state.withLock { $0.judge.saw(observation) } }

  /// - Returns: the attempt's number, for its end.
  func attemptBegan(_ attempt: Observation.Attempt, at now: Instant) -> Int {
    state.withLock { state in
      state.attempts += 1
      state.judge.saw(.attemptBegan(state.attempts, attempt, at: now))
      return state.attempts
    }
  }

  func attemptTook(_ name: String, _ duration: Duration) {
    state.withLock { $0.slowest[name] = max($0.slowest[name] ?? .zero, duration) }
  }

  /// The longest attempt at each dependency since the beginning.
  var slowest: [String: Duration] { state.withLock { $0.slowest } }

  /// What the run has shown, the checkers' subjects included.
  func summary() -> [String: Int] {
    let subjects = state.withLock { $0.judge.subjects }
    for (checker, count) in subjects { coverage.count("checker \(checker.rawValue)", count) }
    return coverage.counts
  }
}
