import HostGate
import HostModel

/// What the notifier's lane is handed, and what it tells of its work.
final class NotifierInbox: @unchecked Sendable {
  // Unchecked: everything that changes is guarded by the monitor, which is never held during a delivery.

  struct Work {
    var notifications: [OperatorNotification]
    /// Lost since the last time.
    var dropped: Int
    /// Deliveries have to be over by then, if the notifier is being closed.
    var closesAt: Instant?
    /// There is nothing more to come.
    var isLast: Bool
  }

  private let monitor: any Monitor
  private let clock: any Clock
  private let limit: Int
  /// Of notifications about the notifier's own dependencies.
  private let ownKeys: Set<String>
  private var waiting: [OperatorNotification] = []
  private var untoldDrops = 0
  private var closesAt: Instant?
  private var hasEnded = false
  private var published = NotifierCounts()

  init(_ targets: [NotificationTarget], _ environment: NotifierEnvironment) {
    monitor = environment.lanes.makeMonitor()
    clock = environment.clock
    limit = environment.inboxLimit
    ownKeys = Set(targets.map { "breaker/\($0.dependency)" })
    for target in targets { published.targets[target.name] = .init() }
  }

  func put(_ notification: OperatorNotification) {
    monitor.withLock {
      if ownKeys.contains(notification.key) {
        published.ignored += 1
      } else if closesAt != nil || waiting.count >= limit {
        published.dropped += 1
        untoldDrops += 1
      } else {
        published.accepted += 1
        waiting.append(notification)
        if waiting.count == 1 { monitor.signalAll() }
      }
    }
  }

  /// Waits until there is something to do, and takes it.
  /// - Parameter due: when there is something to do whatever comes.
  func next(due: Instant?) -> Work {
    monitor.withLock {
      while waiting.isEmpty, untoldDrops == 0, closesAt == nil, due.map({ clock.now() < $0 }) ?? true {
        _ = monitor.wait(until: due ?? .distantFuture)
      }
      let work = Work(
        notifications: waiting, dropped: untoldDrops, closesAt: closesAt, isLast: closesAt != nil)
      waiting = []
      untoldDrops = 0
      return work
    }
  }

  /// When deliveries have to be over, if the notifier is being closed.
  var end: Instant? { monitor.withLock { closesAt } }

  /// The lane has done its work.
  func ended() {
    monitor.withLock {
      hasEnded = true
      monitor.signalAll()
    }
  }

  func count(_ target: String, _ change: (inout NotifierCounts.Target) -> Void) {
    monitor.withLock { change(&published.targets[target, default: .init()]) }
  }

  var counts: NotifierCounts {
    monitor.withLock {
      var counts = published
      for (name, target) in published.targets {
        counts.targets[name]?.waiting = published.accepted - target.delivered - target.repeated - target.others
      }
      return counts
    }
  }

  /// Takes nothing more, and waits for the lane to end.
  /// - Returns: false if it has not ended by then.
  func close(until deadline: Instant) -> Bool {
    monitor.withLock {
      closesAt = closesAt.map { min($0, deadline) } ?? deadline
      monitor.signalAll()
      while !hasEnded, clock.now() < deadline { _ = monitor.wait(until: deadline) }
      return hasEnded
    }
  }
}
