import CHeadrace
package import HostModel
import Synchronization

/// Whom a call occupies: told when the call does not come back, so that the lane's work is done by another.
package final class LaneGuard: Sendable {
  package let name: String
  private let whenLost: @Sendable (Failure) -> Void
  private let lost = Atomic<Bool>(false)

  /// - Parameter whenLost: runs once, on the watchdog's thread; the lane itself is stuck in the call.
  package init(name: String, whenLost: @escaping @Sendable (Failure) -> Void) {
    self.name = name
    self.whenLost = whenLost
  }

  /// Whether the lane was written off. What it still does, if its call returns after all, counts for nothing.
  package var isLost: Bool { lost.load(ordering: .acquiring) }

  func lose(_ failure: Failure) {
    if !lost.exchange(true, ordering: .acquiringAndReleasing) { whenLost(failure) }
  }
}

/// The call that an instance is making: what the watchdog reads, and the way to cancel it.
final class CallSlot: Sendable {
  private enum Fate: UInt8 {
    case usable
    /// No further call: the plugin said `fatal`.
    case poisoned
    /// A call did not come back. Nothing that the instance touches is freed any more.
    case abandoned
  }

  let plugin: String
  let lane: LaneGuard?
  private let deadline = Atomic<Int64>(.max)
  private let fate = Atomic<UInt8>(Fate.usable.rawValue)
  private let operation = Atomic<Int>(0)
  /// Nil once the instance is being destroyed; guards against cancelling what is gone.
  private let canceller: Mutex<(@Sendable () -> Void)?>

  init(plugin: String, lane: LaneGuard?, cancel: @escaping @Sendable () -> Void) {
    self.plugin = plugin
    self.lane = lane
    canceller = Mutex(cancel)
  }

  var isUsable: Bool { fate.load(ordering: .acquiring) == Fate.usable.rawValue }
  var isAbandoned: Bool { fate.load(ordering: .acquiring) == Fate.abandoned.rawValue }

  /// A call begins. Idle slots have the deadline `.max`, so a call without one is never seen by the watchdog.
  func begin(_ what: PluginOperation, until end: Instant) {
    operation.store(what.rawValue, ordering: .relaxed)
    deadline.store(end.nanoseconds, ordering: .releasing)
  }

  /// The call has returned.
  ///
  /// - Returns: false if it was given up before; its result then counts for nothing.
  func end() -> Bool {
    deadline.store(.max, ordering: .releasing)
    return !isAbandoned
  }

  func poison() {
    _ = fate.compareExchange(expected: Fate.usable.rawValue, desired: Fate.poisoned.rawValue, ordering: .releasing)
  }

  /// Asks the plugin to end the call under way.
  func cancelCall() {
    canceller.withLock { $0?() }
  }

  /// No cancel may come any more: the instance is about to be destroyed.
  func close() {
    canceller.withLock { $0 = nil }
  }

  /// What the watchdog finds at a point in time.
  enum Verdict { case fine, overdue, lost }

  func verdict(at now: Instant, grace: Duration) -> Verdict {
    let end = Instant(nanoseconds: deadline.load(ordering: .acquiring))
    guard end != .distantFuture, now >= end, !isAbandoned else { return .fine }
    return now >= end.advanced(by: grace) ? .lost : .overdue
  }

  /// Gives the call up for good.
  func abandon() -> PluginOperation {
    fate.store(Fate.abandoned.rawValue, ordering: .sequentiallyConsistent)
    close()
    return PluginOperation(rawValue: operation.load(ordering: .relaxed)) ?? .create
  }
}

/// The functions of the ABI that may block, as messages name them.
package enum PluginOperation: Int, Sendable {
  case create, discover, splits, open, read, ack, bind, apply, inspect, finish, save, restore, write, tables, run, next

  package var name: String { String(describing: self) }
}
