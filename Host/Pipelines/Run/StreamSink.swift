import HostFormats
import HostLake
import HostModel
import HostPluginCalls

/// Where one line puts the rows of one stream: data files of the table and of its siblings, and what detectors learn.
final class StreamSink {
  private let context: RunContext
  private let stream: Int
  private let format: any FormatPlace
  private let rows: TableWriter
  private let stored: StoredBatch
  private let contract: RowContract
  private let sibling: SiblingRows
  private var letters: TableWriter?
  private var findings: TableWriter?
  private var raw: RawWriter?
  private var detectors: [StreamDetector] = []
  private var part: CutPart
  /// Rows of the stream in this run and in those that it goes on from.
  private var runRows: Int

  init(_ context: RunContext, stream: Int, format: any FormatPlace, lane: LaneGuard) throws(Failure) {
    self.context = context
    self.stream = stream
    self.format = format
    let plan = context.plan.streams[stream]
    let target = context.targets[stream]
    let metadata = context.plan.file.destination.metadataColumns
    let sourceID = context.plan.file.sourceID
    rows = try Self.writer(context, target.table, target.columns, format, stream)
    stored = StoredBatch(
      columns: plan.output, stored: target.columns, metadata: metadata, sourceID: sourceID,
      ingestedAt: context.startedAt, casts: target.contract.casts)
    contract = target.contract
    sibling = SiblingRows(stream: plan.id, sourceID: sourceID, ingestedAt: context.startedAt)
    part = CutPart(stream: stream)
    runRows = target.memory.rows
    try makeDetectors(plan, target, lane)
  }

  private static func writer(
    _ context: RunContext, _ table: LakeTable, _ columns: Schema, _ format: any FormatPlace, _ stream: Int
  ) throws(Failure) -> TableWriter {
    let lake = context.host.lake
    return try TableWriter(
      table, schema: columns, format: format, store: context.host.store,
      limits: TableWriter.Limits(
        fileBytes: Int64(context.plan.file.destination.commit.fileSize.bytes), openFiles: context.host.limits.openFiles),
      newName: { lake.newUUID() },
      whenClosed: { context.emit("file_closed", stream: stream, ["file": .string($0)]) })
  }

  private func makeDetectors(_ plan: StreamPlan, _ target: StreamTarget, _ lane: LaneGuard) throws(Failure) {
    guard !plan.detectors.isEmpty else { return }
    let columns = ExportedSchema(plan.output)
    for (index, planned) in plan.detectors.enumerated() {
      let key = "\(index):\(planned.name)"
      let state = target.memory.detectors[key]
      detectors.append(
        try StreamDetector(context, stream: stream, key: key, planned, state: state) {
          [context, stream] (stage, state) throws(Failure) in
          let instance = try DetectorInstance(
            stage.plugin, config: stage.configText, stream: plan.id.stream, schema: columns,
            context: stage.context(context.host, origin: context.origin, cancellation: context.writing, lane: lane),
            host: context.host.services)
          if let state { try Self.restore(instance, state, key, context, stream) }
          return instance
        })
    }
  }

  /// A detector that cannot read what an earlier version has learnt begins anew, and that is told.
  private static func restore(
    _ instance: DetectorInstance, _ state: [UInt8], _ key: String, _ context: RunContext, _ stream: Int
  ) throws(Failure) {
    do throws(Failure) { try instance.restore(state) } catch {
      guard error.status == .unsupported else { throw error }
      context.emit("detector_reset", stream: stream, ["detector": .string(key), "reason": .string(error.statement)])
    }
  }

  func take(_ batch: PipelineBatch) throws(Failure) {
    var seen: [DetectorFinding] = []
    var letters = batch.letters
    var written = 0
    for detector in detectors { try detector.changeOver() }
    for box in batch.parts.flatMap({ contract.judged($0.take(), &letters) }) {
      let rows = box.take()
      for detector in detectors {
        seen += try detector.inspect(rows)
      }
      written += rows.rowCount
      try self.rows.write(stored.fitted(rows))
    }
    try keep(letters, seen, batch.position)
    part.rowCount += written
    part.sourceRows += batch.sourceRows
    runRows += batch.sourceRows
    part.positions[batch.position.split] = batch.position
    context.progress[stream].didWrite(rows: written, dead: letters.count, findings: seen.count)
  }

  /// Writes rows that nothing was done to.
  func takeRaw(_ batch: RawBatch) throws(Failure) {
    if batch.beginsAnew {
      try closeRaw()
      part.raw.beginAnew(batch.span.split)
    }
    try rawWriter().write(batch)
    part.raw.reach(batch.span)
  }

  private func closeRaw() throws(Failure) {
    for file in try raw?.cut() ?? [] { part.raw.add(file) }
  }

  private func rawWriter() throws(Failure) -> RawWriter {
    if let raw { return raw }
    guard let table = context.targets[stream].raw.table else {
      preconditionFailure("a stream without a raw table passes no rows through")
    }
    let made = try RawWriter(
      table, lake: context.host.lake, sourceID: context.plan.file.sourceID, ingestedAt: context.startedAt
    ) { (table, columns) throws(Failure) in try Self.writer(context, table, columns, format, stream) }
    raw = made
    return made
  }

  private func keep(
    _ letters: [DeadLetter], _ findings: [DetectorFinding], _ position: HostPluginCalls.SplitPosition
  ) throws(Failure) {
    if !letters.isEmpty {
      if context.plan.file.onError.record == .fail, let first = letters.first { throw first.failure }
      let writer = try writer(.deadLetters)
      for part in SiblingRows.parts(letters) {
        try writer.write(sibling.deadLetters(part, split: position.split, ordinal: position.ordinal))
      }
      part.deadCount += letters.count
    }
    if !findings.isEmpty {
      let writer = try writer(.findings)
      for part in SiblingRows.parts(findings) {
        try writer.write(sibling.findings(part, split: position.split, ordinal: position.ordinal))
      }
      part.findingCount += findings.count
    }
  }

  private func writer(_ kind: SiblingTable) throws(Failure) -> TableWriter {
    switch kind {
    case .deadLetters:
      if let letters { return letters }
    case .findings:
      if let findings { return findings }
    }
    let made = try makeWriter(kind)
    if case .deadLetters = kind { letters = made } else { findings = made }
    return made
  }

  private func makeWriter(_ kind: SiblingTable) throws(Failure) -> TableWriter {
    let preparation = TablePreparation(
      lake: context.host.lake, contract: context.plan.file.schema,
      metadata: context.plan.file.destination.metadataColumns)
    let table = try preparation.sibling(kind, of: context.plan.streams[stream].table)
    return try Self.writer(context, table, columns(kind, table), format, stream)
  }

  private func columns(_ kind: SiblingTable, _ table: LakeTable) throws(Failure) -> Schema {
    guard let columns = kind.schema.withIDs(of: table.metadata.schema) else {
      throw Failure(
        .run, "\(table.name): does not have the columns of a table of \(kind)", advice: "rename that table",
        status: .conflict)
    }
    return columns
  }

  func splitEnded(_ position: HostPluginCalls.SplitPosition) throws(Failure) {
    part.positions[position.split] = position
  }

  /// All of the stream was read: detectors judge the run as a whole.
  func streamEnded() throws(Failure) {
    var seen: [DetectorFinding] = []
    for detector in detectors {
      seen += try detector.finish(rows: runRows)
    }
    let end = HostPluginCalls.SplitPosition(
      split: RunMark.split, identity: "", position: [], ordinal: 0, isComplete: true)
    try keep([], seen, end)
    context.progress[stream].didWrite(rows: 0, dead: 0, findings: seen.count)
    part.isEnd = true
    runRows = 0
  }

  /// Closes what is open and reports everything since the last cut; nil if there is nothing to report.
  func cut() throws(Failure) -> CutPart? {
    guard !part.positions.isEmpty || part.isEnd || !part.raw.isEmpty else { return nil }
    part.rows = try rows.cut()
    part.letters = try letters?.cut() ?? []
    part.findings = try findings?.cut() ?? []
    try closeRaw()
    if !detectors.isEmpty {
      var states: [String: [UInt8]] = [:]
      for detector in detectors { states[detector.key] = try detector.save() }
      part.detectors = states
    }
    defer { part = CutPart(stream: stream) }
    return part
  }
}

extension DeadLetter {
  /// The failure of a run that keeps no dead letters.
  fileprivate var failure: Failure {
    let place = reject.place.isEmpty ? "" : "\(reject.place): "
    return Failure(
      .run, "\(place)\(reject.reason)", advice: "mend the record, or use 'on_error: {record: dead_letter}'",
      status: .badRecord)
  }
}
