import HostFormats
import HostModel
import HostPluginCalls
import HostPolicy

/// One split on its way: from its source, or from its durable queue, through the transforms to the writer.
///
/// While the level is emergency, raw batches are appended to the queue and nothing else happens to them. While it only
/// forbids the transforms, they are copied from the queue into the raw table as well. When it is over, the queue is
/// replayed in order, and only then do live batches follow. What a full queue has no room for is held in hand and the
/// source waits. Used by the reading lane.
final class SplitFlow {
  private enum Step { case replay, read, readIntoQueue, store, copy, handOn, pause, end }

  /// How long the lane waits before it looks at the level again.
  private static let look: Duration = .milliseconds(100)

  private let context: RunContext
  private let split: Split
  private let stream: Int
  private let chain: TransformChain
  private let output: BoundedChannel<LineMessage>
  private let source: SplitSource
  private let bell: any Monitor
  private var spool: SplitSpool?
  private var copy: RawCopy
  /// What was handed on, to the writer.
  private var position: SplitPosition
  /// What was read from the source.
  private var read: SplitPosition
  /// A record that the queue has had no room for, or that another run's queue is in the way of.
  private var pending: (header: SpoolHeader, payload: [UInt8])?
  private var isSourceDone = false
  private var isEnded = false
  private var queued = 0
  private var heldSince: Instant?

  init(
    _ context: RunContext, split: Split, stream: Int, chain: TransformChain, output: BoundedChannel<LineMessage>,
    source: SplitSource
  ) {
    self.context = context
    self.split = split
    self.stream = stream
    self.chain = chain
    self.output = output
    self.source = source
    copy = RawCopy(known: context.targets[stream].raw.spans.splits[split.id])
    bell = context.host.lanes.makeMonitor()
    position =
      context.start(of: split.id, stream: stream)
      ?? SplitPosition(split: split.id, identity: split.identity, position: [], ordinal: 0, isComplete: false)
    read = position
  }

  /// - Returns: false if the reading was stopped before the split's end.
  func run() throws(Failure) -> Bool {
    try takeOverQueue()
    // A source that cannot be opened is told before anything waits.
    if !isSourceDone { try source.open(after: read) }
    context.emit(
      "split_opened", stream: stream, ["split": .string(split.id), "ordinal": .string("\(position.ordinal)")])
    while !context.reading.isCancelled {
      try chain.changeOver()
      switch try next() {
      case .replay: try replay()
      case .read: try readOne(intoQueue: context.isWritingHeld)
      case .readIntoQueue: try readOne(intoQueue: true)
      case .store: try store()
      case .copy: try copyOne()
      case .handOn: try handOn()
      case .pause: pause()
      case .end:
        position.isComplete = true
        output.send(.splitEnded(stream: stream, position))
        return true
      }
    }
    return false
  }

  // MARK: What to do next

  private func next() throws(Failure) -> Step {
    let level = context.level
    if isQueueing(at: level) {
      copy.pause()
      if pending != nil { return .store }
      return isSourceDone ? .pause : .readIntoQueue
    }
    let hasBacklog = spool.map { !$0.isEmpty } ?? false
    if isEnded || (isSourceDone && !hasBacklog && pending == nil) { return .end }
    guard chain.works(at: level) else {
      if let step = try passThrough(level) { return step }
      return try hold(level)
    }
    heldSince = nil
    copy.pause()
    guard hasRoom() else { return .pause }
    if hasBacklog { return .replay }
    return pending != nil ? .handOn : .read
  }

  /// The writer may be held meanwhile: whoever is not in its queue can still go into ours.
  private func hasRoom() -> Bool {
    output.waitForRoom(until: context.host.clock.now().advanced(by: Self.look))
  }

  private func isQueueing(at level: DegradationLevel) -> Bool {
    context.spools != nil && !context.plan.format.behaviour.works(at: level)
  }

  private var canPassThrough: Bool {
    context.spools != nil && context.targets[stream].raw.table != nil && chain.allowsPassThrough
  }

  /// Rows that may not be transformed go into the raw table, by way of the queue.
  ///
  /// - Returns: nil if they have to wait.
  private func passThrough(_ level: DegradationLevel) throws(Failure) -> Step? {
    guard canPassThrough else { return nil }
    if spool == nil { try makeQueue() }
    guard let spool else { return nil }
    heldSince = nil
    if !copy.isActive {
      copy.begin(spool, after: position, identity: split.identity, run: context.runNumbers[stream])
      context.emit(
        "passing_through", stream: stream, ["split": .string(split.id), "level": .string(level.name)])
    }
    if pending != nil { return .store }
    guard hasRoom() else { return .pause }
    if copy.isBehind(spool) { return .copy }
    return isSourceDone ? .pause : .readIntoQueue
  }

  /// The level forbids the transforms and the rows have nowhere else to go: they wait in the source.
  private func hold(_ level: DegradationLevel) throws(Failure) -> Step {
    let now = context.host.clock.now()
    if heldSince == nil {
      context.emit("waiting", stream: stream, waitingDetails(level))
    }
    let since = heldSince ?? now
    heldSince = since
    guard now < since.advanced(by: chain.patience) else {
      throw Failure(
        .run, "the transforms have waited \(Units.durationText(chain.patience)) at level '\(level.name)'",
        advice: "see 'headrace why transformations', and 'degradation.max_wait'", status: .rejected)
    }
    return .pause
  }

  private func waitingDetails(_ level: DegradationLevel) -> JSONObject {
    var details: JSONObject = ["cause": "degraded", "level": .string(level.name)]
    let obstacle =
      chain.allowsPassThrough
      ? context.targets[stream].raw.obstacle : "a transform or 'degradation.pass_through' does not allow it"
    if let obstacle { details["no_pass_through"] = .string(obstacle) }
    return details
  }

  private func pause() {
    let until = context.host.clock.now().advanced(by: Self.look)
    bell.withLock { _ = bell.wait(until: until) }
  }

  // MARK: From the source

  private func readOne(intoQueue: Bool) throws(Failure) {
    guard let batch = try source.read(after: read) else { return try sourceEnded() }
    let header = SpoolHeader(
      run: context.runNumbers[stream], identity: split.identity, previous: read.ordinal, ordinal: batch.ordinal,
      position: batch.position, sourceBytes: batch.sourceBytes, rejects: batch.rejects, isEnd: false)
    read.position = batch.position
    read.ordinal = batch.ordinal
    let rows = batch.takeRows()
    if context.spools != nil, intoQueue || spool.map({ !$0.isEmpty }) ?? false {
      pending = (header, try SpoolRecord.encode(header, rows))
      return try store()
    }
    if try !pass(rows, header) { rewind() }
  }

  /// What was read last, and not handed on, is read again.
  private func rewind() {
    source.rewind()
    read = position
  }

  private func sourceEnded() throws(Failure) {
    isSourceDone = true
    guard let spool, !spool.isEmpty else { return }
    // A later process has to know that there is no more.
    let header = SpoolHeader(
      run: context.runNumbers[stream], identity: split.identity, previous: read.ordinal, ordinal: read.ordinal,
      position: read.position, sourceBytes: 0, rejects: [], isEnd: true)
    pending = (header, SpoolRecord.encode(end: header))
    try store()
  }

  /// - Returns: false if the level has changed on the way, so that the batch can go elsewhere: nothing was handed on then.
  private func pass(_ batch: consuming RecordBatch, _ header: SpoolHeader) throws(Failure) -> Bool {
    let plugin = context.plan.source.name
    var letters = header.rejects.map { DeadLetter(stage: .source, plugin: plugin, reject: $0) }
    let sourceRows = batch.rowCount + letters.count
    guard let parts = try chain.apply(batch, &letters, while: { mayTransform }) else { return false }
    position.position = header.position
    position.ordinal = header.ordinal
    // Counted last: a batch that fails on its way was not read as far as anybody can see.
    context.progress[stream].didRead(rows: sourceRows, bytes: header.sourceBytes)
    output.send(
      .batch(
        stream: stream,
        PipelineBatch(parts: parts, letters: letters, position: position, sourceRows: sourceRows)))
    return true
  }

  /// False at a level that forbids the transforms, if the rows need not wait for its end.
  private var mayTransform: Bool {
    let level = context.level
    return chain.works(at: level) || !(canPassThrough || isQueueing(at: level))
  }

  // MARK: The queue

  /// Goes on from what an earlier process has queued.
  private func takeOverQueue() throws(Failure) {
    let plan = context.plan.streams[stream]
    guard let left = try context.spools?.left(plan.id, stream, position, run: context.runNumbers[stream]) else {
      return
    }
    tell(left.discarded)
    // Without positions to resume by, a run begins again from nothing: what another one has read is no part of it.
    if plan.isReadAnew, !left.spool.isEmpty {
      tell(try left.spool.discard("the stream has no positions to resume by"))
    }
    spool = left.spool
    guard let end = left.spool.end else { return }
    read.position = end.position
    read.ordinal = end.ordinal
    isSourceDone = end.isEnd
    queued = left.spool.depth
    context.emit("queue_found", stream: stream, queueDetails)
  }

  /// Appends what is in hand.
  private func store() throws(Failure) {
    guard let record = pending else { return }
    if self.spool == nil { try makeQueue() }
    guard let spool = self.spool, try spool.append(record.header, record.payload) else { return pause() }
    pending = nil
    if queued == 0 { context.emit("queue_started", stream: stream, queueDetails) }
    queued += 1
    if record.header.isEnd { context.emit("queue_has_all", stream: stream, queueDetails) }
  }

  /// What is in hand needs no queue any more: everything before it was handed on.
  private func handOn() throws(Failure) {
    guard let record = pending else { return }
    if record.header.isEnd {
      isEnded = true
    } else {
      guard try pass(try SpoolRecord.rows(record.payload), record.header) else { return }
    }
    pending = nil
  }

  private func makeQueue() throws(Failure) {
    let made = try context.spools?.make(
      context.plan.streams[stream].id, stream, position, run: context.runNumbers[stream])
    tell(made?.discarded)
    // What is there was read by a run that had the queue until now: this one has read the same, or will.
    if let left = made?.spool, !left.isEmpty { tell(try left.discard("another run has left it")) }
    spool = made?.spool
  }

  private func replay() throws(Failure) {
    guard let spool, let record = try spool.peek() else { return }
    if record.header.isEnd {
      isEnded = true
    } else {
      let rows: RecordBatch
      do throws(Failure) { rows = try SpoolRecord.rows(record.payload) } catch { return try readAgain(spool, error) }
      guard try pass(rows, record.header) else { return }
    }
    spool.replayed()
    if spool.isEmpty {
      context.emit("queue_replayed", stream: stream, queueDetails)
      queued = 0
    }
  }

  private func copyOne() throws(Failure) {
    guard let spool else { return }
    let batch: RawBatch?
    do throws(Failure) { batch = try copy.take(spool) } catch { return try readAgain(spool, error) }
    if let batch { output.send(.raw(stream: stream, batch)) }
  }

  /// A batch that cannot be had from the queue is still in the source.
  private func readAgain(_ spool: SplitSpool, _ failure: Failure) throws(Failure) {
    tell(try spool.discard(failure.statement))
    rewind()
    copy.pause()
    pending = nil
    isSourceDone = false
    queued = 0
  }

  private func tell(_ discarded: String?) {
    guard let discarded else { return }
    context.emit("queue_discarded", stream: stream, ["split": .string(split.id), "reason": .string(discarded)])
  }

  private var queueDetails: JSONObject { ["split": .string(split.id), "batches": .string(String(queued))] }
}
