package import HostGate
package import HostModel

/// Tells operators, on a lane of its own: the deduplicating ledger of each target, and its deliveries behind the gate.
///
/// `notify` takes the notification and returns at once, whatever a receiver does, so it may be called from the gate's
/// event sink. A receiver that fails costs the notifier's lane time and nobody else's. All targets share the lane: while
/// one is being tried, the others wait, until its breaker opens.
///
/// Any thread. It runs until it is closed.
package final class Notifier: Sendable {
  /// The plugin's place in the keys of the notifier's own dependencies: `notify@host:port`.
  package static let plugin = "notify"

  private let inbox: NotifierInbox
  private let cancellation = Cancellation()
  private let clock: any Clock

  /// - Parameter targets: with names of their own.
  /// - Throws: a `Failure` of the environment when no lane can be had.
  package init(_ targets: [NotificationTarget], _ environment: NotifierEnvironment) throws(Failure) {
    clock = environment.clock
    inbox = NotifierInbox(targets, environment)
    let lane = NotifierLane(targets, environment, inbox, cancellation)
    _ = try environment.lanes.start("notifier") { lane.run() }
  }

  package convenience init(
    _ targets: [NotificationTarget], gate: Gate, lanes: any Lanes, clock: any Clock, spawner: any ProcessSpawner,
    runID: String
  ) throws(Failure) {
    try self.init(
      targets, NotifierEnvironment(gate: gate, lanes: lanes, clock: clock, spawner: spawner, runID: runID))
  }

  /// Takes a notification, unless the inbox is full or closed: then it is counted as dropped, and the next summary tells
  /// how many were.
  package func notify(_ notification: OperatorNotification) { inbox.put(notification) }

  /// Takes what an operator is told of an event at the gate, if it is anything.
  package func notify(_ event: GateEvent) {
    if let notification = OperatorNotification(event) { notify(notification) }
  }

  package var counts: NotifierCounts { inbox.counts }

  /// Takes nothing more, sends what waits, for at most `limit`, and returns what came of it. A delivery under way at the
  /// end of that time is ended; `waiting` is then what was lost.
  @discardableResult
  package func close(within limit: Duration) -> NotifierCounts {
    if !inbox.close(until: clock.now().advanced(by: limit)) { cancellation.cancel() }
    return inbox.counts
  }
}
