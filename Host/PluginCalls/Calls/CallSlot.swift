import HostModel
import Synchronization

/// The call that an instance is making: what the watchdog reads, and the way to cancel it.
///
/// One word says whether a call is under way and until when. The lane takes it back with an exchange and the watchdog
/// gives the call up with a compare-and-swap, so exactly one of them decides whether the call returned in time.
/// Cancelling announces itself before it reads the word, and the lane looks for that announcement after it has changed
/// the word: a cancel meant for one call is over before the next one begins.
final class CallSlot: Sendable {
  private enum Fate: UInt8 {
    case usable
    /// No further call: the plugin said `fatal`, or broke the ABI.
    case poisoned
    /// A call did not come back. Nothing that the instance touches is freed any more.
    case abandoned
  }

  private static let idle = Int64.max
  private static let givenUp = Int64.min

  let plugin: String
  /// Whose breaker learns of a call that does not come back.
  let dependency: String
  let lane: LaneGuard?
  private let library: ControlThread
  private let cancellation: Cancellation
  private let clock: any Clock
  private let deadline = Atomic<Int64>(idle)
  private let fate = Atomic<UInt8>(Fate.usable.rawValue)
  private let operation = Atomic<Int>(0)
  private let isEndWanted = Atomic<Bool>(false)
  private let isCancelling = Atomic<Bool>(false)
  /// Nil before there is an instance, and once it is being destroyed; guards against cancelling what is gone.
  private let canceller = Mutex<(@Sendable () -> Void)?>(nil)

  init(
    plugin: String, dependency: String, lane: LaneGuard?, library: ControlThread, cancellation: Cancellation,
    clock: any Clock
  ) {
    self.plugin = plugin
    self.dependency = dependency
    self.lane = lane
    self.clock = clock
    self.library = library
    self.cancellation = cancellation
  }

  var isUsable: Bool { fate.load(ordering: .acquiring) == Fate.usable.rawValue }
  var isAbandoned: Bool { fate.load(ordering: .acquiring) == Fate.abandoned.rawValue }

  /// Whether the call under way should end: its owner or the watchdog said so.
  var isCancelled: Bool { isEndWanted.load(ordering: .relaxed) || cancellation.isCancelled }

  /// What a call is told of the time.
  var now: Instant { clock.now() }

  /// From now on there is an instance that can be cancelled.
  func arm(cancel: @escaping @Sendable () -> Void) {
    canceller.withLock { $0 = cancel }
  }

  /// A call begins.
  func begin(_ what: PluginOperation, until end: Instant) {
    operation.store(what.rawValue, ordering: .relaxed)
    isEndWanted.store(false, ordering: .relaxed)
    deadline.store(min(end.nanoseconds, Self.idle - 1), ordering: .sequentiallyConsistent)
  }

  /// The call has returned.
  ///
  /// - Returns: false if it was given up before; its result then counts for nothing.
  func end() -> Bool {
    let before = deadline.exchange(Self.idle, ordering: .sequentiallyConsistent)
    if isCancelling.load(ordering: .sequentiallyConsistent) { canceller.withLock { _ in } }
    return before != Self.givenUp
  }

  func poison() {
    _ = fate.compareExchange(expected: Fate.usable.rawValue, desired: Fate.poisoned.rawValue, ordering: .releasing)
  }

  /// Asks the plugin to end the call under way.
  ///
  /// - Parameter until: the deadline of the call that is meant; nil means any.
  func cancelCall(until: Int64? = nil) {
    canceller.withLock { cancel in
      isCancelling.store(true, ordering: .sequentiallyConsistent)
      defer { isCancelling.store(false, ordering: .sequentiallyConsistent) }
      let end = deadline.load(ordering: .sequentiallyConsistent)
      guard end != Self.idle, end != Self.givenUp, until == nil || until == end else { return }
      isEndWanted.store(true, ordering: .relaxed)
      cancel?()
    }
  }

  /// No cancel may come any more: the instance is about to be destroyed.
  func close() {
    canceller.withLock { $0 = nil }
  }

  /// What the watchdog finds at a point in time.
  enum Verdict { case fine, overdue(until: Int64), lost(until: Int64) }

  func verdict(at now: Instant, grace: Duration) -> Verdict {
    let until = deadline.load(ordering: .acquiring)
    guard until != Self.idle, until != Self.givenUp else { return .fine }
    let end = Instant(nanoseconds: until)
    if now >= end.advanced(by: grace) { return .lost(until: until) }
    // A cancel that came just before the plugin was entered found no call: it is repeated until the call is over.
    return now >= end || cancellation.isCancelled ? .overdue(until: until) : .fine
  }

  /// Gives the call up for good.
  ///
  /// - Returns: nil if the call has just returned.
  func abandon(until: Int64) -> PluginOperation? {
    let (isMine, _) = deadline.compareExchange(
      expected: until, desired: Self.givenUp, ordering: .sequentiallyConsistent)
    guard isMine else { return nil }
    let what = PluginOperation(rawValue: operation.load(ordering: .relaxed)) ?? .create
    fate.store(Fate.abandoned.rawValue, ordering: .sequentiallyConsistent)
    if what == .create { library.isStuck.store(true, ordering: .releasing) }
    close()
    return what
  }
}

/// Calls tagged [control thread] into one library: one after another, from whichever lane.
final class ControlThread: Sendable {
  let mutex = Mutex<Void>(())
  /// Such a call did not come back: no other can be made, ever.
  let isStuck = Atomic<Bool>(false)
}
