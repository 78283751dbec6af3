import HostGate
import HostModel

/// What the notifier's lane does until the notifier is closed.
struct NotifierLane: Sendable {
  /// A target and what it has been told. The lane's alone.
  private struct Outlet {
    let delivery: NotificationDelivery
    var ledger: NotificationLedger
  }

  private let deliveries: [NotificationDelivery]
  private let environment: NotifierEnvironment
  private let inbox: NotifierInbox
  private let cancellation: Cancellation

  init(
    _ targets: [NotificationTarget], _ environment: NotifierEnvironment, _ inbox: NotifierInbox,
    _ cancellation: Cancellation
  ) {
    deliveries = targets.map { NotificationDelivery($0, environment) }
    self.environment = environment
    self.inbox = inbox
    self.cancellation = cancellation
  }

  func run() {
    var outlets = deliveries.map { Outlet(delivery: $0, ledger: NotificationLedger($0.target.ledger)) }
    var isOver = false
    while !isOver {
      let work = inbox.next(due: outlets.compactMap(\.ledger.nextDue).min())
      for index in outlets.indices { outlets[index].ledger.dropped(work.dropped) }
      for notification in work.notifications {
        for index in outlets.indices { raise(notification, &outlets[index]) }
      }
      for index in outlets.indices { look(&outlets[index], isLast: work.isLast) }
      isOver = work.isLast
    }
    inbox.ended()
  }

  private func raise(_ notification: OperatorNotification, _ outlet: inout Outlet) {
    let target = outlet.delivery.target
    guard notification.isFor(target) else { return inbox.count(target.name) { $0.others += 1 } }
    let repeats = outlet.ledger.repeats
    let message = outlet.ledger.raised(notification, at: environment.clock.now())
    if outlet.ledger.repeats > repeats { inbox.count(target.name) { $0.repeated += 1 } }
    if let message { send(message, &outlet) }
  }

  private func look(_ outlet: inout Outlet, isLast: Bool) {
    let now = environment.clock.now()
    let message = isLast ? outlet.ledger.closing(at: now) : outlet.ledger.timePassed(to: now)
    if let message { send(message, &outlet) }
  }

  private func send(_ message: NotificationMessage, _ outlet: inout Outlet) {
    let target = outlet.delivery.target
    let now = environment.clock.now()
    let deadline = [now.advanced(by: outlet.delivery.limit), inbox.end].compactMap { $0 }.min() ?? now
    let id = "\(environment.runID)-\(target.name)-\(message.number)"
    let result = outlet.delivery.deliver(message, id: id, until: deadline, cancellation)
    if result.isSuccess {
      outlet.ledger.delivered(message)
      inbox.count(target.name) {
        $0.messages += 1
        $0.delivered += message.count
      }
      return
    }
    inbox.count(target.name) { $0.failed += 1 }
    outlet.ledger.deliveryFailed(
      message, retryAfter: result.failure?.lastError?.retryAfter, at: environment.clock.now())
    environment.report(
      FailedDelivery(
        target: target.name, dependency: target.dependency, status: result.status, attempts: result.attempts,
        explanation: result.explanation, waiting: outlet.ledger.pendingCount))
  }
}
