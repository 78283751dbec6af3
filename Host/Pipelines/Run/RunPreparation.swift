import HostFormats
import HostGate
import HostLake
import HostModel
import HostPluginCalls
import HostPluginRuntime

/// What comes before any row moves: tables, positions and splits of all streams.
struct RunPreparation {
  let host: PipelineHost
  let plan: PipelinePlan
  let options: PipelineRun.Options
  let reading: Cancellation
  /// Another run has written one of the streams meanwhile, and this one must not go on.
  private(set) var isFenced = false

  init(_ host: PipelineHost, _ plan: PipelinePlan, _ options: PipelineRun.Options, reading: Cancellation) {
    self.host = host
    self.plan = plan
    self.options = options
    self.reading = reading
  }

  /// One ledger for each stream, in the plan's order, and the pieces of work for the lines.
  mutating func prepare() throws(Failure) -> (ledgers: [StreamLedger], work: [RunContext.WorkItem]) {
    let preparation = TablePreparation(
      lake: host.lake, contract: plan.file.schema, metadata: plan.file.destination.metadataColumns)
    let source = try sourceInstance()
    var ledgers: [StreamLedger] = []
    var work: [RunContext.WorkItem] = []
    for (index, stream) in plan.streams.enumerated() {
      var ledger = try ledger(stream, try preparation.prepare(stream), index)
      let pending = try findSplits(&ledger, source)
      ledgers.append(ledger)
      work += Self.items(index, pending, ledger)
    }
    return (ledgers, work)
  }

  private func sourceInstance() throws(Failure) -> SourceInstance {
    let origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
    return try SourceInstance(
      plan.source.plugin, config: plan.source.configText,
      context: plan.source.context(host, origin: origin, cancellation: reading, lane: nil), host: host.services)
  }

  /// Asks the source for the stream's splits, with those that an earlier run knew.
  ///
  /// - Returns: the splits that are left to read.
  private func findSplits(_ ledger: inout StreamLedger, _ source: SourceInstance) throws(Failure) -> [Split] {
    let stream = ledger.plan
    let resumes = !RunMark.isFinished(ledger.committed)
    let known = resumes || stream.read == .newFiles ? ledger.committed.knownSplits : []
    let splits = try source.splits(
      of: stream.id.stream, read: stream.read.sourceRead, known: known, splitBytes: host.limits.splitBytes)
    let complete = Set(known.filter(\.isComplete).map(\.split))
    let pending = splits.splits.filter { !complete.contains($0.id) }
    ledger.known = known
    ledger.splits = splits
    ledger.hasWork = !pending.isEmpty || resumes || stream.read == .full
    return pending
  }

  /// A stream with detectors, or without positions to resume by, is read in order by one line.
  private static func items(_ index: Int, _ splits: [Split], _ ledger: StreamLedger) -> [RunContext.WorkItem] {
    guard ledger.hasWork else { return [] }
    if !ledger.plan.detectors.isEmpty || splits.isEmpty {
      return [RunContext.WorkItem(stream: index, splits: splits, isWholeStream: true)]
    }
    return splits.map { RunContext.WorkItem(stream: index, splits: [$0], isWholeStream: splits.count == 1) }
  }

  private mutating func ledger(
    _ stream: StreamPlan, _ found: StreamTarget, _ index: Int
  ) throws(Failure) -> StreamLedger {
    var target = found
    let resumes = !RunMark.isFinished(target.positions) && !options.fullRefresh
    let number = RunMark.number(target.positions) + (resumes ? 0 : 1)
    if !resumes { try forget(stream, &target) }
    return StreamLedger(
      plan: stream, target: target, committed: target.positions, waiting: CutPart(stream: index), runNumber: number,
      hasWork: false)
  }

  /// What an abandoned load has staged is of no use to a new one; a full refresh forgets what was read as well.
  private mutating func forget(_ stream: StreamPlan, _ target: inout StreamTarget) throws(Failure) {
    var commits = try discardsOfSiblings(stream)
    let isStaged = target.table.hasStagedRows(of: stream.id)
    var own = TableCommit(
      stream.table, isStaged ? .discard : .none, stream: stream.id, expectedOrdinals: target.positions.ordinals)
    if options.fullRefresh {
      target.positions = Self.nothingRead(after: target.positions)
      target.memory = StreamMemory()
      own.positions = target.positions
      own.properties = [
        StreamMemory.property(stream.id, staged: false): nil, StreamMemory.property(stream.id, staged: true): nil,
      ]
    }
    if options.fullRefresh, !target.raw.spans.isEmpty {
      commits.append(
        TableCommit(
          RawTable.name(of: stream.table), .exchange(removing: RawTable.rows(of: stream.id), adding: []),
          stream: stream.id, properties: [RawSpans.property(stream.id): nil]))
      target.raw.spans = RawSpans()
    }
    guard options.fullRefresh || isStaged || !commits.isEmpty else { return }
    // The stream's own table comes along even without staged rows: what looks abandoned may be the beginning of another
    // run, whose rows must not be thrown away under it.
    commits.append(own)
    guard case .committed(let tables) = try host.lake.commit(commits) else {
      isFenced = true
      throw .fenced(stream)
    }
    if let table = tables.first(where: { $0.table.name == stream.table }) { target.table = table.table }
  }

  private func discardsOfSiblings(_ stream: StreamPlan) throws(Failure) -> [TableCommit] {
    var commits: [TableCommit] = []
    for name in [SiblingTable.deadLetters, .findings].map({ $0.name(of: stream.table) }) {
      guard let table = try host.lake.load(name), table.hasStagedRows(of: stream.id) else { continue }
      commits.append(TableCommit(name, .discard, stream: stream.id))
    }
    return commits
  }

  /// Positions that know the number of runs and nothing else.
  private static func nothingRead(after positions: StreamPositions) -> StreamPositions {
    var empty = StreamPositions()
    empty.splits[RunMark.split] = RunMark.position(number: RunMark.number(positions), isFinished: true)
    return empty
  }
}

extension Failure {
  /// Another run was there first.
  static func fenced(_ stream: StreamPlan) -> Failure {
    Failure(
      .run, "fenced: another run of the pipeline '\(stream.id.pipeline)' has written '\(stream.id.stream)' meanwhile",
      advice: "let one run finish; what this one has not committed will be read again", status: .conflict)
  }
}
