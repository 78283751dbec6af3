package import HostFormats
package import HostGate
package import HostModel
package import HostPluginCalls
import HostPolicy

/// One plugin, called outside of any pipeline: for its author, who feeds it and measures it. Its calls pass the gate as
/// those of a pipeline do.
package struct PluginDrive: Sendable {
  /// What a host lends.
  package struct Host: Sendable {
    package var gate: Gate
    package var services: PluginServices
    package var clock: any Clock

    package init(gate: Gate, services: PluginServices, clock: any Clock) {
      self.gate = gate
      self.services = services
      self.clock = clock
    }
  }

  private static let batchBytes = 1 << 20
  private let stage: PlannedStage
  private let host: Host
  private let patience: Duration

  /// - Parameter patience: how long one call may take.
  package init(_ stage: PlannedStage, _ host: Host, patience: Duration) {
    self.stage = stage
    self.host = host
    self.patience = patience
  }

  private var context: InstanceContext {
    let origin = CallOrigin(tenant: .standard, sourceID: SourceID(1), pipeline: stage.name)
    var policy = stage.policy.gate
    // What fails is told, and never held back.
    (policy.breaker.failureThreshold, policy.breaker.failurePercent) = (nil, nil)
    return InstanceContext(
      dependency: host.gate.dependency(stage.dependency, policy), origin: origin, pipeline: host.gate.pipeline(origin),
      operation: stage.operation, behaviour: stage.behaviour,
      tuning: CallTuning(retry: stage.policy.retry(stage.operation), timeout: patience), cancellation: Cancellation())
  }

  package func source() throws(Failure) -> SourceInstance {
    try SourceInstance(stage.plugin, config: stage.configText, context: context, host: host.services)
  }

  /// Reads a source, stream by stream.
  ///
  /// - Parameter body: takes each batch; what it returns says whether to go on.
  package func read(
    _ source: SourceInstance, _ body: (consuming SourceBatch) throws(Failure) -> Bool
  ) throws(Failure) {
    for stream in try source.discover([]) {
      let read: SourceRead = stream.isMadeOfFiles ? .newFiles : .full
      let plan = try source.splits(of: stream.name, read: read, known: [], splitBytes: 64 << 20)
      for split in plan.splits {
        let reader = try source.open(
          SplitRequest(
            split: split, stream: stream.name, read: read, position: nil, batchBytes: Self.batchBytes,
            batchRows: 65_536))
        while let batch = try reader.read() {
          guard try body(batch) else { return }
        }
      }
    }
  }

  package func transform(_ schema: Schema) throws(Failure) -> TransformInstance {
    try TransformInstance(
      stage.plugin, config: stage.configText, stream: "sample", input: ExportedSchema(schema), context: context,
      host: host.services)
  }

  package func detector(_ schema: Schema) throws(Failure) -> DetectorInstance {
    try DetectorInstance(
      stage.plugin, config: stage.configText, stream: "sample", schema: ExportedSchema(schema), context: context,
      host: host.services)
  }

  package func model() throws(Failure) -> LLMInstance {
    try LLMInstance(stage.plugin, config: stage.configText, context: context, host: host.services)
  }

  /// One answer.
  package func ask(_ model: LLMInstance, _ text: String) throws(Failure) -> Completion {
    let deadline = host.clock.now().advanced(by: patience)
    let (result, answer) = try model.complete(Prompt(text), mayRetry: true, deadline: deadline)
    guard let answer else { throw model.failure(result) }
    return answer
  }
}

extension RecordBatch {
  /// The rows as JSON objects.
  package borrowing func objects(atMost limit: Int) -> [JSONValue] {
    let (schema, count) = (self.schema, min(rowCount, limit))
    return withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return (0..<count).map { row in
        .object(JSONObject(zip(schema.fields, cells).map { ($0.name, $1.json(row)) }))
      }
    }
  }
}
