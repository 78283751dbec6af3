import HostModel
@testable import HostPolicy
import TestSupport
import Testing

/// Random calls of one dependency, one after another and with one budget, against a little world that does what it is told
/// and throws where it is told something illegal.
@Suite struct HedgeModelTests {
  enum Illegal: Error {
    case startedTwice, neverIdempotent, tooEarly, afterDeadline, afterFailure, tooMany, overdrawn, afterTheEnd
    case cancelledWhatIsNotOut, leftOut, finishedTooSoon, wrongResult, notFinished, leak
  }

  struct World {
    let isIdempotent: Bool
    let maxHedges: Int
    let deadline: Int64
    let begun: Int64
    /// Retries that the budget still pays, over all calls.
    var tokens: Int
    var lastStart: Int64
    var out: Set<HedgedCall.Copy> = []
    var hedges = 0
    var failed = false
    var primaryStatus: Status?
    var result: HedgedCall.Outcome?
    var due: Int64?

    mutating func start(_ copy: HedgedCall.Copy, due: Instant?, at now: Int64) throws {
      guard result == nil else { throw Illegal.afterTheEnd }
      if case .hedge(let number) = copy {
        hedges += 1
        guard isIdempotent else { throw Illegal.neverIdempotent }
        guard number == hedges, !out.contains(copy) else { throw Illegal.startedTwice }
        guard hedges <= maxHedges else { throw Illegal.tooMany }
        guard now - lastStart >= 200 else { throw Illegal.tooEarly }
        guard now < deadline else { throw Illegal.afterDeadline }
        guard !failed else { throw Illegal.afterFailure }
        guard tokens > 0 else { throw Illegal.overdrawn }
        tokens -= 1
      } else if !out.isEmpty || hedges > 0 {
        throw Illegal.startedTwice
      }
      out.insert(copy)
      lastStart = now
      self.due = due.map { $0.nanoseconds / 1_000_000 }
    }

    /// A copy ends, and the machine answers.
    mutating func end(_ copy: HedgedCall.Copy, _ status: Status, _ action: HedgedCall.Action) throws {
      out.remove(copy)
      if result != nil {
        guard action == .forget else { throw Illegal.afterTheEnd }
        return
      }
      if copy == .primary { primaryStatus = status }
      if status == .ok {
        return try finish(action, expecting: (.ok, copy))
      }
      failed = true
      due = nil
      guard out.isEmpty else {
        guard action == .keepWaiting else { throw Illegal.finishedTooSoon }
        return
      }
      try finish(action, expecting: (primaryStatus ?? .ok, .primary))
    }

    mutating func finish(_ action: HedgedCall.Action, expecting: (Status, HedgedCall.Copy)) throws {
      guard case .finish(let outcome) = action else { throw Illegal.notFinished }
      guard (outcome.status, outcome.copy) == expecting else { throw Illegal.wrongResult }
      guard outcome.cancel.allSatisfy(out.contains) else { throw Illegal.cancelledWhatIsNotOut }
      guard Set(outcome.cancel) == out else { throw Illegal.leftOut }
      result = outcome
    }
  }

  struct Tally {
    var hedges = 0, hedgeWins = 0, bothFail = 0, declined = 0, givenUp = 0
    var all: [Int] { [hedges, hedgeWins, bothFail, declined, givenUp] }
  }

  @Test func everyActionIsLegalAndEveryCopyComesBack() throws {
    var tally = Tally()
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      var tokens = Int.random(in: 0...4, using: &random)
      var budget = RetryBudget(.init(percentOfCalls: 0, reservePerSecond: 0, capacity: tokens), at: at(0))
      var now: Int64 = 0
      for _ in 0..<6 { try call(&budget, &tokens, &now, &random, &tally) }
      guard budget.balance == tokens else { throw Illegal.overdrawn }
    }
    print("hedge model: \(tally)")
    #expect(tally.all.allSatisfy { $0 > 0 } || SimulationSeeds.first(2).count == 1)
  }

  private func call(
    _ budget: inout RetryBudget, _ tokens: inout Int, _ now: inout Int64, _ random: inout SplitMix64,
    _ tally: inout Tally
  ) throws {
    let isIdempotent = Int.random(in: 0..<8, using: &random) > 0
    let hedges = Int.random(in: 0...3, using: &random)
    let deadline = now + Int64.random(in: 1...2000, using: &random)
    var call = HedgedCallTests.call(idempotent: isIdempotent, deadline: at(deadline), hedges: hedges)
    var world = World(
      isIdempotent: isIdempotent, maxHedges: hedges, deadline: deadline, begun: now, tokens: tokens, lastStart: now)
    guard case .start(let copy, let due) = call.started(at: at(now)) else { throw Illegal.notFinished }
    try world.start(copy, due: due, at: now)
    while world.result == nil || !world.out.isEmpty {
      now += Int64.random(in: 0...150, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        try ask(&call, &world, &budget, now, &tally)
      case 6 where Int.random(in: 0..<8, using: &random) == 0:
        let action = call.callerGaveUp(.cancelled)
        if world.result == nil {
          try world.finish(action, expecting: (.cancelled, .primary))
          tally.givenUp += 1
        }
      default:
        let out = world.out.sorted { "\($0)" < "\($1)" }
        guard let copy = out.randomElement(using: &random) else { continue }
        let status: Status = Int.random(in: 0..<5, using: &random) > 1 ? .ok : copy == .primary ? .timeout : .throttled
        let action: HedgedCall.Action
        if case .hedge(let number) = copy {
          action = call.hedgeEnded(status, number: number)
        } else {
          action = call.primaryEnded(status)
        }
        try world.end(copy, status, action)
      }
      guard call.copiesOut == world.out.count else { throw Illegal.leak }
    }
    tokens = world.tokens
    tally.hedges += world.hedges
    if let result = world.result, result.copy != .primary { tally.hedgeWins += 1 }
    if world.failed, world.hedges > 0, world.result?.status == .timeout { tally.bothFail += 1 }
  }

  /// A timer rings, at the right time or at another.
  private func ask(
    _ call: inout HedgedCall, _ world: inout World, _ budget: inout RetryBudget, _ now: Int64, _ tally: inout Tally
  ) throws {
    switch call.hedgeDue(at: at(now), budget: &budget) {
    case .start(let copy, let due): try world.start(copy, due: due, at: now)
    case .wait(let due):
      guard now < due.nanoseconds / 1_000_000, world.due == due.nanoseconds / 1_000_000 else { throw Illegal.tooEarly }
    case .decline(.budgetExhausted):
      guard world.tokens == 0, world.result == nil, !world.failed else { throw Illegal.overdrawn }
      world.due = nil
      tally.declined += 1
    case .decline(.noLongerNeeded):
      // Nothing else than one of these makes a hedge needless.
      let isNeedless = world.result != nil || world.failed || world.due == nil || now >= world.deadline
      guard isNeedless else { throw Illegal.finishedTooSoon }
      if now >= world.deadline { world.due = nil }
    case .finish, .forget, .keepWaiting: throw Illegal.wrongResult
    }
  }
}
