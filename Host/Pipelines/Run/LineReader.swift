import HostFormats
import HostModel
import HostPluginCalls

/// The first half of a line: reads splits, one after another, on a lane of its own.
final class LineReader {
  private let context: RunContext
  private let output: BoundedChannel<LineMessage>
  private let lane: LaneGuard
  private var seat: StageSeat<SourceInstance>?
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
    try SplitFlow(
      context, split: split, stream: stream, chain: try chain(of: stream), output: output,
      source: try source(of: split, stream: stream)
    ).run()
  }

  private func source(of split: Split, stream: Int) throws(Failure) -> SplitSource {
    let plan = context.plan.streams[stream]
    let limits = context.host.limits
    return SplitSource(try sourceSeat(), plan) { position in
      SplitRequest(
        split: split, stream: plan.id.stream, read: plan.read.sourceRead,
        position: position.ordinal > 0 ? position : nil, batchBytes: limits.batchBytes, batchRows: limits.batchRows)
    }
  }

  private func sourceSeat() throws(Failure) -> StageSeat<SourceInstance> {
    if let seat { return seat }
    let made = try context.seat(context.plan.source) { [context, lane] (stage) throws(Failure) in
      try SourceInstance(
        stage.plugin, config: stage.configText,
        context: stage.context(context.host, origin: context.origin, cancellation: context.reading, lane: lane),
        host: context.host.services)
    }
    seat = made
    return made
  }

  private func chain(of stream: Int) throws(Failure) -> TransformChain {
    if let known = chains[stream] { return known }
    let chain = try TransformChain(
      context.plan.streams[stream], context.host, origin: context.origin, cancellation: context.reading, lane: lane,
      whenTakenBack: context.tellTakenBack)
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
