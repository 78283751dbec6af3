import HostFormats
import HostGate
import HostLake
package import HostModel
import HostPluginRuntime

/// One run of a pipeline, from its plan to its summary.
///
/// Splits are read by lines, each a reader and a writer on lanes of their own with a bounded channel between them. The
/// coordinator, on the caller's lane, asks the lines from time to time for a cut (what is complete and durable), and
/// commits the cuts of a stream, its dead letters, findings and positions in one transaction.
package final class PipelineRun {
  package struct Options: Sendable {
    /// Forget positions and read everything again.
    package var fullRefresh = false

    package init() {}
  }

  private let host: PipelineHost
  private let plan: PipelinePlan
  private let options: Options
  private let stop: Cancellation
  private let reading = Cancellation()
  private let events: @Sendable (RunEvent) -> Void
  private var ledgers: [StreamLedger] = []
  private var context: RunContext?
  private var failure: Failure?
  private var lines: [Line] = []
  /// Per stream, in the plan's order; read by whoever shows the progress.
  package let progress: [StreamProgress]

  /// A reader and a writer, and how many of the two are still at work.
  private struct Line {
    var channel: BoundedChannel<LineMessage>
    var lanes = 0
    var owesCut = false

    var isRunning: Bool { lanes > 0 }
  }

  /// - Parameter stop: ends the run early; what is complete is committed.
  package init(
    _ host: PipelineHost, _ plan: PipelinePlan, options: Options = Options(), stop: Cancellation,
    events: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.host = host
    self.plan = plan
    self.options = options
    self.stop = stop
    self.events = events
    progress = plan.streams.map { StreamProgress(stream: $0.id, table: $0.table) }
  }

  package func run() -> RunSummary {
    let began = host.clock.now()
    let registration = stop.onCancel { [reading] in reading.cancel() }
    defer { stop.remove(registration) }
    do throws(Failure) {
      try execute()
    } catch {
      // A stop that interrupts the preparation is no failure.
      if error.status != .cancelled || !stop.isCancelled { failure = failure ?? error }
    }
    return summary(host.clock.now().duration(since: began))
  }

  private func execute() throws(Failure) {
    let work = try prepare()
    let context = RunContext(
      host: host, plan: plan, targets: ledgers.map(\.target), starts: ledgers.map(\.known),
      progress: progress, work: work, reading: reading, startedAt: host.clock.wallTime(), events: events)
    self.context = context
    context.emit("run_started", ["splits": .string(String(work.reduce(0) { $0 + $1.splits.count }))])
    startLines(min(host.limits.lines, work.count), context)
    coordinate(context)
    // Asked once: a stop that comes between two questions would leave what waits uncommitted.
    if failure != nil || reading.isCancelled { commit(context) } else { finishStreams(context) }
  }

  // MARK: Before any row moves

  /// Tables, positions and splits of all streams; the pieces of work for the lines.
  private func prepare() throws(Failure) -> [RunContext.WorkItem] {
    let preparation = TablePreparation(
      lake: host.lake, contract: plan.file.schema, metadata: plan.file.destination.metadataColumns)
    let origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
    let source = try SourceInstance(
      plan.source.plugin, config: plan.source.configText,
      context: plan.source.context(host, origin: origin, cancellation: reading, lane: nil), host: host.services)
    var work: [RunContext.WorkItem] = []
    for index in plan.streams.indices {
      let stream = plan.streams[index]
      let target = try preparation.prepare(stream)
      var ledger = try ledger(stream, target, index)
      let resumes = !RunMark.isFinished(target.positions)
      let known = resumes || stream.read == .newFiles ? ledger.committed.knownSplits : []
      ledger.known = known
      let splits = try source.splits(
        of: stream.id.stream, read: stream.read.sourceRead, known: known, splitBytes: host.limits.splitBytes)
      let complete = Set(known.filter(\.isComplete).map(\.split))
      let pending = splits.splits.filter { !complete.contains($0.id) }
      ledger.splits = splits
      ledger.hasWork = !pending.isEmpty || resumes || stream.read == .full
      ledgers.append(ledger)
      work += items(index, pending, ledger)
    }
    return work
  }

  /// A stream with detectors, or without positions to resume by, is read in order by one line.
  private func items(_ index: Int, _ splits: [Split], _ ledger: StreamLedger) -> [RunContext.WorkItem] {
    guard ledger.hasWork else { return [] }
    if !ledger.plan.detectors.isEmpty || splits.isEmpty {
      return [RunContext.WorkItem(stream: index, splits: splits, isWholeStream: true)]
    }
    return splits.map { RunContext.WorkItem(stream: index, splits: [$0], isWholeStream: splits.count == 1) }
  }

  private func ledger(
    _ stream: StreamPlan, _ target: StreamTarget, _ index: Int
  ) throws(Failure) -> StreamLedger {
    var target = target
    let resumes = !RunMark.isFinished(target.positions) && !options.fullRefresh
    let number = RunMark.number(target.positions) + (resumes ? 0 : 1)
    if options.fullRefresh || !resumes { try forgetUnfinished(stream, &target) }
    return StreamLedger(
      plan: stream, target: target, committed: target.positions, waiting: CutPart(stream: index), runNumber: number,
      hasWork: false)
  }

  /// What an abandoned load has staged is of no use to a new one; a full refresh forgets what was read as well.
  private func forgetUnfinished(_ stream: StreamPlan, _ target: inout StreamTarget) throws(Failure) {
    var commits: [TableCommit] = []
    for name in [stream.table] + [SiblingTable.deadLetters, .findings].map({ $0.name(of: stream.table) }) {
      guard let table = try host.lake.load(name), table.hasStagedRows(of: stream.id) else { continue }
      commits.append(TableCommit(name, .discard, stream: stream.id))
    }
    if options.fullRefresh {
      var positions = StreamPositions()
      let number = RunMark.number(target.positions)
      positions.splits[RunMark.split] = RunMark.position(number: number, isFinished: true)
      let property = StreamMemory.property(stream.id, staged: false)
      commits.removeAll { $0.table == stream.table }
      commits.append(
        TableCommit(
          stream.table, target.table.hasStagedRows(of: stream.id) ? .discard : .none, stream: stream.id,
          expectedOrdinals: target.positions.ordinals, positions: positions,
          properties: [property: nil, StreamMemory.property(stream.id, staged: true): nil]))
      target.positions = positions
      target.memory = StreamMemory()
    }
    guard !commits.isEmpty else { return }
    if !options.fullRefresh {
      // What looks abandoned may be the beginning of another run, whose rows must not be thrown away under it.
      commits.removeAll { $0.table == stream.table }
      commits.append(
        TableCommit(
          stream.table, target.table.hasStagedRows(of: stream.id) ? .discard : .none, stream: stream.id,
          expectedOrdinals: target.positions.ordinals))
    }
    guard case .committed(let tables) = try host.lake.commit(commits) else {
      status = .fenced
      throw fenced(stream)
    }
    if let table = tables.first(where: { $0.table.name == stream.table }) { target.table = table.table }
  }

  // MARK: Lines

  private func startLines(_ count: Int, _ context: RunContext) {
    for number in 0..<count where failure == nil {
      let channel = BoundedChannel<LineMessage>(
        capacity: host.limits.queuedBatches, monitor: host.lanes.makeMonitor())
      lines.append(Line(channel: channel))
      do throws(Failure) {
        try startWriter(number, channel, laneGuard("write-\(number)", number, context), context)
        lines[number].lanes += 1
        try startReader(number, channel, laneGuard("read-\(number)", number, context), context)
        lines[number].lanes += 1
      } catch {
        // Lanes that have started are waited for like those of any run that fails.
        fail(error, context)
        channel.close()
      }
    }
  }

  private func laneGuard(_ name: String, _ line: Int, _ context: RunContext) -> LaneGuard {
    LaneGuard(name: name) { context.inbox.post(.failed(line: line, $0)) }
  }

  private func startReader(
    _ number: Int, _ channel: BoundedChannel<LineMessage>, _ lane: LaneGuard, _ context: RunContext
  ) throws(Failure) {
    _ = try host.lanes.start(lane.name) {
      do throws(Failure) {
        try LineReader(context, output: channel, lane: lane).run()
      } catch {
        if !lane.isLost { context.inbox.post(.failed(line: number, error)) }
      }
      channel.close()
      if !lane.isLost { context.inbox.post(.finished(line: number)) }
    }
  }

  private func startWriter(
    _ number: Int, _ channel: BoundedChannel<LineMessage>, _ lane: LaneGuard, _ context: RunContext
  ) throws(Failure) {
    _ = try host.lanes.start(lane.name) {
      do throws(Failure) {
        try LineWriter(context, number: number, input: channel, lane: lane).run()
      } catch {
        if !lane.isLost { context.inbox.post(.failed(line: number, error)) }
        channel.abandon()
      }
      if !lane.isLost { context.inbox.post(.finished(line: number)) }
    }
  }

  // MARK: Coordination

  private func coordinate(_ context: RunContext) {
    let settings = plan.file.destination.commit
    var nextCut = host.clock.now().advanced(by: settings.every)
    while lines.contains(where: \.isRunning) {
      let now = host.clock.now()
      if now >= nextCut || rowsSinceCut() >= settings.rows {
        askForCuts()
        nextCut = now.advanced(by: settings.every)
      }
      // Rows are counted without a message for each batch, so that the count is looked at now and then.
      let look = min(nextCut, now.advanced(by: .milliseconds(20)))
      if case .element(let report) = context.inbox.receive(until: look) { handle(report, context) }
    }
    drain(context)
  }

  private var rowsAtLastCut = 0

  private func rowsSinceCut() -> Int { progress.reduce(0) { $0 + $1.rowsWritten } - rowsAtLastCut }

  private func askForCuts() {
    rowsAtLastCut = progress.reduce(0) { $0 + $1.rowsWritten }
    // A line that has not answered yet is asked again next time.
    guard !lines.contains(where: { $0.isRunning && $0.owesCut }) else { return }
    for index in lines.indices where lines[index].isRunning {
      lines[index].owesCut = lines[index].channel.post(.cut)
    }
  }

  private func handle(_ report: LineReport, _ context: RunContext) {
    switch report {
    case .cut(let line, let parts):
      let wasAsked = lines[line].owesCut
      lines[line].owesCut = false
      for part in parts { ledgers[part.stream].add(part) }
      // The cut of a line that ends waits for the next commit, which for the last line is the stream's last.
      if wasAsked, !lines.contains(where: { $0.isRunning && $0.owesCut }) { commit(context) }
    case .finished(let line):
      lines[line].lanes = max(0, lines[line].lanes - 1)
      if !lines[line].isRunning { lines[line].owesCut = false }
    case .failed(let line, let failure):
      fail(failure, context)
      if failure.status == .hung {
        // The lane is gone; what its other half still has is not waited for.
        lines[line].lanes = 0
        lines[line].channel.abandon()
      }
    }
  }

  /// Reports that came while the last line ended.
  private func drain(_ context: RunContext) {
    while case .element(let report) = context.inbox.receive(until: host.clock.now()) { handle(report, context) }
  }

  private func fail(_ failure: Failure, _ context: RunContext) {
    if self.failure == nil {
      self.failure = failure
      context.emit("run_failing", ["reason": .string(failure.message)])
    }
    context.stopReading()
  }

  // MARK: Commits

  /// Commits what waits, stream by stream.
  private func commit(_ context: RunContext) {
    for index in ledgers.indices where ledgers[index].isDue {
      guard status != .fenced else { return }
      // The end of a stream that one line has seen is committed with its last rows, whatever became of the other
      // streams: its detectors have ended the run, and would do so twice.
      commit(index, final: ledgers[index].waiting.isEnd, context)
    }
  }

  /// All lines are done: each stream is complete.
  private func finishStreams(_ context: RunContext) {
    for index in ledgers.indices where ledgers[index].hasWork && !ledgers[index].isFinished {
      guard failure == nil else { return }
      ledgers[index].waiting.isEnd = true
      commit(index, final: true, context)
    }
  }

  private var status: RunStatus?

  private func commit(_ index: Int, final: Bool, _ context: RunContext) {
    do throws(Failure) {
      try checkDeadLetters(index, final: final)
      try commitOrThrow(index, final: final, context)
    } catch {
      fail(error, context)
    }
  }

  private func commitOrThrow(_ index: Int, final: Bool, _ context: RunContext) throws(Failure) {
    let ledger = ledgers[index]
    let siblings = try existingSiblings(ledger.plan.table)
    let (commits, positions) = ledger.commits(final: final, siblings: siblings)
    let details: JSONObject = [
      "table": .string(ledger.plan.table.description), "rows": .string(String(ledger.waiting.rowCount)),
      "files": .string(String(ledger.waiting.rows.count)), "final": .bool(final),
      "ordinals": .object(
        JSONObject(positions.ordinals.sorted { $0.key < $1.key }.map { ($0.key, .string("\($0.value)")) })),
    ]
    context.emit("commit_started", stream: index, details)
    guard case .committed(let tables) = try host.lake.commit(commits), let table = tables.first else {
      status = .fenced
      context.emit("fenced", stream: index, details)
      throw fenced(ledger.plan)
    }
    progress[index].didCommit(rows: ledger.waiting.rowCount)
    ledgers[index].didCommit(table, positions, final: final)
    context.emit("commit_finished", stream: index, details)
  }

  private func existingSiblings(_ table: TableName) throws(Failure) -> Set<TableName> {
    var found: Set<TableName> = []
    for kind in [SiblingTable.deadLetters, .findings] where try host.lake.load(kind.name(of: table)) != nil {
      found.insert(kind.name(of: table))
    }
    return found
  }

  private func fenced(_ stream: StreamPlan) -> Failure {
    Failure(
      .run, "fenced: another run of the pipeline '\(stream.id.pipeline)' has written '\(stream.id.stream)' meanwhile",
      advice: "let one run finish; what this one has not committed will be read again", status: .conflict)
  }

  /// Too many wrong records fail the run, before the commit that would go over the limit.
  private func checkDeadLetters(_ index: Int, final: Bool) throws(Failure) {
    let read = progress.reduce(0) { $0 + $1.rowsRead }
    let dead = progress.reduce(0) { $0 + $1.rowsDead }
    let isOver: Bool =
      switch plan.file.onError.max {
      case .rows(let most): dead > most
      // A share of few rows says little: before the end it counts from 10,000 on.
      case .share(let share): Double(dead) > share * Double(read) && (final || read >= 10_000)
      }
    guard isOver, dead > 0 else { return }
    throw Failure(
      .run,
      "\(dead) of \(read) records are wrong, which is more than 'on_error: {max: \(plan.file.onError.limitText)}' allows",
      advice: "see 'headrace preview' for the reasons, then mend the records or raise the limit", status: .badRecord)
  }

  private func summary(_ duration: Duration) -> RunSummary {
    let ended: RunStatus =
      status ?? (failure != nil ? .failed : stop.isCancelled ? .interrupted : .succeeded)
    let streams = zip(ledgers, progress).map { ledger, progress in
      RunSummary.Stream(
        name: ledger.plan.id.stream, table: ledger.plan.table, rowsRead: progress.rowsRead,
        rowsWritten: ledger.rowsCommitted, rowsDead: ledger.lettersCommitted, findings: ledger.findingsCommitted,
        snapshotID: ledger.snapshotID)
    }
    context?.emit(
      "run_finished",
      ["status": .string(ended.rawValue), "rows_written": .string(String(streams.reduce(0) { $0 + $1.rowsWritten }))])
    return RunSummary(pipeline: plan.file.name, status: ended, failure: failure, streams: streams, duration: duration)
  }
}

extension ErrorRule {
  fileprivate var limitText: String {
    switch max {
    case .rows(let rows): String(rows)
    case .share(let share): Units.percentText(share)
    }
  }
}
