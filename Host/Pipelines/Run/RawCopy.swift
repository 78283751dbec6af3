import HostModel
import HostPluginCalls

/// Copies what the durable queue of one split holds into the raw table, while a level forbids to transform it.
///
/// The queue is what the rows are replayed from in the end; the copy lets readers of the lake see them meanwhile. Used by
/// the reading lane.
struct RawCopy {
  /// What the raw table has, or will have with the next commit.
  private var span: RawSpan?
  /// The next record to copy; nil while nothing is copied.
  private var next: UInt64?
  private var beginsAnew = false

  /// - Parameter known: what the raw table has.
  init(known: RawSpan?) { span = known }

  var isActive: Bool { next != nil }

  /// Goes on after what was copied before, if nothing has happened since that leaves a gap; otherwise begins with the first
  /// record that is to be replayed.
  ///
  /// - Parameter position: what was handed on of the split.
  mutating func begin(_ spool: SplitSpool, after position: SplitPosition, identity: String, run: UInt64) {
    if let span, span.after == position.ordinal, span.identity == identity, span.run == run,
      let offset = spool.offset(after: span.through)
    {
      next = offset
      return
    }
    span = RawSpan(
      split: position.split, run: run, identity: identity, after: position.ordinal, through: position.ordinal)
    next = spool.pending.lowerBound
    beginsAnew = true
  }

  mutating func pause() { next = nil }

  /// Whether the queue has records that are not copied.
  func isBehind(_ spool: SplitSpool) -> Bool { next.map { $0 < spool.pending.upperBound } ?? false }

  /// The next batch; nil if the next record is none.
  ///
  /// - Throws: if the queue's record cannot be read.
  mutating func take(_ spool: SplitSpool) throws(Failure) -> RawBatch? {
    guard let offset = next, var span, let record = try spool.record(at: offset) else { return nil }
    let isBatch = !record.header.isEnd
    let rows = isBatch ? BatchBox(try SpoolRecord.rows(record.payload)) : nil
    next = offset + 1
    guard let rows else { return nil }
    span.through = record.header.ordinal
    self.span = span
    defer { beginsAnew = false }
    return RawBatch(rows: rows, span: span, beginsAnew: beginsAnew)
  }
}
