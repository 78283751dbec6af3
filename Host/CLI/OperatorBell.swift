import HostGate
import HostModel
import HostNotifications
import HostSystem
import Synchronization

/// Tells operators what happens at the gate, by what the platform file says; nobody if it says nothing.
final class OperatorBell: Sendable {
  /// How long the end of a run waits for notifications that are under way.
  private static let patience: Duration = .seconds(5)
  private let notifier = Mutex<Notifier?>(nil)

  /// Begins to tell. What happened before is not told.
  func start(_ composition: Composition) throws(Failure) {
    guard let targets = composition.settings.notifications, !targets.isEmpty else { return }
    var environment = NotifierEnvironment(
      gate: composition.gate, lanes: composition.lanes, clock: composition.clock, spawner: SystemSpawner(),
      runID: String(UInt64.random(in: 0 ... .max), radix: 16))
    environment.report = { Terminal.line("warning: \($0)", to: .error) }
    let made = try Notifier(targets, environment)
    notifier.withLock { $0 = made }
  }

  func ring(_ event: GateEvent) { notifier.withLock { $0 }?.notify(event) }

  /// Sends what waits.
  func stop() { _ = notifier.withLock { $0.take() }?.close(within: Self.patience) }
}
