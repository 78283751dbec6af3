import HostGate
import HostModel
import HostPolicy
import Synchronization
import TestSupport

/// One pipeline in virtual time: its home and the servers outlive its processes, of which one follows the other.
///
/// 1. Every choice (policies, servers' faults, ends of processes, operators' words) is drawn from the seed.
/// 2. In the safety phase faults come as drawn. They end at `faultsEnd`; what then is within `bound` is convergence.
/// 3. Checkers stand beside the system and remember the first violation; the run then throws it.
final class ResilienceWorld: Sendable {
  /// What a run without a violation leaves.
  struct Outcome: Sendable {
    let log: String
    let counts: [String: Int]
    /// How long the last process needed to settle, of how long it may.
    let settled: Duration
    let bound: Duration
  }

  static let faultsEnd = Instant.second(60)
  static let names = ["model", "sink", "source", "transform"]
  static let tick = Duration.milliseconds(250)
  /// How often the service looks.
  static let look = Duration.seconds(1)
  /// How often operators and disturbances come.
  static let orders = Duration.seconds(1)
  /// It has settled when nothing has been left for so long.
  static let calm = Duration.seconds(5)

  let simulation: Simulation
  let memory: MemoryFileSystem
  let plan: ResiliencePlan
  let outside: Outside
  let checks = ResilienceChecks()
  private let settledAfter = Mutex(Duration.zero)

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

  func settled(after duration: Duration) { settledAfter.withLock { $0 = duration } }

  func run() throws -> Outcome {
    try simulation.run { [self] in
      for (number, life) in plan.lives.enumerated() {
        try live(life, number: number, isLast: number == plan.lives.count - 1)
        if let broken = checks.first { throw broken }
      }
    }
    if let broken = checks.first { throw broken }
    checks.coverage.count("write cut short", memory.writesCut)
    let settled = settledAfter.withLock { $0 }
    return Outcome(log: simulation.log, counts: checks.summary(), settled: settled, bound: plan.bound)
  }

  private func live(_ life: ResiliencePlan.Life, number: Int, isLast: Bool) throws {
    simulation.note("process \(number) begins")
    if case .atStart(let operations) = life.end {
      memory.inject(.crashWithin(memory.trace.count + operations))
    }
    do { try ResilienceLife(self, number: number).run(life, isLast: isLast) } catch let failure as Failure {
      guard failure.status == .crashed else { throw failure }
    }
    guard !isLast else { return }
    if case .atStart = life.end, memory.isCrashed { checks.coverage.happened(.endAtStart) }
    checks.coverage.happened(life.loss)
    memory.crash(life.loss)
  }
}

extension Coverage {
  func happened(_ loss: CrashLoss) {
    switch loss {
    case .nothing: happened(Fault.keptAll)
    case .someUnsynced: happened(Fault.keptSome)
    case .everythingUnsynced: happened(Fault.keptNone)
    }
  }
}
