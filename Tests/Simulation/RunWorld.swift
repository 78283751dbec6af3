import Foundation
import HostFormats
import HostGate
@testable import HostLake
import HostModel
@testable import HostPipelines
import HostPluginCalls
import HostPluginRuntime
import HostPolicy
import HostQueue
import HostSystem
import Synchronization
import TestSupport

/// Whole pipeline runs in simulated lanes and time: the real coordinator, lines, gate, lake and libraries; a source that
/// fails by script; a disk and a clock of the simulation's.
final class RunWorld: Sendable {
  private static let table = TableName(namespace: "bronze", name: "numbers")
  static let splits = 4
  static let rowsPerSplit = 60
  static let rows = splits * rowsPerSplit

  let simulation: Simulation
  let lake: LakeWorld
  private let pipeline: PipelineFile
  private let registry: PluginRegistry

  /// Small segments, so that they are freed now and then.
  private static let queue: QueueConfiguration = {
    var configuration = QueueConfiguration()
    (configuration.segmentBytes, configuration.maxRecordBytes, configuration.maxBytes) = (4 << 10, 16 << 10, 64 << 10)
    return configuration
  }()

  /// - Parameters:
  ///   - write: `append` or `replace`.
  ///   - transforms: the pipeline's, as the file has them.
  init(_ installation: ScriptedInstallation, seed: UInt64, write: String, transforms: String = "[]") throws {
    simulation = Simulation(seed: seed)
    lake = try LakeWorld(seed: seed, simulation: simulation)
    registry = installation.registry
    pipeline = try Self.file(write, transforms)
  }

  /// Reads fail now and then, so that time passes: between two attempts others go on, and commits come due.
  private static func file(_ write: String, _ transforms: String) throws -> PipelineFile {
    let reads = (0..<40).map { $0 % 3 == 1 ? "\"transient message=reset\"" : "\"ok\"" }.joined(separator: ", ")
    let duplicates = write == "append" ? ", allow_duplicates: true" : ""
    let text = """
      version: 1
      pipeline: simulated
      source:
        plugin: scripted
        config: {rows: \(rowsPerSplit), batch_rows: 7, n_splits: \(splits), script: {read: [\(reads)]}}
        streams: [{name: numbers, read: full, table: bronze.numbers\(duplicates)}]
      transforms: \(transforms)
      destination: {write: \(write), metadata_columns: [], commit: {every: 100ms, rows: 50}}
      policy: {breaker: {failure_threshold: 0, failure_rate_threshold: 0%}}
      """
    let sources = InterpolationSources(environment: { _ in nil }) { (_, _) throws(InterpolationSources.Unreadable) in
      throw InterpolationSources.Unreadable("there are no files")
    }
    return try PipelineFile.parse(Array(text.utf8), file: "simulated.yaml", sources: sources).get()
  }

  /// Makes one run from its plan to its summary, as a process that begins now. On a lane of the simulation.
  ///
  /// - Parameter whenEvent: is told of each event of the run, on the lane where it happens; true stops the run.
  /// - Parameter levels: are pinned one after the other, over and over, at moments that the seed chooses; nil releases.
  func run(
    levels: [DegradationLevel?] = [], _ whenEvent: @escaping @Sendable (RunEvent) -> Bool = { _ in false }
  ) throws -> RunSummary {
    let stop = Cancellation()
    let host = try host()
    let isOver = Cancellation()
    let operators = levels.isEmpty ? nil : try operate(host.gate, levels, until: isOver)
    defer {
      isOver.cancel()
      operators?.join()
    }
    let plan = try Planner(host, baseFolder: "/", cancellation: stop).plan(pipeline)
    return PipelineRun(host, plan, stop: stop) { event in
      if whenEvent(event) { stop.cancel() }
    }.run()
  }

  /// An operator who cannot make up his mind.
  private func operate(_ gate: Gate, _ levels: [DegradationLevel?], until isOver: Cancellation) throws -> any LaneHandle
  {
    let origin = CallOrigin(tenant: .standard, sourceID: pipeline.sourceID, pipeline: pipeline.name)
    let (clock, waiter, seed) = (simulation.clock, simulation.waiter, simulation.seed)
    return try simulation.lanes.start("operator") {
      var generator = SplitMix64(seed: seed &+ UInt64(clock.now().nanoseconds))
      while !isOver.isCancelled {
        for level in levels {
          gate.pin(level, of: gate.pipeline(origin))
          let pause = Duration.milliseconds(Int.random(in: 1...600, using: &generator))
          _ = waiter.wait(until: clock.now().advanced(by: pause), cancellation: isOver)
        }
      }
    }
  }

  private func host() throws -> PipelineHost {
    let process = try lake.open()
    let (clock, waiter) = (simulation.clock, simulation.waiter)
    let gate = Gate(clock: clock, waiter: waiter, seed: simulation.seed)
    // Nothing hangs here, and real time is no measure of it.
    let watchdog = Watchdog(Watchdog.Configuration(), clock: clock, waiter: waiter) { _, _ in }
    let provider = ServiceProvider(clock: clock, files: lake.files, stateRoot: "/state") { _ in }
    return PipelineHost(
      clock: clock, lanes: simulation.lanes, gate: gate, registry: registry,
      services: PluginServices(provider: provider, watchdog: watchdog), lake: process.lake, store: process.store,
      spool: SpoolPlace(root: "/queue", files: lake.files, configuration: Self.queue))
  }

  /// Whether a run has come to the stream's end.
  func isLoaded() throws -> Bool {
    guard let table = try lake.open().lake.load(Self.table) else { return false }
    let positions = try table.positions(of: StreamID(pipeline: pipeline.name, stream: "numbers"))
    return !positions.splits.isEmpty && RunMark.isFinished(positions)
  }

  /// What a reader of the table, and of the raw table beside it, sees, file by file, put into a folder.
  func export(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let process = try lake.open()
    for name in [Self.table, RawTable.name(of: Self.table)] {
      guard let table = try process.lake.load(name) else { continue }
      for (number, planned) in try process.lake.plan(table).dataFiles.enumerated() {
        guard let key = process.store.key(of: planned.file.path) else { continue }
        let bytes = try process.store.get(key, limit: 1 << 24)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name.name)-\(number).parquet"))
      }
    }
  }

  /// Rows that stand in the raw table.
  func rawRows() throws -> Int {
    let process = try lake.open()
    guard let table = try process.lake.load(RawTable.name(of: Self.table)) else { return 0 }
    return Int(try process.lake.plan(table).recordCount)
  }
}

/// The scripted source and the Parquet format, as an installation has them.
final class ScriptedInstallation: Sendable {
  let registry: PluginRegistry
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/headrace-simulated-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder + "/manifests", withIntermediateDirectories: true)
    for (name, kinds) in [("scripted", "source, transform"), ("parquet", "format")] {
      let text = """
        manifest: 1
        name: \(name)
        version: \(name == "scripted" ? "1.0.0" : "0.1.0")
        kinds: [\(kinds)]
        library: libheadrace-\(name).so
        """
      try text.write(toFile: "\(folder)/manifests/\(name).yaml", atomically: false, encoding: .utf8)
    }
    registry = try PluginRegistry(
      folders: [folder + "/manifests"], files: SystemFiles(), spawner: SystemSpawner(),
      executable: try HeadraceInstallation.binary(), store: folder + "/store")
    // Loaded before any simulation: a probe is another process, and real time.
    for plugin in registry.plugins.values { _ = try registry.load(plugin) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
