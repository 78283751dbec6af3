package import HostModel

/// Batches in the durable queues of a run.
package struct QueueDepth: Sendable {
  package var waiting = 0
  /// Those that the level does not make wait.
  package var workable = 0

  package init() {}

  init(waiting: Int, workable: Int) {
    self.waiting = waiting
    self.workable = workable
  }
}

/// One run of a pipeline, from its plan to its summary.
///
/// Splits are read by lines. The coordinator, on the caller's lane, asks the lines from time to time for a cut (what is
/// complete and durable), and commits the cuts of a stream, its dead letters, findings and positions in one transaction.
package final class PipelineRun {
  package struct Options: Sendable {
    /// Forget positions and read everything again.
    package var fullRefresh = false

    package init() {}
  }

  package let host: PipelineHost
  package let plan: PipelinePlan
  private let options: Options
  private let stop: Cancellation
  private let reading = Cancellation()
  private let events: @Sendable (RunEvent) -> Void
  private var ledgers: [StreamLedger] = []
  private var context: RunContext?
  private var acknowledger: Acknowledger?
  private var failure: Failure?
  private var isFenced = false
  private var rowsAtLastCut = 0
  private let depth = Gauge()
  private let workable = Gauge()
  /// Per stream, in the plan's order; read by whoever shows the progress.
  package let progress: [StreamProgress]

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
    defer { closeQueues() }
    let context = RunContext(
      host: host, plan: plan, targets: ledgers.map(\.target), starts: ledgers.map(\.known),
      runNumbers: ledgers.map(\.runNumber), progress: progress, work: work, reading: reading,
      startedAt: host.clock.wallTime(), events: events)
    self.context = context
    try forgetOldQueues(work, context)
    context.emit("run_started", ["splits": .string(String(work.reduce(0) { $0 + $1.splits.count }))])
    acknowledger = try startAcknowledging(context)
    defer { acknowledger?.close(stop: stop, isHurried: failure != nil || stop.isCancelled) }
    var lines = startLines(min(host.limits.lines, work.count), context)
    coordinate(&lines, context)
    // Asked once: a stop that comes between two questions would leave what waits uncommitted.
    if failure != nil || reading.isCancelled { commitWhatWaits(context) } else { finishStreams(context) }
  }

  /// Tells, from any thread, how many batches wait in durable queues.
  package var queueDepth: @Sendable () -> QueueDepth {
    { [depth, workable] in QueueDepth(waiting: depth.value, workable: workable.value) }
  }

  private func forgetOldQueues(_ work: [RunContext.WorkItem], _ context: RunContext) throws(Failure) {
    let wanted = work.flatMap { item in item.splits.map { (plan.streams[item.stream].id, $0.id) } }
    _ = try context.spools?.forget(of: plan.streams.map(\.id), except: wanted)
  }

  private func startAcknowledging(_ context: RunContext) throws(Failure) -> Acknowledger? {
    guard let acknowledger = try Acknowledger.start(context) else { return nil }
    for (index, ledger) in ledgers.enumerated() {
      acknowledger.committedEarlier(index, ledger.committed.knownSplits)
    }
    return acknowledger
  }

  private func closeQueues() {
    do throws(Failure) { try context?.spools?.close() } catch { failure = failure ?? error }
  }

  private func prepare() throws(Failure) -> [RunContext.WorkItem] {
    var preparation = RunPreparation(host, plan, options, reading: reading)
    defer { isFenced = preparation.isFenced }
    let prepared = try preparation.prepare()
    ledgers = prepared.ledgers
    return prepared.work
  }

  private func startLines(_ count: Int, _ context: RunContext) -> RunLines {
    var lines = RunLines(context)
    for _ in 0..<count where failure == nil {
      do throws(Failure) { try lines.start() } catch { fail(error, context) }
    }
    return lines
  }

  // MARK: Coordination

  private func coordinate(_ lines: inout RunLines, _ context: RunContext) {
    let settings = plan.file.destination.commit
    var nextCut = host.clock.now().advanced(by: settings.every)
    while lines.areRunning {
      let now = host.clock.now()
      if now >= nextCut || rowsWritten - rowsAtLastCut >= settings.rows {
        rowsAtLastCut = rowsWritten
        lines.askForCuts()
        nextCut = now.advanced(by: settings.every)
      }
      depth.set(context.spools?.depth ?? 0)
      // What the level holds up must not hold up the level: it would never end.
      workable.set(context.isBacklogHeld ? 0 : depth.value)
      if reading.isCancelled, context.isWritingHeld { context.writing.cancel() }
      // Rows are counted without a message for each batch, so that the count is looked at now and then.
      let look = min(nextCut, now.advanced(by: .milliseconds(20)))
      if case .element(let report) = context.inbox.receive(until: look) { handle(report, &lines, context) }
    }
    // Reports that came while the last line ended.
    while case .element(let report) = context.inbox.receive(until: host.clock.now()) {
      handle(report, &lines, context)
    }
  }

  private var rowsWritten: Int { progress.reduce(0) { $0 + $1.rowsWritten } }

  private func handle(_ report: LineReport, _ lines: inout RunLines, _ context: RunContext) {
    switch report {
    case .cut(let line, let parts):
      let wasAsked = lines.didCut(line)
      for part in parts { ledgers[part.stream].add(part) }
      // The cut of a line that ends waits for the next commit, which for the last line is the stream's last.
      if wasAsked, !lines.oweCuts { commitWhatWaits(context) }
    case .finished(let line): lines.laneEnded(line)
    case .failed(let failure): fail(failure, context)
    case .lost(let line, let half, let failure):
      fail(failure, context)
      lines.lost(line, half)
    }
  }

  private func fail(_ failure: Failure, _ context: RunContext) {
    // A writer that was held by the level and then told to let go: what it had is read again next time.
    let wasLetGo = failure.status == .cancelled && context.writing.isCancelled
    if self.failure == nil, !wasLetGo {
      self.failure = failure
      context.emit("run_failing", ["reason": .string(failure.statement)])
    }
    context.stopReading()
  }

  // MARK: Commits

  private func commitWhatWaits(_ context: RunContext) {
    for index in ledgers.indices where ledgers[index].isDue && !isFenced {
      // The end of a stream that one line has seen is committed with its last rows, whatever became of the other
      // streams: its detectors have ended the run, and would do so twice.
      commit(index, final: ledgers[index].waiting.isEnd, context)
    }
  }

  /// All lines are done: each stream is complete.
  private func finishStreams(_ context: RunContext) {
    for index in ledgers.indices where ledgers[index].hasWork && !ledgers[index].isFinished && failure == nil {
      ledgers[index].waiting.isEnd = true
      commit(index, final: true, context)
    }
  }

  private func commit(_ index: Int, final: Bool, _ context: RunContext) {
    do throws(Failure) {
      let covered = ledgers[index].waiting.positions.values.sorted { $0.split < $1.split }
      guard try !StreamCommitter(context: context).commit(&ledgers[index], final: final) else {
        acknowledger?.committed(index, covered)
        return
      }
      isFenced = true
      throw .fenced(plan.streams[index])
    } catch {
      fail(error, context)
    }
  }

  /// Whether a stop has come too late to interrupt anything: the next run would not go on, but begin anew.
  private var isComplete: Bool {
    ledgers.count == plan.streams.count && ledgers.allSatisfy { $0.isFinished || !$0.hasWork }
  }

  private func summary(_ duration: Duration) -> RunSummary {
    let ended: RunStatus =
      isFenced ? .fenced : failure != nil ? .failed : stop.isCancelled && !isComplete ? .interrupted : .succeeded
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
