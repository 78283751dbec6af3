import HostGate
import HostModel
import HostPolicy

/// What a checker guards. Each can fail: see `ResilienceCheckerTests` and `scripts/mutations.py`.
enum Checker: String, Sendable, CaseIterable {
  /// No more calls test a half-open breaker at once than its rule allows.
  case probes
  /// No attempt begins after its call's deadline, or may last beyond it.
  case deadline
  /// No call waits longer than its policy's patience.
  case patience
  /// Every change of a level has its cause, and what it says was so.
  case levelEvidence
  /// A breaker moves for what its present state has seen, never for a late result of an earlier one.
  case generation
  /// Nothing is held when all calls are over.
  case leak
  case retryBudget
  case lostBatch
  case doubledBatch
  /// Within the bound that the policies imply, everything is closed, normal and landed.
  case convergence
  /// A process can read what the one before it has kept.
  case memory
}

/// What happened, as the checkers see it: the event log that they judge.
enum Observation: Sendable {
  struct Attempt: Sendable {
    let name: String
    /// Counted from 1 within its call.
    let number: Int
    let callBegan: Instant
    let callDeadline: Instant
    /// When it was told to be done.
    let deadline: Instant
    /// Whether the breaker was half-open.
    let isProbe: Bool
  }

  struct Call: Sendable {
    let name: String
    let began: Instant
    let deadline: Instant
    let attempts: Int
    /// When its last attempt ended; when it began if there was none.
    let lastEnd: Instant
    /// What its attempts took together.
    let working: Duration
  }

  /// What was so at the moment of a change.
  struct Facts: Sendable {
    /// Whether the change only repeats what an earlier process has left.
    var isRestored = false
    /// Dependencies that would have refused a call.
    var unavailable: Set<String> = []
    var machine = MachineSignal()
    /// The longest attempt at each dependency in this process.
    var slowest: [String: Duration] = [:]
  }

  case processBegan([String: DependencyPolicy], DegradationConfiguration)
  /// What a closed breaker has from an earlier process: its window, and failures in a row, which no window forgets.
  case inherited(String, BreakerTally, inARow: Int)
  /// The number is the attempt's own.
  case attemptBegan(Int, Attempt, at: Instant)
  case attemptEnded(Int, Status, at: Instant)
  case retried(String, at: Instant)
  case callEnded(Call, at: Instant)
  case moved(String, to: BreakerStateName, for: BreakerCause)
  case level(DegradationScope.Change, Facts)
  case landed(Int)
  /// All calls of a process are over; what its gate still counts.
  case processEnded(String, permits: Int, inFlight: Int, waiting: Int)
  /// The last process has settled, or its time is up and this is left.
  case settled([String])
  case restored
  case unreadable(String)
}

/// A named violation of what the gate, the levels or the queue promise.
struct Broken: Error, Equatable, CustomStringConvertible {
  let checker: Checker
  let what: String
  var description: String { "\(checker.rawValue): \(what)" }
}
