package import HostModel
import Synchronization

/// Sees to it that no call outlives its deadline unnoticed.
///
/// A call past its deadline is asked to end (`cancel`). One that does not within the grace time cannot be killed in this
/// process: its instance is abandoned with all that was lent to it, its lane is written off, and the breaker learns.
package final class Watchdog: Sendable {
  package struct Configuration: Sendable {
    /// How long a call may go on after its deadline.
    package var grace: Duration = .seconds(5)
    /// How often calls are looked at.
    package var period: Duration = .milliseconds(50)
    /// More lanes than this are not written off: new calls in this process are then refused.
    package var maxLostLanes = 8

    package init() {}
  }

  private let configuration: Configuration
  private let clock: any Clock
  private let waiter: any Waiter
  private let slots = Mutex<[ObjectIdentifier: CallSlot]>([:])
  private let lostLanes = Atomic<Int>(0)
  private let cancellation = Cancellation()
  private let whenLost: @Sendable (_ dependency: String, Failure) -> Void

  /// - Parameter whenLost: tells the gate, by the plugin of the call's dependency; on the watchdog's thread.
  package init(
    _ configuration: Configuration, clock: any Clock, waiter: any Waiter,
    whenLost: @escaping @Sendable (_ dependency: String, Failure) -> Void
  ) {
    self.configuration = configuration
    self.clock = clock
    self.waiter = waiter
    self.whenLost = whenLost
  }

  package func start(on lanes: any Lanes) throws(Failure) {
    _ = try lanes.start("watchdog") { [self] in
      while !cancellation.isCancelled {
        look()
        _ = waiter.wait(until: clock.now().advanced(by: configuration.period), cancellation: cancellation)
      }
    }
  }

  package func stop() { cancellation.cancel() }

  package var maxLostLanes: Int { configuration.maxLostLanes }
  package var lostLaneCount: Int { lostLanes.load(ordering: .relaxed) }

  /// Watches the calls of a slot.
  ///
  /// - Throws: a refusal of new work in this process, once too many lanes were lost.
  func add(_ slot: CallSlot) throws(Failure) {
    let lost = lostLaneCount
    guard lost < configuration.maxLostLanes else {
      throw Failure(
        .environment, "\(lost) \(lost == 1 ? "thread is" : "threads are") stuck in plugin calls that never returned",
        advice: "restart the process; the plugins are named in the log", status: .rejected)
    }
    slots.withLock { $0[ObjectIdentifier(slot)] = slot }
  }

  func remove(_ slot: CallSlot) {
    slots.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(slot)) }
  }

  /// One look at every call. Separate from the loop, so that the simulation can call it.
  package func look() {
    let now = clock.now()
    for slot in slots.withLock({ Array($0.values) }) {
      switch slot.verdict(at: now, grace: configuration.grace) {
      case .fine: continue
      case .overdue(let until): slot.cancelCall(until: until)
      case .lost(let until): giveUp(slot, until: until)
      }
    }
  }

  private func giveUp(_ slot: CallSlot, until: Int64) {
    guard let operation = slot.abandon(until: until) else { return }
    remove(slot)
    lostLanes.add(1, ordering: .relaxed)
    let failure = Failure(
      .run, "plugin '\(slot.plugin)' did not return from '\(operation.name)' and ignored its cancellation",
      advice: "its thread is lost until this process ends", status: .hung)
    // The breaker first: whoever waits for the lane may ask somebody else at once, or the same again.
    whenLost(slot.dependency, failure)
    slot.lane?.lose(failure)
  }
}
