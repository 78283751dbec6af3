import HostModel
@testable import HostPolicy
import TestSupport
import Testing

/// The whole gate machine against `GateModel`: calls that overlap, wait and end late, in random order.
@Suite struct GateModelTests {
  struct Disagreement: Error, CustomStringConvertible {
    let description: String
  }

  /// A machine, its model, and the calls that both know.
  struct World {
    enum Standing: Equatable { case waiting(Int64), queued(Bulkhead.Ticket, Int64), out(GatePermit) }

    var random: SplitMix64
    var machine: GateMachine<ConstantGenerator>
    var model: GateModel
    let terms: CallTerms
    var calls: [Int: GateCall] = [:]
    var standing: [Int: Standing] = [:]
    var now: Int64 = 0
    var level = DegradationLevel.normal
    var begun = 0
    /// What calls were told, by its name: the tests look whether each occurs.
    var told: [String: Int] = [:]

    mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func some<T>(_ all: [T]) -> T { all[roll(0...all.count - 1)] }

    // MARK: Events

    mutating func step() throws {
      switch roll(0...15) {
      case 0...4: try begin()
      case 5...9: try endOne()
      case 10...12:
        now += Int64(roll(0...400))
        try wakeAll()
      case 13:
        model.tick(now)
        _ = machine.timePassed(to: at(now))
      case 14:
        let command: Breaker.Command = some([.close, .close, .forceOpen, .instanceLost(.crashed)])
        model.command(command, now)
        _ = machine.commanded(command, at: at(now))
      default: level = some([.normal, .normal, .level1, .level2, .emergency])
      }
      try compare()
    }

    private mutating func begin() throws {
      begun += 1
      let deadline = now + Int64(roll(-50...3000))
      calls[begun] = GateCall(terms, deadline: at(deadline))
      model.calls[begun] = GateModel.Call(deadline: deadline)
      try ask(begun, isCancelled: roll(0...20) == 0)
    }

    private mutating func endOne() throws {
      let out = standing.keys.sorted().filter { if case .out = standing[$0] { true } else { false } }
      guard !out.isEmpty else { return }
      let statuses: [Status] = [
        .ok, .ok, .ok, .transient, .transient, .throttled, .crashed, .fatal, .badRecord, .cancelled, .deadlineExceeded,
      ]
      try end(some(out), some(statuses), retryAfter: roll(0...9) == 0 ? Int64(roll(1...2000)) : 0)
    }

    mutating func end(_ id: Int, _ status: Status, retryAfter: Int64) throws {
      guard case .out(let permit) = standing[id], var call = calls[id] else { return }
      standing[id] = nil
      let expected = model.end(id, status, retryAfter: retryAfter, now)
      let step = machine.attemptEnded(
        &call, permit, status: status, retryAfter: retryAfter > 0 ? .milliseconds(retryAfter) : nil, latency: nil,
        at: at(now))
      calls[id] = call
      try told(id, step.action, expected)
    }

    /// Those whose time has come, and those that were granted a slot, ask again; some are cancelled meanwhile.
    mutating func wakeAll() throws {
      for id in standing.keys.sorted() {
        switch standing[id] {
        case .waiting(let until) where until <= now: try ask(id, isCancelled: roll(0...20) == 0)
        case .queued(_, let until) where until <= now || model.granted.contains(id):
          try ask(id, isCancelled: roll(0...20) == 0)
        default: break
        }
      }
    }

    private mutating func ask(_ id: Int, isCancelled: Bool) throws {
      guard var call = calls[id] else { return }
      standing[id] = nil
      let expected = model.ask(id, level: level, isCancelled: isCancelled, now)
      let step = machine.attemptRequested(&call, level: level, isCancelled: isCancelled, at: at(now))
      calls[id] = call
      try told(id, step.action, expected)
    }

    // MARK: Comparing

    private mutating func told(_ id: Int, _ action: GateAction, _ expected: GateModel.Answer) throws {
      let answer: GateModel.Answer
      switch action {
      case .invoke(let permit, let attempt, let deadline, _):
        answer = .invoke(attempt: attempt, until: deadline.nanoseconds / 1_000_000)
        standing[id] = .out(permit)
      case .wait(let until):
        answer = .wait(until.nanoseconds / 1_000_000)
        standing[id] = .waiting(until.nanoseconds / 1_000_000)
      case .queue(let ticket, let until):
        answer = .queue(until.nanoseconds / 1_000_000)
        standing[id] = .queued(ticket, until.nanoseconds / 1_000_000)
      case .finish(.ended(let status, let stop)): answer = .ended(status, stop)
      case .finish(.rejected(let cause)): answer = .rejected(cause.kind)
      case .finish(.cancelled): answer = .cancelled
      case .finish(.deadlineExceeded): answer = .deadlineExceeded
      }
      guard answer == expected else {
        throw Disagreement(description: "call \(id): \(answer), the model says \(expected)")
      }
      told[Self.name(answer), default: 0] += 1
      // As the shell does it, after each change: a ticket may be redeemed by the next.
      try compare()
    }

    private static func name(_ answer: GateModel.Answer) -> String {
      switch answer {
      case .invoke(let attempt, _): attempt > 1 ? "another attempt" : "an attempt"
      case .rejected(let kind): kind.name
      case .ended(_, let stop): stop.map { "\($0)" } ?? "success"
      case .wait: "wait"
      case .queue: "queue"
      case .cancelled: "cancelled"
      case .deadlineExceeded: "deadline exceeded"
      }
    }

    private mutating func compare() throws {
      let tickets = machine.takeGrants()
      let known = model.granted.compactMap { id -> Bulkhead.Ticket? in
        if case .queued(let ticket, _) = standing[id] { ticket } else { nil }
      }
      guard tickets.allSatisfy(known.contains) else {
        throw Disagreement(description: "\(tickets) granted, not \(known)")
      }
      let out = standing.values.count { if case .out = $0 { true } else { false } }
      let pairs: [(String, Int, Int)] = [
        ("permits out", machine.permitsOut, out), ("slots taken", machine.bulkhead.inFlight, model.busy),
        ("waiting", machine.bulkhead.waitingCount, model.queue.count),
        ("retries left", machine.budget.balance, model.tokens / 100),
        ("transitions", Int(machine.breaker.generation), model.epoch),
      ]
      for (what, found, expected) in pairs where found != expected {
        throw Disagreement(description: "\(what): \(found), the model says \(expected)")
      }
    }

    /// All calls end, and nothing is held any more.
    mutating func drain() throws {
      level = .normal
      while !standing.isEmpty {
        for id in standing.keys.sorted() { try end(id, .ok, retryAfter: 0) }
        now += 500
        try wakeAll()
        try compare()
      }
      guard machine.permitsOut == 0, machine.bulkhead.inFlight == 0, machine.counters.calls == UInt64(begun) else {
        throw Disagreement(description: "\(machine.counters.calls) calls of \(begun) are over, or something is held")
      }
    }
  }

  private static func rules(_ random: inout SplitMix64) -> GateModel.Rules {
    func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    var rules = GateModel.Rules()
    rules.limit = number(0...3) == 0 ? nil : Int(number(0...3))
    rules.maxWaiting = Int(number(0...3))
    rules.maxWait = number(0...1) * number(0...1500)
    rules.askAgain = number(50...500)
    rules.threshold = Int(number(1...4))
    rules.openTime = number(100...2000)
    rules.successes = Int(number(1...3))
    rules.probeLimit = number(100...1000)
    rules.percent = Int(number(0...100))
    rules.capacity = Int(number(0...3))
    rules.retries = Int(number(1...5))
    rules.base = number(0...300)
    rules.cap = number(0...1000)
    rules.breakerWait = number(0...1) * number(1...3000)
    rules.levelWait = number(0...1) * number(1...3000)
    rules.timeout = number(0...1) == 0 ? nil : number(10...1000)
    rules.isIdempotent = number(0...3) > 0
    return rules
  }

  private static func world(_ seed: UInt64) -> World {
    var random = SplitMix64(seed: seed)
    let rules = rules(&random)
    var configuration = GateConfiguration()
    configuration.breaker.window = .count(1000)
    configuration.breaker.failureThreshold = rules.threshold
    configuration.breaker.failurePercent = nil
    configuration.breaker.openDuration = .milliseconds(rules.openTime)
    configuration.breaker.halfOpen = .consecutive(successes: rules.successes)
    configuration.breaker.halfOpenLimit = .milliseconds(rules.probeLimit)
    configuration.budget = .init(percentOfCalls: rules.percent, reservePerSecond: 0, capacity: rules.capacity)
    configuration.maxInFlight = rules.limit
    configuration.maxWait = .milliseconds(rules.maxWait)
    configuration.maxWaiting = rules.maxWaiting
    configuration.askAgain = .milliseconds(rules.askAgain)
    let retry = RetryConfiguration(
      maxRetries: rules.retries, baseDelay: .milliseconds(rules.base), maxDelay: .milliseconds(rules.cap),
      jitter: .additive(percent: 0))
    let terms = CallTerms(
      .dataIngestion, variant: .passThrough, retry: retry, isIdempotent: rules.isIdempotent,
      timeout: rules.timeout.map { .milliseconds($0) }, breakerWait: .milliseconds(rules.breakerWait),
      levelWait: .milliseconds(rules.levelWait))
    return World(
      random: random, machine: GateMachine(configuration, at: at(0), generator: .least), model: GateModel(rules),
      terms: terms)
  }

  @Test func tenThousandSequencesOfCallsAgreeWithTheModel() throws {
    var told: [String: Int] = [:]
    try SimulationSeeds.forEach(10_000) { seed in
      var world = Self.world(seed)
      for _ in 0..<world.roll(20...40) { try world.step() }
      try world.drain()
      told.merge(world.told, uniquingKeysWith: +)
    }
    print("gate model: \(told.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    let expected = [
      "an attempt", "another attempt", "wait", "queue", "success", "cancelled", "deadline exceeded", "degraded",
      "bulkhead_full", "breaker_open", "breaker_probing", "breaker_forced_open", "notRetriable", "notIdempotent",
      "attemptsExhausted", "deadline", "budgetExhausted",
    ]
    if told["an attempt", default: 0] > 1000 { #expect(expected.filter { told[$0] == nil } == []) }
  }
}
