import HostModel
@testable import HostPluginCalls
import HostSystem

/// One round: an instance in a worker that lies is used as a pipeline would.
struct FuzzRound {
  /// How a round ends.
  enum Outcome: String, CaseIterable {
    /// Everything came, as from a worker that does not lie.
    case whole
    /// Something else came, which is right in itself.
    case different
    /// A failure that the plugin itself might have told.
    case told
    /// What came was no batch, no list or no answer.
    case invalid
    case crashed, hung
  }

  private static let rows = 60
  private static let batches = 6
  private static let config = """
    {"rows": \(rows), "batch_rows": \(rows / batches), "script": {"bind": ["ok mirror"],
     "read": ["ok", "ok rejects=2"], "apply": ["ok", "ok", "ok rejects=1"],
     "inspect": ["ok findings=3", "ok findings=1"], "finish": ["ok findings=2"]}}
    """

  let plan: FuzzPlan
  private(set) var failure: Failure?
  /// Whether there was an instance, and how many batches and other results came of it.
  private(set) var hasInstance = false
  private(set) var results = 0
  private var rowCount = 0
  /// Batches whose values changed while they were looked at.
  private(set) var changing = 0
  /// What was delivered and must not have been.
  private(set) var broken: String?

  private init(_ plan: FuzzPlan) { self.plan = plan }

  static func run(_ plan: FuzzPlan, _ library: ScriptedLibrary, _ host: RealHost) -> FuzzRound {
    let plugin = LoadedPlugin(
      remote: RemoteLibrary(
        path: library.path, description: library.plugin.description, worker: FuzzedSpawner.program, environment: [:],
        confinement: .none, spawner: FuzzedSpawner(plan)))
    var round = FuzzRound(plan)
    do throws(Failure) {
      let context = host.context(timeout: plan.patience)
      switch plan.kind {
      case .source: try round.source(plugin, context, host.services)
      case .transform: try round.transform(plugin, context, host.services)
      case .detector: try round.detector(plugin, context, host.services)
      case .format: try round.format(plugin, context, host.services)
      case .model: try round.model(plugin, context, host.services)
      }
    } catch { round.failure = error }
    host.lines.change { $0 = [] }
    host.events.change { $0 = [] }
    return round
  }

  var outcome: Outcome {
    guard let failure else { return isWhole ? .whole : .different }
    switch failure.status {
    case .crashed: return .crashed
    case .hung, .deadlineExceeded, .timeout: return .hung
    case .fatal: return .invalid
    default: return .told
    }
  }

  private var isWhole: Bool {
    switch plan.kind {
    case .source: rowCount == Self.rows
    case .transform: rowCount == Self.rows - 1
    case .detector: rowCount == 6
    case .format, .model: true
    }
  }

  // MARK: What is done

  private mutating func source(
    _ plugin: LoadedPlugin, _ context: InstanceContext, _ services: PluginServices
  ) throws(Failure) {
    let source = try SourceInstance(plugin, config: Self.config, context: context, host: services)
    hasInstance = true
    _ = try source.discover([])
    let plan = try source.splits(of: "numbers", read: .full, known: [], splitBytes: 1 << 20)
    guard let split = plan.splits.first else { return }
    let reader = try source.open(
      SplitRequest(split: split, stream: "numbers", read: .full, position: nil, batchBytes: 1 << 20, batchRows: 1000))
    // One that says of no batch that it is the last would go on for ever.
    while results < 100, let batch = try reader.read() {
      let position = SplitPosition(
        split: split.id, identity: split.identity, position: batch.position, ordinal: batch.ordinal, isComplete: false)
      take(batch.takeRows())
      try source.acknowledge(position)
    }
    withExtendedLifetime(plan) {}
  }

  private mutating func transform(
    _ plugin: LoadedPlugin, _ context: InstanceContext, _ services: PluginServices
  ) throws(Failure) {
    let schema = NestedRows.schema
    let transform = try TransformInstance(
      plugin, config: Self.config, stream: "sample", input: ExportedSchema(schema), context: context, host: services)
    hasInstance = true
    let size = Self.rows / Self.batches
    for number in 0..<Self.batches {
      switch transform.apply(NestedRows.batch(rows: size, from: number * size)) {
      case .transformed(let made): take(made.takeRows())
      case .failed(_, let failure): throw failure
      }
    }
  }

  private mutating func detector(
    _ plugin: LoadedPlugin, _ context: InstanceContext, _ services: PluginServices
  ) throws(Failure) {
    let detector = try DetectorInstance(
      plugin, config: Self.config, stream: "sample", schema: ExportedSchema(numbers), context: context, host: services)
    hasInstance = true
    for _ in 0..<Self.batches {
      rowCount += try detector.inspect(numbersBatch(rows: 10)).count
      results += 1
    }
    if let state = try detector.save() { try detector.restore(state) }
    rowCount += try detector.finish(rows: Self.rows, at: SystemClock().wallTime()).count
  }

  private mutating func format(
    _ plugin: LoadedPlugin, _ context: InstanceContext, _ services: PluginServices
  ) throws(Failure) {
    let format = try FormatInstance(plugin, config: Self.config, context: context, host: services)
    hasInstance = true
    for _ in 0..<2 {
      let upload = RecordingUpload()
      let writer = try format.makeWriter(ExportedSchema(numbers), into: upload)
      for _ in 0..<3 {
        _ = try writer.write(numbersBatch(rows: 10), rows: nil)
        results += 1
      }
      _ = try writer.finish()
    }
  }

  private mutating func model(
    _ plugin: LoadedPlugin, _ context: InstanceContext, _ services: PluginServices
  ) throws(Failure) {
    let model = try LLMInstance(plugin, config: Self.config, context: context, host: services)
    hasInstance = true
    for _ in 0..<Self.batches {
      let end = SystemClock().now().advanced(by: plan.patience)
      let (result, answer) = try model.complete(Prompt("Why?"), mayRetry: true, deadline: end)
      guard answer != nil else { throw model.failure(result) }
      results += 1
    }
  }

  private mutating func take(_ batch: consuming RecordBatch) {
    results += 1
    rowCount += batch.rowCount
    do {
      if try ColumnInspection.check(batch, looks: plan.trick == "scribble" ? 8 : 2) { changing += 1 }
    } catch { broken = "\(error)" }
  }
}
