import HostFormats
import HostModel
import HostPluginCalls

/// The first half of a line: reads splits, one after another, on a lane of its own.
final class LineReader {
  private let context: RunContext
  private let output: BoundedChannel<LineMessage>
  private let lane: LaneGuard
  private var source: (instance: SourceInstance, of: StageBook.Current)?
  private var chains: [Int: TransformChain] = [:]

  init(_ context: RunContext, output: BoundedChannel<LineMessage>, lane: LaneGuard) {
    self.context = context
    self.output = output
    self.lane = lane
  }

  /// Reads until there is no more work or nobody wants more.
  func run() throws(Failure) {
    do throws(Failure) { try readItems() } catch {
      // Any call may be the one that a stop interrupts, the binding of a plugin included.
      guard error.status == .cancelled, context.reading.isCancelled else { throw error }
    }
  }

  private func readItems() throws(Failure) {
    while let item = context.nextItem() {
      for split in item.splits {
        guard try read(split, stream: item.stream) else { return }
      }
      if item.isWholeStream { output.send(.streamEnded(stream: item.stream)) }
    }
  }

  /// - Returns: false if the reading was stopped before the split's end.
  private func read(_ split: Split, stream: Int) throws(Failure) -> Bool {
    let flow = SplitFlow(
      context, split: split, stream: stream, chain: try chain(of: stream), output: output,
      currentChain: { () throws(Failure) in try self.chain(of: stream) }, isCurrent: { self.isSourceCurrent }
    ) { (position) throws(Failure) in try self.open(split, stream: stream, at: position) }
    return try flow.run()
  }

  /// False once another plugin has taken the source's place: what is read next is read by that one.
  private var isSourceCurrent: Bool {
    source.map { $0.of.number == context.host.stages.current(context.plan.source).number } ?? false
  }

  private func open(_ split: Split, stream: Int, at position: SplitPosition) throws(Failure) -> SourceReader {
    let current = context.host.stages.current(context.plan.source)
    do throws(Failure) {
      let reader = try open(split, stream: stream, at: position, with: current)
      context.host.stages.prove(current)
      return reader
    } catch {
      guard let before = context.takeBack(current, error) else { throw error }
      return try open(split, stream: stream, at: position, with: before)
    }
  }

  private func open(
    _ split: Split, stream: Int, at position: SplitPosition, with current: StageBook.Current
  ) throws(Failure) -> SourceReader {
    let plan = context.plan.streams[stream]
    let limits = context.host.limits
    let reader = try instance(current).open(
      SplitRequest(
        split: split, stream: plan.id.stream, read: plan.read.sourceRead,
        position: position.ordinal > 0 ? position : nil, batchBytes: limits.batchBytes, batchRows: limits.batchRows))
    guard reader.schema == plan.discovered.schema else {
      throw Failure(
        .run, "the columns of '\(plan.id.stream)' have changed since the run began", advice: "run again",
        status: .conflict)
    }
    return reader
  }

  private func instance(_ current: StageBook.Current) throws(Failure) -> SourceInstance {
    if let source, source.instance.isUsable, source.of.number == current.number { return source.instance }
    let stage = current.stage
    let made = try SourceInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(context.host, origin: context.origin, cancellation: context.reading, lane: lane),
      host: context.host.services)
    source = (made, current)
    return made
  }

  private func chain(of stream: Int) throws(Failure) -> TransformChain {
    let known = chains[stream]
    let stages = context.plan.streams[stream].transforms.map { context.host.stages.current($0) }
    if let known, known.numbers == stages.map(\.number) { return known }
    do throws(Failure) {
      let chain = try TransformChain(
        context.plan.streams[stream], stages, context.host, origin: context.origin, cancellation: context.reading,
        lane: lane)
      for stage in stages { context.host.stages.prove(stage) }
      chains[stream] = chain
      return chain
    } catch {
      // Whichever it was: none of those that are new here has proven itself.
      let isTakenBack = stages.reduce(false) { context.takeBack($1, error) != nil || $0 }
      guard isTakenBack else { throw error }
      return try chain(of: stream)
    }
  }
}

extension ReadMode {
  var sourceRead: SourceRead {
    switch self {
    case .full: .full
    case .incremental: .incremental
    case .newFiles: .newFiles
    }
  }
}
