import HostGate
import HostPolicy
import Synchronization

/// What goes wrong in the simulation.
enum Fault: String, Sendable, CaseIterable {
  case error, slow, timeout, late, throttled, crashed
  case instanceLost = "instance lost"
  case operatorPin = "operator pin"
  case operatorCommand = "operator command"
  case clockJump = "clock jump"
  case diskFull = "disk full"
  case ioError = "I/O error"
  case cpu = "processors taken"
  case memory = "memory taken"
  case diskLow = "disk low"
  case lanesLost = "lanes lost"
  case endBetween = "end between operations"
  case endWithin = "end within an operation"
  case endAtStart = "end while starting"
  case keptAll = "end that loses nothing"
  case keptSome = "end that loses some"
  case keptNone = "end that loses all unsynced"
}

/// How often what was to be simulated has happened.
final class Coverage: Sendable {
  private let state = Mutex<[String: Int]>([:])

  var counts: [String: Int] { state.withLock { $0 } }

  func count(_ what: String, _ times: Int = 1) { state.withLock { $0[what, default: 0] += times } }
  func happened(_ fault: Fault) { count("fault \(fault.rawValue)") }

  func happened(_ kind: GateEvent.Kind) {
    switch kind {
    case .level(let change):
      count("edge to \(change.to.name) by \(change.cause.rawValue)")
    case .dependency(_, .breaker(let transition)):
      count("state \(transition.to.rawValue)")
      count("breaker moved by \(transition.cause.label)")
    case .dependency(_, .rejected(let cause, let calls)): count("rejected \(cause.kind.name)", calls)
    case .dependency(_, .waiting(let cause, _)): count("waiting \(cause.kind.name)")
    case .dependency(_, .retry): count("retried")
    case .dependency(_, .budgetExhausted(let calls)): count("budget exhausted", calls)
    }
  }

  /// Everything that has to happen in enough runs. Edges lead where their causes lead; the way back, and operators, to all.
  static let expected: [String] = {
    var names = BreakerStateName.allCases.map { "state \($0.rawValue)" }
    names += RejectionCause.Kind.allCases.map { "rejected \($0.name)" }
    names += Fault.allCases.map { "fault \($0.rawValue)" }
    names += Checker.allCases.map { "checker \($0.rawValue)" }
    for cause in DegradationCause.allCases {
      switch cause {
      case .recovered: names += ["normal", "level_1", "level_2"].map { "edge to \($0) by \(cause.rawValue)" }
      case .pinned: names += DegradationLevel.allCases.map { "edge to \($0.name) by \(cause.rawValue)" }
      default: names.append("edge to \(cause.level.name) by \(cause.rawValue)")
      }
    }
    names += [
      "failures", "failure rate", "slow rate", "consecutive failures", "instance lost", "open time passed",
      "probe failed",
      "probes failed", "probe overdue", "probes succeeded", "operator",
    ].map { "breaker moved by \($0)" }
    names += ["waiting degraded", "waiting breaker_open", "waiting breaker_probing", "retried", "budget exhausted"]
    return names + ["write cut short"]
  }()

  static func table(_ counts: [String: Int]) -> String {
    (Set(counts.keys).union(expected)).sorted().map { "  \($0): \(counts[$0] ?? 0)" }.joined(separator: "\n")
  }
}

extension BreakerCause {
  /// Unlike `name`, tells sample and window apart.
  fileprivate var label: String {
    switch self {
    case .failures: "failures"
    case .failureRate: "failure rate"
    case .slowRate: "slow rate"
    case .consecutiveFailures: "consecutive failures"
    case .instanceLost: "instance lost"
    case .openTimePassed: "open time passed"
    case .probeFailed: "probe failed"
    case .probesFailed: "probes failed"
    case .probeOverdue: "probe overdue"
    case .probesSucceeded: "probes succeeded"
    case .operatorCommand: "operator"
    }
  }
}
