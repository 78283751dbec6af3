import HostLake
import HostModel
import HostPluginCalls

/// Rows on their way from a reader to its writer, with where their split stands after them.
struct PipelineBatch: Sendable {
  /// In order; several where a transform could not take a batch whole.
  var parts: [BatchBox]
  var letters: [DeadLetter]
  var position: HostPluginCalls.SplitPosition
  /// Rows that the source gave, those that became dead letters included.
  var sourceRows: Int
}

/// Rows as the source gave them, on their way into the raw table.
struct RawBatch: Sendable {
  var rows: BatchBox
  /// Where the split stands in the raw table after them.
  var span: RawSpan
  /// What the raw table has of the split from before is to go: these rows are the first of all that wait.
  var beginsAnew: Bool
}

/// What goes from a reader to its writer.
enum LineMessage: Sendable {
  case batch(stream: Int, PipelineBatch)
  case raw(stream: Int, RawBatch)
  /// The split was read to its end.
  case splitEnded(stream: Int, HostPluginCalls.SplitPosition)
  /// Everything of the stream was read in this run.
  case streamEnded(stream: Int)
  /// Close what is open and report it.
  case cut
}

/// What a line has written of one stream since its last cut: complete, durable, and not yet visible.
struct CutPart: Sendable {
  var stream: Int
  var rows: [NewFile] = []
  var letters: [NewFile] = []
  var findings: [NewFile] = []
  var raw = RawPart()
  var positions: [String: HostPluginCalls.SplitPosition] = [:]
  var rowCount = 0
  var sourceRows = 0
  var deadCount = 0
  var findingCount = 0
  /// What the stream's detectors have learnt up to these positions; nil for a stream without detectors.
  var detectors: [String: [UInt8]]?
  /// The detectors have seen the end of the stream.
  var isEnd = false
}

/// The two lanes of a line.
enum LineHalf: Sendable { case reader, writer }

/// What lines tell the coordinator.
enum LineReport: Sendable {
  case cut(line: Int, [CutPart])
  /// One of the line's two lanes has ended.
  case finished(line: Int)
  /// One of the line's two lanes has failed, and is about to end.
  case failed(Failure)
  /// The lane hangs in a plugin and will never end.
  case lost(line: Int, LineHalf, Failure)
}
