import Glibc
import HostGate
import HostModel
@testable import HostPluginCalls
import HostPolicy
import HostSystem

/// A host around one gate, in real time: processes do not wait for a clock of the test's own.
struct RealHost {
  let events = Shared<[GateEvent]>([])
  let lines = Shared<[PluginLogLine]>([])
  let services: PluginServices
  private let gate: Gate
  let cancellation = Cancellation()

  /// - Parameters:
  ///   - environment: what plugins may be granted to read as secrets.
  ///   - http: what sends the requests of plugins.
  init(
    _ folder: TestFolder, secrets: [String] = [], environment: [String: String] = [:], http: (any HTTPClient)? = nil
  ) {
    let (clock, events, lines) = (SystemClock(), events, lines)
    gate = Gate(clock: clock, waiter: ThreadWaiter(clock: clock), seed: 1) { event in
      events.change { $0.append(event) }
    }
    let watchdog = Watchdog(Watchdog.Configuration(), clock: clock, waiter: ThreadWaiter(clock: clock)) { _, _ in }
    let provider = ServiceProvider(
      clock: clock, files: SystemFiles(), stateRoot: folder.path + "/state", redactor: Redactor(secrets),
      environment: { environment[$0] }, http: http
    ) { line in lines.change { $0.append(line) } }
    services = PluginServices(provider: provider, watchdog: watchdog)
  }

  /// Calls that are repeated at once, to a dependency whose breaker never opens.
  func context(timeout: Duration = .seconds(20), maxInFlight: Int? = nil) -> InstanceContext {
    var settings = GateConfiguration()
    settings.maxInFlight = maxInFlight
    (settings.breaker.failureThreshold, settings.breaker.failurePercent) = (nil, nil)
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "test")
    return InstanceContext(
      dependency: gate.dependency(DependencyKey(plugin: "test"), settings), origin: origin,
      pipeline: gate.pipeline(origin), operation: .apiCall, behaviour: StageBehaviour(.dataIngestion, .full),
      tuning: CallTuning(
        retry: RetryConfiguration(
          maxRetries: 3, baseDelay: .milliseconds(1), maxDelay: .milliseconds(10), jitter: .additive(percent: 0)),
        timeout: timeout), cancellation: cancellation)
  }
}

extension LoadedPlugin {
  /// A library in worker processes that may do what this one may.
  convenience init(_ path: String, inWorkersLike plugin: LoadedPlugin) {
    self.init(
      remote: RemoteLibrary(
        path: path, description: plugin.description, worker: Built.folder + "/headrace-worker", environment: [:],
        confinement: .none, spawner: SystemWorkerSpawner()))
  }
}

extension PluginInstance {
  /// Ends its worker as from outside.
  func endWorker() throws {
    guard let worker = RemoteInstance.of(handle)?.worker else { throw TestFailure("there is no worker") }
    guard kill(worker.processID, SIGKILL) == 0 else { throw TestFailure("the worker cannot be ended") }
  }
}
