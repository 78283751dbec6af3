package import HostModel

/// Lanes of a simulation.
package struct SimulatedLanes: Lanes {
  let simulation: Simulation

  package func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) -> any LaneHandle {
    let lane = simulation.launch(name, body)
    simulation.point()
    return SimulatedLane(simulation: simulation, number: lane)
  }

  package func makeMonitor() -> any Monitor {
    SimulatedMonitor(simulation: simulation, number: simulation.makeMonitor())
  }
}

private struct SimulatedLane: LaneHandle {
  let simulation: Simulation
  let number: Int

  func join() {
    guard !simulation.isIdle else { return }
    simulation.pass { $0.joinBegan(number) }
  }
}

/// A lock whose holder the seed chooses.
///
/// Before and after a run nobody else is there: locking then does nothing, so that a test can look at what is left.
private final class SimulatedMonitor: Monitor {
  private let simulation: Simulation
  private let number: Int

  init(simulation: Simulation, number: Int) {
    self.simulation = simulation
    self.number = number
  }

  func lock() {
    guard !simulation.isIdle else { return }
    simulation.pass { $0.lockWanted(number) }
  }

  func unlock() {
    guard !simulation.isIdle else { return }
    simulation.passAsHolder(number, "unlocks") { $0.unlocked(number) }
  }

  func wait(until deadline: Instant) -> Bool {
    simulation.passAsHolder(number, "waits on") { $0.waitBegan(number, until: deadline) }
    return simulation.wake() != .elapsed
  }

  func signalAll() {
    guard !simulation.isIdle else { return }
    simulation.passAsHolder(number, "signals") { $0.signalled(number) }
  }
}

/// Waits in virtual time.
package struct SimulatedWaiter: Waiter {
  let simulation: Simulation

  package func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    let lane = simulation.runningLane
    // Only lanes cancel, and only one runs: nobody can cancel between the look and the sleep.
    guard cancellation?.isCancelled != true else {
      simulation.point()
      return .cancelled
    }
    let registration = cancellation?.onCancel { [simulation] in simulation.cancelSleep(lane) }
    defer { if let registration { cancellation?.remove(registration) } }
    simulation.pass { $0.sleepBegan(until: instant) }
    return simulation.wake() == .cancelled ? .cancelled : .elapsed
  }
}
