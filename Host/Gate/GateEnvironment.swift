import HostModel
import HostPolicy
import Synchronization

/// What every dependency of one gate shares.
final class GateEnvironment: Sendable {
  let clock: any Clock
  /// The clock's `now`, as a closure: an existential in a class is copied before each call, which costs half as much as
  /// reading the time.
  let now: @Sendable () -> Instant
  /// The clock's counter, as a closure for the same reason.
  let ticks: @Sendable () -> UInt64
  let waiter: any Waiter
  let sink: @Sendable (GateEvent) -> Void
  let seed: UInt64
  let coarse = CoarseClock()
  let platform = LevelScope(origin: nil)
  /// Whether the coarse clock is fresh. Without a ticker every call is timed.
  let isTicking = Atomic<Bool>(false)
  private let sequence = Atomic<UInt64>(0)

  init(clock: any Clock, waiter: any Waiter, seed: UInt64, sink: @escaping @Sendable (GateEvent) -> Void) {
    self.clock = clock
    now = { clock.now() }
    ticks = { clock.ticks() }
    self.waiter = waiter
    self.seed = seed
    self.sink = sink
  }

  /// Made under the lock that guards what it tells about, so that sequences and mutations have one order.
  func event(
    _ kind: GateEvent.Kind, origin: CallOrigin?, audience: [String]? = nil, at now: Instant
  ) -> GateEvent {
    let number = sequence.add(1, ordering: .relaxed).newValue
    return GateEvent(
      kind: kind, origin: origin, audience: audience, sequence: number, at: now, wallTime: clock.wallTime())
  }

  /// Never under a lock: the sink is not ours.
  func emit(_ events: [GateEvent]) {
    for event in events { sink(event) }
  }
}
