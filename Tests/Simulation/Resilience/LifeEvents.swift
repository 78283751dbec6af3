import HostGate
import HostModel
import HostPolicy
import Synchronization
import TestSupport

/// Events of one gate, written into the simulation's log and judged.
final class LifeEvents: Sendable {
  private struct State {
    var gate: Gate?
    var isRestoring = true
  }

  private let world: ResilienceWorld
  private let gauges: ScriptedGauges
  private let state = Mutex(State())

  init(_ world: ResilienceWorld, _ gauges: ScriptedGauges) {
    self.world = world
    self.gauges = gauges
  }

  func watch(_ gate: Gate) { state.withLock { $0.gate = gate } }

  /// From here on, changes of levels are this process's own.
  func restored() {
    state.withLock { $0.isRestoring = false }
    world.checks.saw(.restored)
  }

  func happened(_ event: GateEvent) {
    world.simulation.note("\(event.sequence) \(event.kind)")
    world.checks.coverage.happened(event.kind)
    switch event.kind {
    case .dependency(let key, .retry): world.checks.saw(.retried(key.plugin, at: event.at))
    case .dependency(let key, .breaker(let transition)):
      world.checks.saw(.moved(key.plugin, to: transition.to, for: transition.cause))
    case .dependency: break
    case .level(let change): world.checks.saw(.level(change, facts))
    }
  }

  /// A file could not be used. That the disk is full, or the process is gone, is no harm.
  func warned(_ failure: Failure) {
    world.simulation.note("warning: \(failure.message)")
    if failure.status == .transient || failure.status == .quotaExhausted || failure.status == .crashed { return }
    world.checks.saw(.unreadable(failure.message))
  }

  private var facts: Observation.Facts {
    let (gate, isRestoring) = state.withLock { ($0.gate, $0.isRestoring) }
    let now = world.now
    let refusing = (gate?.dependencies ?? []).filter { dependency in
      guard let rejection = dependency.metrics().rejection else { return false }
      return rejection.state == .forcedOpen || (rejection.state == .open && now < rejection.retryAt ?? .distantFuture)
    }
    return Observation.Facts(
      isRestored: isRestoring, unavailable: Set(refusing.map { $0.key.description }), machine: gauges.said,
      slowest: world.checks.slowest)
  }
}
