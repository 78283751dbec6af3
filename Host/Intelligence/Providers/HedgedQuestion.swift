import HostGate
import HostModel
import HostPluginCalls
import HostPolicy

/// One question to one provider, of which there may be several copies: what `HedgedCall` decides is done here.
///
/// Each copy has an instance and a lane of its own. The first good answer is the answer; the other copies are cancelled and
/// end on their lanes, where their permits come back. Used by the thread that asks; copies report from theirs.
final class HedgedQuestion: @unchecked Sendable {
  // `ends` is guarded by the monitor; the rest is the asking thread's.
  typealias End = (attempt: FallbackAttempt, answer: Completion?)
  /// Makes a copy of the question; called on the copy's lane.
  typealias Ask = @Sendable (HedgedCall.Copy) -> End

  private let dependency: Dependency
  private let clock: any Clock
  private let lanes: any Lanes
  private let monitor: any Monitor
  private var ends: [(copy: HedgedCall.Copy, end: End)] = []
  private var machine: HedgedCall
  private var copies = 0

  init(_ policy: HedgePolicy, _ dependency: Dependency, clock: any Clock, lanes: any Lanes, deadline: Instant) {
    self.dependency = dependency
    self.clock = clock
    self.lanes = lanes
    monitor = lanes.makeMonitor()
    machine = HedgedCall(policy, latencies: dependency.metrics().latencies, isIdempotent: true, deadline: deadline)
  }

  /// - Parameter cancel: asks a copy to end; it counts for nothing any more.
  func run(_ ask: @escaping Ask, cancel: (HedgedCall.Copy) -> Void) -> End {
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
        outcome.cancel.forEach(cancel)
        var end = known[outcome.copy] ?? (FallbackAttempt(outcome.status), nil)
        end.attempt.copies = copies
        return end
      }
      action = next(due, &known)
    }
  }

  private func start(_ copy: HedgedCall.Copy, _ ask: @escaping Ask) {
    copies += 1
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

  /// Waits until a copy has ended or the next one is due.
  private func next(_ due: Instant?, _ known: inout [HedgedCall.Copy: End]) -> HedgedCall.Action {
    let ended = monitor.withLock { () -> (copy: HedgedCall.Copy, end: End)? in
      while ends.isEmpty {
        if let due, clock.now() >= due { return nil }
        _ = monitor.wait(until: due ?? .distantFuture)
      }
      return ends.removeFirst()
    }
    guard let ended else {
      return dependency.withRetryBudget { budget, now in machine.hedgeDue(at: now, budget: &budget) }
    }
    known[ended.copy] = ended.end
    switch ended.copy {
    case .primary: return machine.primaryEnded(ended.end.attempt.status)
    case .hedge(let number): return machine.hedgeEnded(ended.end.attempt.status, number: number)
    }
  }
}
