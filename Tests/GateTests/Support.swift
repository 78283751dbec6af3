import HostGate
import HostModel
import HostPolicy
import Synchronization

func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// A clock that moves when it is told to, and a waiter that moves it instead of waiting.
final class VirtualTime: Clock, Waiter {
  private let nanoseconds = Atomic<Int64>(0)
  private let waited = Mutex<[Int64]>([])
  private let read = Atomic<Int>(0)
  private let ticksPerNanosecond: UInt64

  init(ticksPerNanosecond: UInt64 = 1) { self.ticksPerNanosecond = ticksPerNanosecond }

  func now() -> Instant {
    read.add(1, ordering: .relaxed)
    return Instant(nanoseconds: nanoseconds.load(ordering: .acquiring))
  }
  func ticks() -> UInt64 { UInt64(bitPattern: nanoseconds.load(ordering: .acquiring)) &* ticksPerNanosecond }
  func wallTime() -> WallTime { WallTime(microseconds: nanoseconds.load(ordering: .acquiring) / 1000) }
  func advance(_ duration: Duration) { nanoseconds.add(duration.wholeNanoseconds, ordering: .acquiringAndReleasing) }

  /// How often `now` was asked.
  var readings: Int { read.load(ordering: .relaxed) }

  /// Lengths of the waits so far, in milliseconds.
  var waits: [Int64] { waited.withLock { $0 } }

  func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    if cancellation?.isCancelled ?? false { return .cancelled }
    let left = instant.duration(since: now())
    waited.withLock { $0.append(left.wholeNanoseconds / 1_000_000) }
    if left > .zero { advance(left) }
    return .elapsed
  }
}

/// What a sink received.
final class EventLog: Sendable {
  private let events = Mutex<[GateEvent]>([])
  func add(_ event: GateEvent) { events.withLock { $0.append(event) } }
  var all: [GateEvent] { events.withLock { $0 } }
  var names: [String] { all.map(\.name) }
}

/// A gate in virtual time.
struct World {
  let time: VirtualTime
  let log = EventLog()
  let gate: Gate
  let origin = CallOrigin(tenant: Tenant("acme"), sourceID: SourceID(7), pipeline: "orders", stream: "lines")

  init(seed: UInt64 = 1, ticksPerNanosecond: UInt64 = 1) {
    time = VirtualTime(ticksPerNanosecond: ticksPerNanosecond)
    let log = log
    gate = Gate(clock: time, waiter: time, seed: seed) { log.add($0) }
  }

  func site(
    _ dependency: Dependency, _ feature: Feature = .transformations, _ variant: FeatureMode = .predefinedSQL,
    idempotent: Bool = true, timeout: Duration? = nil
  ) -> CallSite {
    CallSite(
      dependency, operation: .apiCall, feature: feature, variant: variant, isIdempotent: idempotent, origin: origin,
      pipeline: gate.pipeline(origin), timeout: timeout)
  }

  func dependency(_ plugin: String = "pg", _ change: (inout GateConfiguration) -> Void = { _ in }) -> Dependency {
    var configuration = GateConfiguration()
    configuration.breaker.failurePercent = nil
    change(&configuration)
    return gate.dependency(DependencyKey(plugin: plugin, endpoint: "db:5432"), configuration)
  }
}

extension CallSite {
  func call(_ status: Status, _ error: CallError? = nil) -> CallResult {
    perform(deadline: .distantFuture) { _ in CallOutcome(status, error) }
  }
}
