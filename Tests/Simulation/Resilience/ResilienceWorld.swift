import HostControl
import HostGate
import HostModel
import HostPolicy
import HostQueue
import Synchronization
import TestSupport

/// A named violation of what the gate, the levels or the queue promise.
struct Broken: Error, CustomStringConvertible {
  let checker: String
  let description: String
  init(_ checker: String, _ what: String) {
    self.checker = checker
    description = "\(checker): \(what)"
  }
}

/// One pipeline in virtual time: its home and the servers outlive its processes, of which one follows the other.
///
/// 1. Every choice (policies, servers' faults, ends of processes, operators' words) is drawn from the seed.
/// 2. In the safety phase faults come as drawn. They end at `faultsEnd`; what then is within `bound` is convergence.
/// 3. Checkers stand beside the system and remember the first violation; the run then throws it.
final class ResilienceWorld: Sendable {
  static let faultsEnd = Instant(nanoseconds: 60_000_000_000)
  static let names = ["model", "sink", "source", "transform"]
  static let tick = Duration.milliseconds(250)

  let simulation: Simulation
  let memory: MemoryFileSystem
  let plan: ResiliencePlan
  let outside: Outside
  let checks = ResilienceChecks()

  init(_ seed: UInt64) {
    simulation = Simulation(seed: seed)
    memory = MemoryFileSystem(seed: seed, simulation: simulation)
    plan = ResiliencePlan(seed)
    outside = Outside(seed)
  }

  var now: Instant { simulation.clock.now() }

  func wait(_ duration: Duration, _ cancellation: Cancellation? = nil) {
    _ = simulation.waiter.wait(until: now.advanced(by: duration), cancellation: cancellation)
  }

  /// Until everything is closed, normal and landed after the last fault: a late call, the breaker's probes, three levels.
  var bound: Duration { .seconds(2 * 10 + 3 * plan.openSeconds + 20) + plan.degradation.longestRecovery + .seconds(60) }

  /// The log of the run, or the first violation.
  func run() throws -> String {
    try simulation.run { [self] in
      for (number, life) in plan.lives.enumerated() {
        let end = number == plan.lives.count - 1 ? Self.faultsEnd.advanced(by: bound) : life.end
        try ResilienceLife(self, number: number).run(until: end)
        if let broken = checks.first { throw broken }
        if number < plan.lives.count - 1 { memory.crash(life.loss) }
      }
    }
    if let broken = checks.first { throw broken }
    return simulation.log
  }
}

/// What the seed has chosen before the run.
struct ResiliencePlan: Sendable {
  struct Life: Sendable {
    let end: Instant
    let loss: CrashLoss
  }

  let lives: [Life]
  let gates: [String: GateConfiguration]
  let openSeconds: Int64
  var degradation = DegradationConfiguration()

  init(_ seed: UInt64) {
    var generator = SplitMix64(seed: seed ^ 0x9E37)
    openSeconds = Int64.random(in: 2...8, using: &generator)
    let ends = (0..<Int.random(in: 0...3, using: &generator)).map { _ in Int64.random(in: 3...55, using: &generator) }
    lives = (Array(Set(ends)).sorted() + [60]).map {
      Life(
        end: Instant(nanoseconds: $0 * 1_000_000_000),
        loss: CrashLoss.allCases.randomElement(using: &generator) ?? .nothing)
    }
    var all: [String: GateConfiguration] = [:]
    for name in ResilienceWorld.names { all[name] = Self.gate(openSeconds, &generator) }
    gates = all
    degradation.recoveryHold = .seconds(Int64.random(in: 1...6, using: &generator))
    degradation.latencyFactor = nil
    degradation.latencyDeadlinePercent = nil
  }

  private static func gate(_ open: Int64, _ generator: inout SplitMix64) -> GateConfiguration {
    var gate = GateConfiguration()
    gate.breaker.failureThreshold = Int.random(in: 2...5, using: &generator)
    gate.breaker.window = .time(length: .seconds(20), buckets: 20)
    gate.breaker.openDuration = .seconds(open)
    gate.breaker.halfOpenLimit = .seconds(5)
    gate.breaker.halfOpen = .consecutive(successes: Int.random(in: 1...3, using: &generator))
    gate.maxInFlight = [nil, 1, 2].randomElement(using: &generator) ?? nil
    gate.maxWait = .milliseconds(Int64.random(in: 0...1500, using: &generator))
    gate.budget = RetryBudget.Configuration(
      percentOfCalls: Int.random(in: 0...20, using: &generator), reservePerSecond: 0,
      capacity: Int.random(in: 1...4, using: &generator))
    return gate
  }
}

/// The servers: what they do to a call, and what the sink has. It survives every process.
final class Outside: Sendable {
  private struct State {
    var generator: SplitMix64
    var trouble: [String: (until: Instant, kind: Int)] = [:]
    var landed: Int = 0
    var acknowledged: Int = 0
  }

  private let state: Mutex<State>
  init(_ seed: UInt64) { state = Mutex(State(generator: SplitMix64(seed: seed &+ 77))) }

  func roll(_ upper: Int) -> Int { state.withLock { Int.random(in: 0..<upper, using: &$0.generator) } }

  /// How long a call takes and how it ends.
  func behaviour(of name: String, at now: Instant) -> (takes: Duration, status: Status) {
    state.withLock { state in
      guard now < ResilienceWorld.faultsEnd else { return (.milliseconds(20), .ok) }
      if let trouble = state.trouble[name], now < trouble.until {
        switch trouble.kind {
        case 0: return (.milliseconds(20), .transient)
        case 1: return (.milliseconds(Int64.random(in: 500...2500, using: &state.generator)), .ok)
        case 2: return (.milliseconds(Int64.random(in: 3000...9000, using: &state.generator)), .timeout)
        case 3: return (.milliseconds(10), .throttled)
        default: return (.milliseconds(200), .crashed)
        }
      }
      if Int.random(in: 0..<12, using: &state.generator) == 0 {
        let until = now.advanced(by: .milliseconds(Int64.random(in: 500...9000, using: &state.generator)))
        state.trouble[name] = (until, Int.random(in: 0..<5, using: &state.generator))
      }
      return (.milliseconds(20), .ok)
    }
  }

  /// The commit of one batch, fenced by its ordinal: one that has landed already is not landed again.
  /// - Returns: a violation of the order, if there is one.
  func commit(_ ordinal: Int, log: ResilienceChecks) {
    state.withLock { state in
      guard ordinal >= state.landed else { return }
      log.landed(ordinal)
      state.landed = ordinal + 1
    }
  }

  var landed: Int { state.withLock { $0.landed } }
  /// What the source need not give again.
  var acknowledged: Int { state.withLock { $0.acknowledged } }
  func acknowledge(_ ordinal: Int) { state.withLock { $0.acknowledged = max($0.acknowledged, ordinal + 1) } }
}
