import Glibc
import HostGate
import HostModel
import HostPluginCalls
import HostPolicy
import HostSystem

/// Measures what a worker process costs: rows of the documented example source, read in this process and in a worker, in
/// interleaved rounds; how soon a worker's death is seen; and how long it takes to the next batch.
@main
enum WorkerBenchmark {
  private static let rounds = 7
  private static let bytes = 512 << 20
  private static let deaths = 41

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 4 else {
      print("usage: worker-benchmark WORKER LEARNS.C-BUILT THE-SAME-FORGETFUL COUNTER.C-BUILT ...")
      exit(2)
    }
    // Not as the `headrace` command, which gives large blocks back: that slows down the source in this process from 1 MiB
    // on (`SystemAllocator`), and would flatter the worker.
    let spawner = SystemWorkerSpawner()
    print(
      "\n(e) a source in a worker process beside the same in this one, GB/s (medians of \(rounds) interleaved rounds)")
    func inWorkers(_ path: String, like plugin: LoadedPlugin) -> LoadedPlugin {
      LoadedPlugin(
        remote: RemoteLibrary(
          path: path, description: plugin.description, worker: arguments[1], environment: [:], confinement: .none,
          spawner: spawner))
    }
    for (index, path) in arguments[4...].enumerated() {
      let here = try LoadedPlugin(path: path)
      let there = inWorkers(path, like: here)
      try compare(here, there)
      // With small batches: it is the start that is measured.
      if index == 0 { try reportDeaths(there) }
    }
    let detectors = try arguments[2...3].map { path in inWorkers(path, like: try LoadedPlugin(path: path)) }
    try DetectorBenchmark(learning: detectors[0], forgetful: detectors[1]).report()
  }

  private static func compare(_ here: LoadedPlugin, _ there: LoadedPlugin) throws {
    var found: (here: [Speed], there: [Speed]) = ([], [])
    for _ in 0..<rounds {
      found.here.append(try speed(here))
      found.there.append(try speed(there))
    }
    let (inside, worker) = (median(found.here.map(\.value)), median(found.there.map(\.value)))
    let size = found.here[0].batchBytes >> 10
    print("  \(size) KiB  in process \(text(inside))  worker \(text(worker))  ratio \(text(worker / inside))")
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  static func text(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  // MARK: Reading

  private static let gate = Gate(clock: SystemClock(), waiter: ThreadWaiter(clock: SystemClock()), seed: 1)

  private static func source(_ plugin: LoadedPlugin, rows: Int) throws(Failure) -> SourceInstance {
    try SourceInstance(plugin, config: "{\"count\": \(rows)}", context: context(), host: services())
  }

  static func services() -> PluginServices {
    let clock = SystemClock()
    let provider = ServiceProvider(clock: clock, files: SystemFiles(), stateRoot: "/nowhere") { _ in }
    let watchdog = Watchdog(Watchdog.Configuration(), clock: clock, waiter: ThreadWaiter(clock: clock)) { _, _ in }
    return PluginServices(provider: provider, watchdog: watchdog)
  }

  static func context() -> InstanceContext {
    var settings = GateConfiguration()
    (settings.breaker.failureThreshold, settings.breaker.failurePercent) = (nil, nil)
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: "bench")
    // Without a pause between attempts: it is the worker that is measured.
    let retry = RetryConfiguration(
      maxRetries: 3, baseDelay: .zero, maxDelay: .zero, jitter: .additive(percent: 0))
    return InstanceContext(
      dependency: gate.dependency(DependencyKey(plugin: "counter"), settings), origin: origin,
      pipeline: gate.pipeline(origin), operation: .dbQuery, behaviour: StageBehaviour(.dataIngestion, .full),
      tuning: CallTuning(retry: retry, timeout: .seconds(60)), cancellation: Cancellation())
  }

  private static func reader(_ source: SourceInstance) throws(Failure) -> SourceReader {
    let plan = try source.splits(of: "numbers", read: .full, known: [], splitBytes: 1 << 40)
    return try source.open(
      SplitRequest(
        split: plan.splits[0], stream: "numbers", read: .full, position: nil, batchBytes: 1 << 20, batchRows: 1 << 30))
  }

  private struct Speed {
    /// GB/s.
    var value: Double
    var batchBytes: Int
  }

  /// The size of a batch is the library's.
  private static func speed(_ plugin: LoadedPlugin) throws(Failure) -> Speed {
    let reader = try reader(try source(plugin, rows: bytes / 8))
    let clock = SystemClock()
    let began = clock.now()
    var (rows, most) = (0, 0)
    while let batch = try reader.read() {
      let count = batch.takeRows().rowCount
      rows += count
      most = max(most, count)
    }
    precondition(rows == bytes / 8, "\(rows) rows")
    let speed = Double(bytes) / Double(clock.now().duration(since: began).wholeNanoseconds)
    return Speed(value: speed, batchBytes: most * 8)
  }

  // MARK: Deaths

  private static func reportDeaths(_ plugin: LoadedPlugin) throws {
    let clock = SystemClock()
    let reader = try reader(try source(plugin, rows: 1 << 40))
    var pauses: [Double] = []
    for _ in 0..<deaths {
      guard try reader.read() != nil else { break }
      // A worker that was kept in store is ready some milliseconds later.
      usleep(30_000)
      guard let worker = oldestChild() else { fatalError("there is no worker") }
      kill(worker, SIGKILL)
      var pause = Duration.zero
      // What the dead one had read ahead comes first.
      repeat {
        let began = clock.now()
        guard try reader.read() != nil else { fatalError("the rows are over") }
        pause += clock.now().duration(since: began)
      } while children().contains(worker)
      pauses.append(Double(pause.wholeNanoseconds) / 1e6)
    }
    print(
      "  from a worker's death to the next batch of its successor: \(text(median(pauses))) ms (median of \(pauses.count))"
    )
  }

  /// The worker that reads: the one kept in store was started after it. Process ids begin again at their end, so the
  /// smallest is not always the first.
  private static func oldestChild() -> pid_t? { children().min { startTicks($0) < startTicks($1) } }

  /// When a process was started, in the kernel's ticks since boot: the 22nd field of its `stat` (proc_pid_stat(5)), which
  /// is the 20th behind the name.
  private static func startTicks(_ process: pid_t) -> UInt64 {
    let bytes = (try? SystemFiles().read("/proc/\(process)/stat", limit: 1 << 12)) ?? []
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 19 ? UInt64(fields[19]) ?? .max : .max
  }

  private static func children() -> [pid_t] {
    var found: [pid_t] = []
    guard let tasks = opendir("/proc/self/task") else { return [] }
    defer { closedir(tasks) }
    while let entry = readdir(tasks) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      let bytes = (try? SystemFiles().read("/proc/self/task/\(name)/children", limit: 1 << 16)) ?? []
      found += String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }
    return found
  }
}
