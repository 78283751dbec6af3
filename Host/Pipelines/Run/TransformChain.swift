import HostFormats
import HostGate
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy
import HostPolicyFile

/// The transforms of one stream, in order, as one lane uses them.
final class TransformChain {
  private let links: [StageSeat<TransformInstance>]

  /// - Parameter whenTakenBack: is told of a plugin that has failed in another's place.
  /// - Throws: `conflict` if one of them makes other columns than the plan was made with.
  init(
    _ plan: StreamPlan, _ host: PipelineHost, origin: CallOrigin, cancellation: Cancellation, lane: LaneGuard?,
    whenTakenBack: @escaping (PlannedStage, Failure) -> Void
  ) throws(Failure) {
    var links: [StageSeat<TransformInstance>] = []
    for (index, planned) in plan.transforms.enumerated() {
      links.append(
        try StageSeat(host.stages, planned, whenTakenBack: whenTakenBack) { (stage) throws(Failure) in
          let instance = try TransformInstance(
            stage.plugin, config: stage.configText, stream: plan.id.stream, input: ExportedSchema(plan.schemas[index]),
            context: stage.context(host, origin: origin, cancellation: cancellation, lane: lane), host: host.services)
          guard instance.output == plan.schemas[index + 1] else { throw .otherColumns(stage) }
          return instance
        })
    }
    self.links = links
  }

  /// Changes over to the plugins that are in these places now. Between two batches.
  func changeOver() throws(Failure) {
    for link in links { try link.changeOver() }
  }

  /// How long rows wait for a level at which they are transformed.
  var patience: Duration { links.map(\.stage.policy.levelWait).min() ?? .zero }

  /// Whether all transforms work at a level.
  func works(at level: DegradationLevel) -> Bool {
    links.allSatisfy { $0.stage.behaviour.works(at: level) }
  }

  /// Whether rows may stand untransformed, outside of the destination, until they can be transformed: if all transforms
  /// allow it, and nobody has forbidden it.
  var allowsPassThrough: Bool {
    links.allSatisfy { $0.stage.policy.degradation.passThrough ?? true && $0.instance.allowsPassThrough }
  }

  /// Passes a batch through all transforms; rows that are refused are added to `letters`.
  ///
  /// - Parameter isWanted: is asked before each call.
  /// - Returns: the rows, in order, in several parts where a transform could not take the batch whole; nil as soon as they
  ///   are not wanted any more.
  func apply(
    _ batch: consuming RecordBatch, _ letters: inout [DeadLetter], while isWanted: () -> Bool = { true }
  ) throws(Failure) -> [BatchBox]? {
    var parts = [BatchBox(batch)]
    for link in links {
      var next: [BatchBox] = []
      for part in parts {
        guard isWanted() else { return nil }
        try apply(link, part.take(), &letters, into: &next)
      }
      parts = next
    }
    return parts
  }

  /// Halves a batch that the transform cannot take until the rows that it refuses stand alone.
  private func apply(
    _ link: StageSeat<TransformInstance>, _ batch: consuming RecordBatch, _ letters: inout [DeadLetter],
    into parts: inout [BatchBox]
  ) throws(Failure) {
    let rows = batch.rowCount
    let given: BatchBox
    let kept: BatchBox?
    // A newcomer that breaks the ABI may have kept its rows, or freed them.
    if link.isTried { (given, kept) = batch.doubled() } else { (given, kept) = (BatchBox(batch), nil) }
    switch link.instance.apply(given.take()) {
    case .transformed(let result):
      link.prove()
      letters += result.rejects.map { DeadLetter(stage: .transform, plugin: link.stage.name, reject: $0) }
      parts.append(BatchBox(result.takeRows()))
    case .failed(let returned, let failure):
      let batch: RecordBatch
      if let kept { batch = kept.take() } else if let returned { batch = returned } else { throw failure }
      // A batch without rows has no record to blame, and cannot be halved.
      guard failure.status == .badRecord, rows > 0 else {
        guard try link.goBack(after: failure) else { throw failure }
        return try apply(link, batch, &letters, into: &parts)
      }
      if rows == 1 {
        letters.append(DeadLetter(stage: .transform, plugin: link.stage.name, reject: Self.reject(batch, failure)))
        return
      }
      let (first, second) = batch.split(at: rows / 2)
      try apply(link, first.take(), &letters, into: &parts)
      try apply(link, second.take(), &letters, into: &parts)
    }
  }

  private static func reject(_ batch: borrowing RecordBatch, _ failure: Failure) -> Reject {
    let record = batch.json(row: 0).serialized()
    return Reject(status: .badRecord, row: 0, place: "", reason: failure.statement, record: record)
  }
}

extension Failure {
  fileprivate static func otherColumns(_ stage: PlannedStage) -> Failure {
    Failure(
      .run, "the transform '\(stage.name)' makes other columns than when the run began", advice: "run again",
      status: .conflict)
  }
}

extension RecordBatch {
  /// A row as a JSON object, for dead letters and previews.
  borrowing func json(row: Int) -> JSONValue {
    let schema = schema
    return withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return .object(JSONObject(zip(schema.fields, cells).map { ($0.name, $1.json(row)) }))
    }
  }
}
