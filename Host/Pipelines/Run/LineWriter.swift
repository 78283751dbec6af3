import HostFormats
import HostLake
import HostModel
import HostPluginCalls

/// The second half of a line: shows batches to the detectors and writes them into data files, on a lane of its own.
final class LineWriter {
  private let context: RunContext
  private let number: Int
  private let input: BoundedChannel<LineMessage>
  private let lane: LaneGuard
  private var seat: StageSeat<FormatInstance>?
  private var sinks: [Int: StreamSink] = [:]

  init(_ context: RunContext, number: Int, input: BoundedChannel<LineMessage>, lane: LaneGuard) {
    self.context = context
    self.number = number
    self.input = input
    self.lane = lane
  }

  /// Writes until the reader has closed the channel; what is left is cut then.
  func run() throws(Failure) {
    while case .element(let message) = input.receive() {
      switch message {
      case .batch(let stream, let batch): try sink(stream).take(batch)
      case .raw(let stream, let batch): try sink(stream).takeRaw(batch)
      case .splitEnded(let stream, let position): try sink(stream).splitEnded(position)
      case .streamEnded(let stream): try sink(stream).streamEnded()
      case .cut:
        try cut()
        // No file is open now: another plugin can write the next ones.
        try seat?.changeOver()
      }
    }
    try cut()
  }

  private func cut() throws(Failure) {
    var parts: [CutPart] = []
    for (_, sink) in sinks.sorted(by: { $0.key < $1.key }) {
      if let part = try sink.cut() { parts.append(part) }
    }
    context.inbox.post(.cut(line: number, parts))
  }

  private func sink(_ stream: Int) throws(Failure) -> StreamSink {
    if let sink = sinks[stream] { return sink }
    let sink = try StreamSink(context, stream: stream, format: format(), lane: lane)
    sinks[stream] = sink
    return sink
  }

  private func format() throws(Failure) -> StageSeat<FormatInstance> {
    if let seat { return seat }
    let made = try context.seat(context.plan.format) { [context, lane] (stage) throws(Failure) in
      try FormatInstance(
        stage.plugin, config: stage.configText,
        context: stage.context(context.host, origin: context.origin, cancellation: context.writing, lane: lane),
        host: context.host.services)
    }
    seat = made
    return made
  }
}
