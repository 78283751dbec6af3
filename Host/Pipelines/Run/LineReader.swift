import HostFormats
import HostModel
import HostPluginCalls

/// The first half of a line: reads splits, one after another, on a lane of its own.
final class LineReader {
  private let context: RunContext
  private let output: BoundedChannel<LineMessage>
  private let lane: LaneGuard
  private var source: SourceInstance?
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
    let flow = SplitFlow(context, split: split, stream: stream, chain: try chain(of: stream), output: output) {
      (position) throws(Failure) in try self.open(split, stream: stream, at: position)
    }
    return try flow.run()
  }

  private func open(_ split: Split, stream: Int, at position: SplitPosition) throws(Failure) -> SourceReader {
    let plan = context.plan.streams[stream]
    let limits = context.host.limits
    let reader = try instance().open(
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

  private func instance() throws(Failure) -> SourceInstance {
    if let source, source.isUsable { return source }
    let stage = context.plan.source
    let made = try SourceInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(context.host, origin: context.origin, cancellation: context.reading, lane: lane),
      host: context.host.services)
    source = made
    return made
  }

  private func chain(of stream: Int) throws(Failure) -> TransformChain {
    if let chain = chains[stream] { return chain }
    let chain = try TransformChain(
      context.plan.streams[stream], context.host, origin: context.origin, cancellation: context.reading, lane: lane)
    chains[stream] = chain
    return chain
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
