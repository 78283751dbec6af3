import HostGate
import HostModel
import HostPolicy
import Synchronization
import TestSupport

/// Events of one gate, written into the simulation's log and judged.
final class LifeEvents: Sendable {
  private let simulation: Simulation
  private let checks: ResilienceChecks
  private let gate = Mutex<Gate?>(nil)

  init(_ simulation: Simulation, _ checks: ResilienceChecks) {
    self.simulation = simulation
    self.checks = checks
  }

  func watch(_ gate: Gate) { self.gate.withLock { $0 = gate } }

  func happened(_ event: GateEvent) {
    simulation.note("\(event.sequence) \(event.kind)")
    switch event.kind {
    case .dependency(let key, .retry): checks.withdrawn(key.plugin)
    case .dependency(let key, .breaker(let transition)): checks.moved(key.plugin, transition.cause)
    case .dependency: break
    case .level(let change):
      let gate = gate.withLock { $0 }
      checks.levelChanged(change) { name in
        let state = gate?.dependencies.first { $0.key.description == name }?.breakerState
        // Kept evidence of an earlier process may name a dependency that nobody has asked for yet.
        return state == nil || state == .open || state == .forcedOpen
      }
    }
  }
}
