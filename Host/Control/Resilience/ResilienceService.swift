package import HostFormats
package import HostGate
package import HostModel
import HostPolicy
import Synchronization

/// Keeps the levels of a running pipeline right: measures, follows operators' orders, remembers across restarts, and tells
/// other processes how things stand. One lane of its own; every duty is done about once a second.
package final class ResilienceService: Sendable {
  package struct Configuration: Sendable {
    package var period: Duration = .seconds(1)
    /// How often what only slowly changes is written down, such as a window that fills up.
    package var saveInterval: Duration = .seconds(10)

    package init() {}
  }

  /// What the service asks of others, each time it looks.
  package struct Sources: Sendable {
    package var gauges: any MachineGauges
    /// Lanes lost to calls that never returned, and how many may be.
    package var lanes: @Sendable () -> (lost: Int, most: Int)
    /// Batches that wait in the durable queue.
    package var queueDepth: @Sendable () -> Int
    /// Looks whether files have changed; before everything else.
    package var reload: @Sendable () -> Void
    /// What the pipeline adds to its status: its streams, its queue.
    package var status: @Sendable () -> JSONObject

    package init(
      gauges: any MachineGauges, lanes: @escaping @Sendable () -> (lost: Int, most: Int),
      queueDepth: @escaping @Sendable () -> Int, reload: @escaping @Sendable () -> Void = {},
      status: @escaping @Sendable () -> JSONObject
    ) {
      self.gauges = gauges
      self.lanes = lanes
      self.queueDepth = queueDepth
      self.reload = reload
      self.status = status
    }
  }

  private struct State: Sendable {
    var meter = MachineMeter()
    var follower: OrderFollower
    var saved = ResilienceRecord()
    var savedAt: Instant
    var end: String?
    /// Ways in which duties have failed.
    var told: Set<String> = []
  }

  private let gate: Gate
  private let monitor: DegradationMonitor
  private let pipeline: LevelScope
  private let home: String
  private let clock: any Clock
  private let waiter: any Waiter
  private let store: ResilienceStore
  private let desk: OperatorDesk
  private let snapshots: StateFile
  private let sources: Sources
  private let configuration: Configuration
  private let warn: @Sendable (Failure) -> Void
  private let stopping = Cancellation()
  private let state: Mutex<State>
  private let lane = Mutex<(any LaneHandle)?>(nil)

  /// - Parameters:
  ///   - pipeline: whose runs' memory this is.
  ///   - home: its `state` folder is used.
  ///   - warn: told of files that cannot be used; on the caller's thread or the service's.
  package init(
    _ gate: Gate, _ monitor: DegradationMonitor, pipeline: CallOrigin, home: String, files: any FileSystem,
    clock: any Clock, waiter: any Waiter, sources: Sources, configuration: Configuration = Configuration(),
    warn: @escaping @Sendable (Failure) -> Void
  ) {
    self.gate = gate
    self.monitor = monitor
    self.pipeline = gate.pipeline(pipeline)
    self.home = home
    self.clock = clock
    self.waiter = waiter
    self.sources = sources
    self.configuration = configuration
    self.warn = warn
    store = ResilienceStore(home: home, pipeline: pipeline.pipeline, files: files)
    desk = OperatorDesk(home: home, files: files)
    snapshots = StateFile("\(StatusSnapshot.folder(home: home))/\(pipeline.pipeline).json", files)
    state = Mutex(State(follower: OrderFollower(), savedAt: clock.now()))
  }

  /// Goes on from what an earlier run knew. Before the first call through the gate.
  package func restore() {
    let orders = attempt(.orders) { () throws(Failure) in try desk.read() } ?? OperatorOrders()
    let record = attempt(.memory) { () throws(Failure) in try store.load() } ?? ResilienceRecord()
    gate.restore(record.breakers.filter { !orders.closes($0) })
    monitor.restore(record.levels)
    state.withLock { $0.saved = record }
    look()
  }

  package func start(on lanes: any Lanes) throws(Failure) {
    let handle = try lanes.start("resilience") { [self] in
      while !stopping.isCancelled {
        look()
        _ = waiter.wait(until: clock.now().advanced(by: configuration.period), cancellation: stopping)
      }
    }
    lane.withLock { $0 = handle }
  }

  /// Ends the service; what is known now is written down.
  /// - Parameter end: how the run ended, for those who ask later.
  package func stop(_ end: String) {
    stopping.cancel()
    lane.withLock { $0 }?.join()
    state.withLock { $0.end = end }
    look()
    save(isForced: true)
  }

  /// Every duty once.
  package func look() {
    sources.reload()
    let now = clock.now()
    if let orders = attempt(.orders, { () throws(Failure) in try desk.read() }) {
      state.withLock { state in
        var follower = state.follower
        follower.follow(orders, at: gate, now: clock.wallTime(), instant: now)
        state.follower = follower
      }
    }
    monitor.evaluate(machine(), at: now)
    save(isForced: false)
    tell(now)
  }

  private func machine() -> MachineSignal {
    var signal = state.withLock { $0.meter.measure(sources.gauges.read()) }
    signal.diskFreeBytes = sources.gauges.freeBytes(at: home)
    let lanes = sources.lanes()
    signal.lostLanes = lanes.lost
    signal.maxLostLanes = lanes.most
    signal.queueDepth = sources.queueDepth()
    return signal
  }

  private func save(isForced: Bool) {
    let record = ResilienceRecord(breakers: gate.breakersToKeep(), levels: monitor.levelsToKeep())
    let now = clock.now()
    let isDue = state.withLock { state in
      guard !(record.isEmpty && state.saved.isEmpty) else { return false }
      let isLate = now >= state.savedAt.advanced(by: configuration.saveInterval)
      return isForced || isLate || record.essence != state.saved.essence
    }
    guard isDue, attempt(.memory, { () throws(Failure) in try store.save(record) }) != nil else { return }
    state.withLock { state in
      state.saved = record
      state.savedAt = now
    }
  }

  private func tell(_ now: Instant) {
    var object = StatusSnapshot.json(
      gate: gate, monitor: monitor, pipeline: pipeline, at: now, wallTime: clock.wallTime())
    for (key, value) in sources.status() { object[key] = value }
    object["end"] = state.withLock { $0.end }.map { .string($0) } ?? .null
    _ = attempt(.status) { () throws(Failure) in try snapshots.write(.object(object), isDurable: false) }
  }

  private enum Duty: String { case orders, memory, status }

  /// Nothing here may end a run: a failure is told, once for each way in which a duty can fail, and the duty is done next
  /// time. Messages are not compared, since they may name temporary files.
  private func attempt<R>(_ duty: Duty, _ body: () throws(Failure) -> R) -> R? {
    do throws(Failure) { return try body() } catch {
      let way = "\(duty.rawValue) \(error.status?.name ?? "")"
      if state.withLock({ $0.told.insert(way).inserted }) { warn(error) }
      return nil
    }
  }
}

extension OperatorOrders {
  /// Whether an operator has closed the breaker since it was written down.
  func closes(_ kept: KeptBreaker) -> Bool {
    guard let order = breakers[kept.key.description], order.hold == nil else { return false }
    return order.at > kept.at
  }
}
