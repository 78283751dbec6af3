import HostControl
import HostFormats
import HostGate
import HostModel
import HostPolicy
import Synchronization
import TestSupport

let origin = CallOrigin(tenant: .standard, sourceID: SourceID(7), pipeline: "orders")

/// A machine that has what a test says.
final class ScriptedGauges: MachineGauges {
  private let reading = Mutex(MachineReading())

  func read() -> MachineReading { reading.withLock { $0 } }
  func freeBytes(at path: String) -> Int64? { 1 << 40 }
}

/// Moves the clock instead of waiting.
struct MovingWaiter: Waiter {
  let clock: VirtualClock

  func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult {
    if cancellation?.isCancelled ?? false { return .cancelled }
    clock.advance(to: instant)
    return .elapsed
  }
}

/// One process of a pipeline in virtual time; the home in memory outlives it.
struct ServiceWorld {
  let clock: VirtualClock
  let files: MemoryFileSystem
  let gate: Gate
  let monitor: DegradationMonitor
  let service: ResilienceService
  let gauges = ScriptedGauges()
  let warnings = Warnings()

  init(_ files: MemoryFileSystem, _ clock: VirtualClock) {
    self.files = files
    self.clock = clock
    let waiter = MovingWaiter(clock: clock)
    gate = Gate(clock: clock, waiter: waiter, seed: 1)
    monitor = DegradationMonitor(gate, DegradationConfiguration())
    let warnings = warnings
    service = ResilienceService(
      gate, monitor, pipeline: origin, home: "/site", files: files, clock: clock, waiter: waiter,
      sources: .init(
        gauges: gauges, lanes: { (0, 4) }, queueDepth: { 0 }, status: { ["pipeline": "orders", "pid": 1] }),
      warn: { warnings.add($0.message) })
  }

  static func fresh() -> ServiceWorld {
    let clock = VirtualClock()
    return ServiceWorld(MemoryFileSystem(seed: 1, clock: clock), clock)
  }

  /// The next process of the same pipeline, in the same home.
  func restarted() -> ServiceWorld { ServiceWorld(files, clock) }

  func site(_ plugin: String, _ operation: OperationClass = .apiCall) -> CallSite {
    CallSite(
      gate.dependency(DependencyKey(plugin: plugin, endpoint: "db:5432")), operation: operation,
      feature: .dataIngestion, variant: .buffer, isIdempotent: false, origin: origin, pipeline: gate.pipeline(origin))
  }

  func fail(_ site: CallSite, _ message: String = "connection refused") {
    for _ in 0..<5 {
      _ = site.perform(deadline: .distantFuture) { _ in CallOutcome(.transient, CallError(message)) }
    }
  }

  func pass(_ seconds: Int64) {
    for _ in 0..<seconds {
      clock.advance(by: .seconds(1))
      service.look()
    }
  }

  func snapshot() throws -> JSONValue {
    try JSONValue.parse(try files.read("/site/state/runs/orders.json", limit: 1 << 20))
  }

  func report() throws -> StatusReport { StatusReport(try snapshot(), now: clock.wallTime(), isAlive: true) }
}

/// What was told to the operator.
final class Warnings: Sendable {
  private let messages = Mutex<[String]>([])
  func add(_ message: String) { messages.withLock { $0.append(message) } }
  var all: [String] { messages.withLock { $0 } }
}
