import HostFormats
import HostGate
import HostModel
import HostNotifications
import HostPolicy
import HostSystem
import Synchronization
import TestSupport

/// A gate and a notifier in virtual time, with receivers and commands that are real.
///
/// The gate's events go to the notifier, as they do in the host.
struct NotifierWorld: Sendable {
  let simulation: Simulation
  let gate: Gate
  let notifier: Notifier
  let seen: Seen

  /// What became known outside.
  final class Seen: Sendable {
    private let events = Mutex<[GateEvent]>([])
    private let failures = Mutex<[FailedDelivery]>([])
    private let notifier = Mutex<Notifier?>(nil)

    var allEvents: [GateEvent] { events.withLock { $0 } }
    var allFailures: [FailedDelivery] { failures.withLock { $0 } }

    func connect(_ notifier: Notifier) { self.notifier.withLock { $0 = notifier } }
    func add(_ failure: FailedDelivery) { failures.withLock { $0.append(failure) } }
    func add(_ event: GateEvent) {
      events.withLock { $0.append(event) }
      notifier.withLock { $0 }?.notify(event)
    }
  }

  /// Runs `body` on the simulation's first lane, and closes the notifier afterwards if it is not closed.
  static func run<R: Sendable>(
    _ targets: [NotificationTarget], seed: UInt64 = 1, inboxLimit: Int = 1000,
    _ body: @escaping @Sendable (NotifierWorld) throws -> R
  ) throws -> R {
    let simulation = Simulation(seed: seed)
    return try simulation.run {
      let seen = Seen()
      let gate = Gate(clock: simulation.clock, waiter: simulation.waiter, seed: seed) { seen.add($0) }
      var environment = NotifierEnvironment(
        gate: gate, lanes: simulation.lanes, clock: simulation.clock, spawner: SystemSpawner(), runID: "run-7")
      environment.inboxLimit = inboxLimit
      environment.report = { seen.add($0) }
      let notifier = try Notifier(targets, environment)
      seen.connect(notifier)
      defer { notifier.close(within: .seconds(600)) }
      return try body(NotifierWorld(simulation: simulation, gate: gate, notifier: notifier, seen: seen))
    }
  }

  /// Lets the notifier do what it does until the given second of virtual time.
  func advance(to second: Int64) { _ = simulation.waiter.wait(until: at(second), cancellation: nil) }

  func counts(_ target: String = "ops") -> NotifierCounts.Target { notifier.counts.targets[target] ?? .init() }
}

func webhook(
  _ url: String, headers: [WebhookHeader] = [], timeout: Duration = .seconds(20),
  _ change: (inout NotificationLedger.Configuration) -> Void = { _ in }
) throws -> NotificationTarget {
  var ledger = NotificationLedger.Configuration()
  change(&ledger)
  return NotificationTarget(
    "ops", .webhook(try WebhookAddress(url), headers: headers), timeout: timeout, ledger: ledger)
}

func webhook(
  _ receiver: HTTPReceiver, timeout: Duration = .seconds(20),
  _ change: (inout NotificationLedger.Configuration) -> Void = { _ in }
) throws -> NotificationTarget {
  try webhook("http://127.0.0.1:\(receiver.port)/hook", timeout: timeout, change)
}

func shell(_ script: String, timeout: Duration = .seconds(20)) -> NotificationTarget {
  NotificationTarget("ops", .command(executable: "/bin/sh", arguments: ["-c", script]), timeout: timeout)
}

extension HTTPReceiver.Request {
  var json: JSONValue? { try? JSONValue.parse(body) }
}
