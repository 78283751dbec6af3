import HostFormats
import HostLake
import HostModel
import HostPluginCalls

/// What the coordinator knows of one stream: where it stands in the lake, and what waits for the next commit.
struct StreamLedger {
  let plan: StreamPlan
  var target: StreamTarget
  /// Of the last commit, as the next one expects to find it.
  var committed: StreamPositions
  var waiting: CutPart
  /// The number of this run of the stream; see `RunMark`.
  let runNumber: UInt64
  var snapshotID: Int64?
  var rowsCommitted = 0
  var lettersCommitted = 0
  var findingsCommitted = 0
  /// The stream's last commit of this run has been made.
  var isFinished = false

  /// The splits that this run goes on from or, for files, leaves out.
  var known: [HostPluginCalls.SplitPosition] = []
  /// Splits are kept until the last reader is closed: they may hold a snapshot of the source.
  var splits: SplitPlan?
  /// There are splits to read, or an end that an interrupted run did not reach.
  var hasWork: Bool

  /// Whether an interrupted run begins again from nothing: there is one commit, at the end.
  var isUnstable: Bool { plan.isReadAnew }

  private var isStaged: Bool { plan.write == .replace && !isUnstable }

  /// Whether there is anything that the table should learn now, before the run's end.
  var isDue: Bool {
    !isFinished && (waiting.isEnd || !waiting.raw.isEmpty || !isUnstable && !waiting.positions.isEmpty)
  }

  mutating func add(_ part: CutPart) {
    waiting.rows += part.rows
    waiting.letters += part.letters
    waiting.findings += part.findings
    waiting.raw.add(part.raw)
    waiting.positions.merge(part.positions) { $1 }
    waiting.rowCount += part.rowCount
    waiting.sourceRows += part.sourceRows
    waiting.deadCount += part.deadCount
    waiting.findingCount += part.findingCount
    if let detectors = part.detectors { waiting.detectors = detectors }
    waiting.isEnd = waiting.isEnd || part.isEnd
  }

  /// The positions after the commit of what waits.
  private func nextPositions(final: Bool) -> StreamPositions {
    var next = committed
    // A new load of the whole stream knows nothing of the splits of an earlier one.
    if plan.read == .full, RunMark.number(committed) != runNumber { next = StreamPositions() }
    for (split, position) in waiting.positions {
      next.splits[split] = HostLake.SplitPosition(
        bytes: position.position, ordinal: position.ordinal, identity: position.identity,
        isComplete: position.isComplete)
    }
    next.splits[RunMark.split] = RunMark.position(number: runNumber, isFinished: final)
    return next
  }

  private func nextMemory(final: Bool) -> StreamMemory {
    var memory = target.memory
    memory.rows = final ? 0 : memory.rows + waiting.sourceRows
    if let detectors = waiting.detectors { memory.detectors = detectors }
    return memory
  }

  private func action(_ files: [NewFile], final: Bool) -> TableCommit.Action {
    switch plan.write {
    case .replace:
      if isUnstable { return .replace(files) }
      return final ? .publish(adding: files) : .stage(files)
    case .append, .upsert: return files.isEmpty ? .none : .append(files)
    }
  }

  /// The commits of the table and its siblings, to be made in one step.
  ///
  /// - Parameter siblings: those that exist; a replaced table replaces them too.
  func commits(final: Bool, siblings: Set<TableName>) -> (commits: [TableCommit], positions: StreamPositions) {
    let positions = nextPositions(final: final)
    var commits = [
      TableCommit(
        plan.table, action(waiting.rows, final: final), stream: plan.id, expectedOrdinals: committed.ordinals,
        positions: positions, properties: memoryProperties(final: final), summary: summary(final: final))
    ]
    for (kind, files) in [(SiblingTable.deadLetters, waiting.letters), (.findings, waiting.findings)] {
      let name = kind.name(of: plan.table)
      let isReplaced = final && plan.write == .replace && siblings.contains(name)
      guard !files.isEmpty || isReplaced else { continue }
      commits.append(TableCommit(name, action(files, final: final), stream: plan.id))
    }
    if let raw = rawChange(positions, final: final) {
      commits.append(
        TableCommit(
          RawTable.name(of: plan.table), raw.action, stream: plan.id,
          properties: [RawSpans.property(plan.id): raw.spans.text]))
    }
    return (commits, positions)
  }

  /// What was transformed is no longer raw, from the same moment on.
  private func rawChange(
    _ positions: StreamPositions, final: Bool
  ) -> (action: TableCommit.Action, spans: RawSpans)? {
    waiting.raw.change(plan.id, after: target.raw.spans, positions: positions, final: final)
  }

  private func memoryProperties(final: Bool) -> [String: String?] {
    let memory = nextMemory(final: final).text
    let settled = StreamMemory.property(plan.id, staged: false)
    let staged = StreamMemory.property(plan.id, staged: true)
    guard isStaged else { return [settled: memory] }
    return final ? [settled: memory, staged: nil] : [staged: memory]
  }

  private func summary(final: Bool) -> [String: String] {
    [
      "headrace.pipeline": plan.id.pipeline, "headrace.stream": plan.id.stream, "headrace.run": String(runNumber),
      "headrace.complete": String(final),
    ]
  }

  /// The commit was made.
  mutating func didCommit(_ table: CommittedTable, _ positions: StreamPositions, final: Bool) {
    if let raw = rawChange(positions, final: final) { target.raw.spans = raw.spans }
    target.table = table.table
    target.memory = nextMemory(final: final)
    committed = positions
    snapshotID = table.snapshotID ?? snapshotID
    rowsCommitted += waiting.rowCount
    lettersCommitted += waiting.deadCount
    findingsCommitted += waiting.findingCount
    isFinished = final
    waiting = CutPart(stream: waiting.stream)
  }
}
