package import HostModel

/// One attempt of which there may be several copies: the primary and its hedges.
///
/// It is told what happened and answers what to start, what to cancel and which copy's result is the call's:
/// 1. Once the primary has taken as long as the policy says, a hedge is started, if the call may be made twice and the retry
///    budget of its dependency pays for it.
/// 2. The first copy that succeeds is the result, and the others are cancelled.
/// 3. A copy that fails is no result while another is out. That one may still succeed, and its own answer may be the
///    hedge's doing: a conflict with what the primary has just written, a quota that the hedge used up.
/// 4. If all fail the status is the primary's: it is the one that would have been seen without hedging.
/// 5. After a failure no more hedges are started. What follows a failure is a retry, and those have their own place.
///
/// A copy that is cancelled still ends, and that it did is told here too: its permit has to come back.
package struct HedgedCall: Sendable, Equatable {
  package enum Copy: Sendable, Hashable {
    case primary
    /// Counted from 1.
    case hedge(Int)
  }

  /// Why a hedge that was due is not made.
  package enum Decline: String, Sendable, Equatable {
    case budgetExhausted = "budget_exhausted"
    /// A copy has failed since, the call is over, or its time is.
    case noLongerNeeded = "no_longer_needed"
  }

  package struct Outcome: Sendable, Equatable {
    package let status: Status
    /// The copy whose result this is.
    package let copy: Copy
    /// Copies that are out and have no part in the call any more.
    package let cancel: [Copy]
  }

  package enum Action: Sendable, Equatable {
    /// Make this copy. At the instant, if there is one, tell that the next is due, unless the call is over by then.
    case start(Copy, hedgeDue: Instant?)
    /// It is too early for a hedge: tell again at this instant.
    case wait(hedgeDue: Instant)
    case decline(Decline)
    /// Another copy is still out: the call is not over.
    case keepWaiting
    case finish(Outcome)
    /// A copy that had lost has ended.
    case forget
  }

  private enum State: Sendable, Equatable {
    /// Nothing is out. Can go to running.
    case ready
    /// At least one copy is out and none has succeeded. Can go to over.
    case running(Running)
    /// The result stands. These copies were cancelled and are still out.
    case over(losers: Set<Copy>)
  }

  private struct Running: Sendable, Equatable {
    var out: Set<Copy> = [.primary]
    var hedges = 0
    /// When the next hedge is due; nil if there will be none.
    var hedgeDue: Instant?
    /// What the primary ended with, if it has.
    var primaryStatus: Status?
  }

  private let maxHedges: Int
  /// Between a copy and the next; nil if the call is not hedged.
  private let delay: Duration?
  /// No hedge begins at it or later: it could not end in time.
  private let deadline: Instant
  private var state = State.ready

  /// - Parameters:
  ///   - policy: nil does not hedge.
  ///   - isIdempotent: whether making the call twice is the same as making it once. If not, it is not hedged.
  package init(_ policy: HedgePolicy?, latencies: LatencyHistogram, isIdempotent: Bool, deadline: Instant) {
    delay = isIdempotent ? policy?.delay(latencies) : nil
    maxHedges = policy?.maxHedges ?? 0
    self.deadline = deadline
  }

  /// Copies that were started and have not ended, those that were cancelled included.
  package var copiesOut: Int {
    switch state {
    case .ready: 0
    case .running(let running): running.out.count
    case .over(let losers): losers.count
    }
  }

  package mutating func started(at now: Instant) -> Action {
    guard case .ready = state else { preconditionFailure("a call was started twice") }
    var running = Running()
    running.hedgeDue = nextDue(after: running, at: now)
    state = .running(running)
    return .start(.primary, hedgeDue: running.hedgeDue)
  }

  /// The time has come that an action named.
  /// - Parameter budget: charged only if a hedge is made.
  package mutating func hedgeDue(at now: Instant, budget: inout RetryBudget) -> Action {
    guard case .running(var running) = state, let due = running.hedgeDue else { return .decline(.noLongerNeeded) }
    guard now >= due else { return .wait(hedgeDue: due) }
    defer { state = .running(running) }
    guard now < deadline else {
      running.hedgeDue = nil
      return .decline(.noLongerNeeded)
    }
    guard budget.withdraw(at: now) else {
      running.hedgeDue = nil
      return .decline(.budgetExhausted)
    }
    running.hedges += 1
    running.out.insert(.hedge(running.hedges))
    running.hedgeDue = nextDue(after: running, at: now)
    return .start(.hedge(running.hedges), hedgeDue: running.hedgeDue)
  }

  package mutating func primaryEnded(_ status: Status) -> Action { ended(.primary, status) }

  /// - Parameter number: counted from 1.
  package mutating func hedgeEnded(_ status: Status, number: Int = 1) -> Action {
    ended(.hedge(number), status)
  }

  /// The caller cancels, or its time is up: so is every copy.
  package mutating func callerGaveUp(_ status: Status) -> Action {
    guard case .running(let running) = state else { return .forget }
    return finish(status, .primary, losers: running.out)
  }

  private mutating func ended(_ copy: Copy, _ status: Status) -> Action {
    switch state {
    case .ready: preconditionFailure("a copy ended that was not started")
    case .over(var losers):
      precondition(losers.remove(copy) != nil, "a copy ended twice")
      state = .over(losers: losers)
      return .forget
    case .running(var running):
      precondition(running.out.remove(copy) != nil, "a copy ended twice")
      if copy == .primary { running.primaryStatus = status }
      guard status != .ok, status != .endOfStream else { return finish(status, copy, losers: running.out) }
      if running.out.isEmpty, let first = running.primaryStatus { return finish(first, .primary, losers: []) }
      running.hedgeDue = nil
      state = .running(running)
      return .keepWaiting
    }
  }

  private mutating func finish(_ status: Status, _ copy: Copy, losers: Set<Copy>) -> Action {
    state = .over(losers: losers)
    return .finish(Outcome(status: status, copy: copy, cancel: losers.sorted { $0.order < $1.order }))
  }

  private func nextDue(after running: Running, at now: Instant) -> Instant? {
    guard let delay, running.hedges < maxHedges else { return nil }
    let due = now.advanced(by: delay)
    return due < deadline ? due : nil
  }
}

extension HedgedCall.Copy {
  /// By when they were started.
  fileprivate var order: Int {
    switch self {
    case .primary: 0
    case .hedge(let number): number
    }
  }
}
