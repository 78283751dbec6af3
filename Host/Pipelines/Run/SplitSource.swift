import HostModel
import HostPluginCalls

/// One split of a source, read by whichever plugin is in the source's place. Used by the reading lane.
///
/// Nothing of a plugin is in hand between two batches: another one opens the split again behind the last batch.
final class SplitSource {
  private let seat: StageSeat<SourceInstance>
  private let plan: StreamPlan
  private let request: (SplitPosition) -> SplitRequest
  private var opened: (reader: SourceReader, by: SourceInstance)?

  /// - Parameter request: for what lies behind a position.
  init(
    _ seat: StageSeat<SourceInstance>, _ plan: StreamPlan, request: @escaping (SplitPosition) -> SplitRequest
  ) {
    self.seat = seat
    self.plan = plan
    self.request = request
  }

  /// Opens the split, so that a source that cannot do so is told before anything waits.
  func open(after position: SplitPosition) throws(Failure) {
    try seat.changeOver()
    try seat.use(proves: false) { (source) throws(Failure) in _ = try reader(of: source, position) }
  }

  /// The batch behind a position; nil at the end of the split.
  func read(after position: SplitPosition) throws(Failure) -> SourceBatch? {
    try seat.changeOver()
    return try seat.use { (source) throws(Failure) in try reader(of: source, position).read() }
  }

  /// What was read last is read again: the position goes back.
  func rewind() { opened = nil }

  private func reader(of source: SourceInstance, _ position: SplitPosition) throws(Failure) -> SourceReader {
    if let opened, opened.by === source { return opened.reader }
    // A source has one reader at a time.
    opened = nil
    let reader = try source.open(request(position))
    guard reader.schema == plan.discovered.schema else {
      throw Failure(
        .run, "the columns of '\(plan.id.stream)' have changed since the run began", advice: "run again",
        status: .conflict)
    }
    opened = (reader, source)
    return reader
  }
}
