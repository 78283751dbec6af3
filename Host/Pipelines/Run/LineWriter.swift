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
  private var format: (instance: FormatInstance, of: StageBook.Current)?
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
      case .cut: try cut()
      }
    }
    try cut()
  }

  private func cut() throws(Failure) {
    var parts: [CutPart] = []
    let format = try formatInstance()
    for (_, sink) in sinks.sorted(by: { $0.key < $1.key }) {
      if let part = try sink.cut(format) { parts.append(part) }
    }
    context.inbox.post(.cut(line: number, parts))
  }

  private func sink(_ stream: Int) throws(Failure) -> StreamSink {
    if let sink = sinks[stream] { return sink }
    let sink = try StreamSink(context, stream: stream, format: formatInstance(), lane: lane)
    sinks[stream] = sink
    return sink
  }

  /// What files are written by now: the plan's plugin, or what was put in its place.
  private func formatInstance() throws(Failure) -> FormatInstance {
    let current = context.host.stages.current(context.plan.format)
    if let format, format.of.number == current.number { return format.instance }
    do throws(Failure) { return try make(current) } catch {
      guard let before = context.takeBack(current, error) else { throw error }
      if let format, format.of.number == before.number { return format.instance }
      return try make(before)
    }
  }

  private func make(_ current: StageBook.Current) throws(Failure) -> FormatInstance {
    let stage = current.stage
    let made = try FormatInstance(
      stage.plugin, config: stage.configText,
      context: stage.context(context.host, origin: context.origin, cancellation: context.writing, lane: lane),
      host: context.host.services)
    context.host.stages.prove(current)
    format = (made, current)
    return made
  }
}
