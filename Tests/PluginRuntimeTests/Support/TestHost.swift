import HostGate
import HostModel
import HostPluginCalls
import HostPolicy
import HostSystem
import Synchronization

/// A clock that only moves when it is told to.
final class ManualClock: Clock, Sendable {
  private let time = Mutex<Int64>(1_000_000_000)

  func now() -> Instant { Instant(nanoseconds: time.withLock { $0 }) }
  func wallTime() -> WallTime { WallTime(microseconds: time.withLock { $0 } / 1000) }
  func advance(by duration: Duration) { time.withLock { $0 += duration.wholeNanoseconds } }
}

/// Waits by moving the clock.
struct ManualWaiter: Waiter {
  let clock: ManualClock

  func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    if cancellation?.isCancelled ?? false { return .cancelled }
    let left = instant.duration(since: clock.now())
    if left > .zero { clock.advance(by: left) }
    return .elapsed
  }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
  var current: Value { value.withLock { $0 } }
  @discardableResult
  func change<R: Sendable>(_ body: (inout Value) -> R) -> R { value.withLock { body(&$0) } }
}

/// A host around one gate, on a clock of the test's own.
struct TestHost {
  let folder: TestFolder
  let clock = ManualClock()
  let gate: Gate
  let watchdog: Watchdog
  let services: PluginServices
  private let grants: PluginGrants
  let events = Shared<[GateEvent]>([])
  let lines = Shared<[PluginLogLine]>([])
  let losses = Shared<[Failure]>([])
  let cancellation = Cancellation()

  init(secrets: [String: String] = [:], allowed: Set<String> = [], maxLostLanes: Int = 8) throws {
    folder = try TestFolder()
    let (clock, events, lines, losses) = (clock, events, lines, losses)
    let gate = Gate(clock: clock, waiter: ManualWaiter(clock: clock), seed: 1) { event in
      events.change { $0.append(event) }
    }
    var configuration = Watchdog.Configuration()
    configuration.maxLostLanes = maxLostLanes
    watchdog = Watchdog(configuration, clock: clock, waiter: ManualWaiter(clock: clock)) { plugin, failure in
      losses.change { $0.append(failure) }
      gate.instanceLost(plugin: plugin, failure.status ?? .hung)
    }
    self.gate = gate
    let provider = ServiceProvider(
      clock: clock, files: SystemFiles(), stateRoot: folder.path + "/state", redactor: Redactor(["hunter2hunter2"]),
      environment: { secrets[$0] }
    ) { line in lines.change { $0.append(line) } }
    services = PluginServices(provider: provider, watchdog: watchdog)
    grants = PluginGrants(secrets: allowed)
  }

  var metrics: PluginMetrics { services.provider.metrics }

  var dependency: Dependency { gate.dependency(DependencyKey(plugin: "scripted", endpoint: "db:1")) }

  func context(lane: LaneGuard? = nil, retries: Int = 3) -> InstanceContext {
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "orders")
    return InstanceContext(
      dependency: dependency, origin: origin, pipeline: gate.pipeline(origin), operation: .apiCall,
      behaviour: StageBehaviour(.dataIngestion, .full),
      tuning: CallTuning(
        retry: RetryConfiguration(
          maxRetries: retries, baseDelay: .milliseconds(100), maxDelay: .seconds(5), jitter: .additive(percent: 0)),
        timeout: .seconds(60)), cancellation: cancellation, lane: lane)
  }

  /// A library with what this host grants it.
  private func granted(_ library: ScriptedLibrary) -> LoadedPlugin { LoadedPlugin(library.plugin, granted: grants) }

  /// - Parameter retries: attempts in all.
  func source(
    _ library: ScriptedLibrary, _ config: String, lane: LaneGuard? = nil, retries: Int = 3
  ) throws -> SourceInstance {
    try SourceInstance(granted(library), config: config, context: context(lane: lane, retries: retries), host: services)
  }

  func transform(_ library: ScriptedLibrary, _ config: String) throws -> TransformInstance {
    try TransformInstance(
      granted(library), config: config, stream: "numbers", input: ExportedSchema(numbers), context: context(),
      host: services)
  }

  func detector(_ library: ScriptedLibrary, _ config: String) throws -> DetectorInstance {
    try DetectorInstance(
      granted(library), config: config, stream: "numbers", schema: ExportedSchema(numbers), context: context(),
      host: services)
  }

  func model(_ library: ScriptedLibrary, _ config: String) throws -> LLMInstance {
    try LLMInstance(granted(library), config: config, context: context(), host: services)
  }

  func format(_ library: ScriptedLibrary, _ config: String) throws -> FormatInstance {
    try FormatInstance(granted(library), config: config, context: context(), host: services)
  }
}

/// The columns of the scripted plugin's stream.
let numbers = Schema([Field("id", .integer(bits: 64), nullable: false), Field("name", .string)])

/// A batch of such rows, made by the host.
func numbersBatch(rows: Int) -> RecordBatch {
  var ids = ColumnBuilder(.long)
  var names = ColumnBuilder(.string)
  for row in 0..<rows {
    ids.append(Int64(row))
    names.append("row \(row)")
  }
  return RecordBatch(numbers, rows: rows, columns: [ids.finish().take(), names.finish().take()])
}

extension SourceInstance {
  /// A reader of the first split.
  func firstReader(from position: SplitPosition? = nil) throws(Failure) -> SourceReader {
    let plan = try splits(of: "numbers", read: .full, known: [], splitBytes: 1 << 20)
    return try open(
      SplitRequest(
        split: plan.splits[0], stream: "numbers", read: .full, position: position, batchBytes: 1 << 20,
        batchRows: 1000))
  }
}

/// Runs a body on another thread; `value` waits for it.
final class Background<Value: Sendable>: Sendable {
  private let handle: any LaneHandle
  private let result: Shared<Result<Value, Failure>?>

  init(_ body: @escaping @Sendable () throws(Failure) -> Value) throws {
    let result = Shared<Result<Value, Failure>?>(nil)
    self.result = result
    handle = try SystemLanes().start("test") {
      let made: Result<Value, Failure>
      do throws(Failure) { made = .success(try body()) } catch { made = .failure(error) }
      result.change { $0 = made }
    }
  }

  func value() throws -> Value {
    handle.join()
    guard let result = result.current else { throw TestFailure("the thread left no result") }
    return try result.get()
  }
}

/// Yields until something is seen that another thread or process does. Gives up after two minutes, which only a test that
/// fails waits for: on a machine with more to do than it can, others may have their turn before for very long.
func eventually(_ what: String, _ condition: () -> Bool) throws {
  let end = SystemClock().now().advanced(by: .seconds(120))
  while !condition() {
    guard SystemClock().now() < end else { throw TestFailure("never happened: \(what)") }
    _ = ThreadWaiter(clock: SystemClock()).wait(
      until: SystemClock().now().advanced(by: .microseconds(200)), cancellation: nil)
  }
}

/// The failure that a body ends with.
func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure }
  return nil
}
