import HostGate
import HostModel
import HostPluginCalls
import HostPolicy

/// One question to one provider, of which there may be several copies: what `HedgedCall` decides is done here.
///
/// Each copy has an instance and a lane of its own, the first included: a call that never returns costs its lane, and not
/// whoever asks. The first good answer is the answer; the other copies are cancelled and end on their lanes, where their
/// permits come back. Used by the thread that asks; copies report from theirs.
final class HedgedQuestion: @unchecked Sendable {
  // `ends` is guarded by the monitor; the rest is the asking thread's.
  typealias End = (attempt: FallbackAttempt, answer: Completion?)
  /// Makes a copy of the question; called on the copy's lane.
  typealias Ask = @Sendable (HedgedCall.Copy) -> End

  /// What is done with copies that are under way.
  struct Copies {
    /// Asks one to end; it counts for nothing any more.
    let cancel: (HedgedCall.Copy) -> Void
    /// Whether one has been given up and will not report.
    let isLost: (HedgedCall.Copy) -> Bool
  }

  /// How long nobody looks whether a copy is lost.
  private static let look: Duration = .milliseconds(100)

  private let dependency: Dependency
  private let clock: any Clock
  private let lanes: any Lanes
  private let monitor: any Monitor
  private var ends: [(copy: HedgedCall.Copy, end: End)] = []
  private var machine: HedgedCall
  private var copies = 0
  private var out: [HedgedCall.Copy] = []

  /// - Parameter policy: nil asks once.
  init(_ policy: HedgePolicy?, _ dependency: Dependency, clock: any Clock, lanes: any Lanes, deadline: Instant) {
    self.dependency = dependency
    self.clock = clock
    self.lanes = lanes
    monitor = lanes.makeMonitor()
    machine = HedgedCall(policy, latencies: dependency.metrics().latencies, isIdempotent: true, deadline: deadline)
  }

  func run(_ ask: @escaping Ask, _ underWay: Copies) -> End {
    var due: Instant?
    var known: [HedgedCall.Copy: End] = [:]
    var action = machine.started(at: clock.now())
    while true {
      switch action {
      case .start(let copy, let next):
        due = next
        start(copy, ask)
      case .wait(let next): due = next
      case .decline, .keepWaiting: due = nil
      case .forget: break
      case .finish(let outcome):
        outcome.cancel.forEach(underWay.cancel)
        var end = known[outcome.copy] ?? (FallbackAttempt(outcome.status), nil)
        end.attempt.copies = copies
        return end
      }
      action = next(due, &known, underWay)
    }
  }

  private func start(_ copy: HedgedCall.Copy, _ ask: @escaping Ask) {
    copies += 1
    out.append(copy)
    do throws(Failure) {
      _ = try lanes.start("question") { [self] in tell(copy, ask(copy)) }
    } catch { tell(copy, (FallbackAttempt(.transient, message: error.message), nil)) }
  }

  private func tell(_ copy: HedgedCall.Copy, _ end: End) {
    monitor.withLock {
      ends.append((copy, end))
      monitor.signalAll()
    }
  }

  /// Waits until a copy has ended, or is lost, or the next one is due.
  private func next(
    _ due: Instant?, _ known: inout [HedgedCall.Copy: End], _ underWay: Copies
  ) -> HedgedCall.Action {
    let ended = monitor.withLock { () -> (copy: HedgedCall.Copy, end: End)? in
      while ends.isEmpty {
        let now = clock.now()
        if let due, now >= due { return nil }
        if let lost = out.first(where: underWay.isLost) {
          return (lost, (FallbackAttempt(.hung, message: "the call did not return and was given up"), nil))
        }
        _ = monitor.wait(until: min(due ?? .distantFuture, now.advanced(by: Self.look)))
      }
      return ends.removeFirst()
    }
    guard let ended else {
      return dependency.withRetryBudget { budget, now in machine.hedgeDue(at: now, budget: &budget) }
    }
    known[ended.copy] = ended.end
    out.removeAll { $0 == ended.copy }
    switch ended.copy {
    case .primary: return machine.primaryEnded(ended.end.attempt.status)
    case .hedge(let number): return machine.hedgeEnded(ended.end.attempt.status, number: number)
    }
  }
}
