import HostModel
import HostPluginCalls
import HostQueue

/// The durable queue of one split: raw batches that were read while nothing could be done with them, in order.
///
/// The lane that reads the split appends and replays; the coordinator frees what a commit covers. A record is freed only
/// then, so that a process that dies in the middle of a replay finds it again.
final class SplitSpool: @unchecked Sendable {
  private let queue: LocalQueue
  private let monitor: any Monitor
  /// The next record to replay. Used by the reading lane alone.
  private var next: UInt64
  /// Ordinals of records that are not freed, by offset in order. Guarded by the monitor, as is `tail`.
  private var ordinals: [(offset: UInt64, ordinal: UInt64)] = []
  private var tail: SpoolHeader?

  private init(_ queue: LocalQueue, _ monitor: any Monitor) {
    self.queue = queue
    self.monitor = monitor
    next = queue.firstOffset
  }

  /// Opens the queue of a split, empty or as an earlier process has left it.
  ///
  /// - Parameters:
  ///   - known: where the table says that the split stands. What the queue has up to there is skipped.
  ///   - run: what another run of the stream has queued is of no use: this one reads anew.
  /// - Returns: the queue, and why its contents were thrown away, if they were.
  static func open(
    _ folder: String, files: any FileSystem, lanes: any Lanes, configuration: QueueConfiguration, known: SplitPosition,
    run: UInt64
  ) throws(Failure) -> (spool: SplitSpool, discarded: String?) {
    let queue = try LocalQueue(folder: folder, files: files, lanes: lanes, configuration: configuration)
    let spool = SplitSpool(queue, lanes.makeMonitor())
    let discarded = try spool.recover(known, run)
    return (spool, discarded)
  }

  private func recover(_ known: SplitPosition, _ run: UInt64) throws(Failure) -> String? {
    var offset = queue.firstOffset
    var expected = known.ordinal
    while let record = try queue.read(from: offset) {
      let header = try SpoolRecord.header(record.payload)
      guard header.run == run, header.identity == known.identity else {
        return try discard("it is of another run or of another state of the source")
      }
      if header.isEnd || header.ordinal > known.ordinal {
        guard header.previous == expected else {
          return try discard("what was read before it has not been committed")
        }
        expected = header.ordinal
        ordinals.append((offset, header.ordinal))
        tail = header
      } else {
        next = offset + 1
      }
      offset = record.offset + 1
    }
    return nil
  }

  /// The source is asked again from the last commit on.
  func discard(_ why: String) throws(Failure) -> String {
    ordinals = []
    tail = nil
    next = queue.nextOffset
    try queue.free(upTo: next)
    return why
  }

  /// Batches, and perhaps an end, that are still to be replayed.
  var depth: Int { monitor.withLock { ordinals.count { $0.offset >= next } } }
  var isEmpty: Bool { next >= queue.nextOffset }

  /// Where reading goes on behind everything that is queued; nil if nothing is.
  var end: SpoolHeader? { monitor.withLock { tail } }

  /// - Returns: false if the queue is full; nothing was stored then.
  func append(_ header: SpoolHeader, _ payload: [UInt8]) throws(Failure) -> Bool {
    guard case .stored(let offset) = try queue.append(payload) else { return false }
    monitor.withLock {
      ordinals.append((offset, header.ordinal))
      tail = header
    }
    return true
  }

  /// The next record to replay, which stays until `replayed`; nil if there is none.
  func peek() throws(Failure) -> (header: SpoolHeader, payload: [UInt8])? { try record(at: next) }

  /// A record that is not freed; nil behind the last one.
  func record(at offset: UInt64) throws(Failure) -> (header: SpoolHeader, payload: [UInt8])? {
    guard let record = try queue.read(from: offset) else { return nil }
    return (try SpoolRecord.header(record.payload), record.payload)
  }

  /// Where the records begin that are still to be replayed, and where they end.
  var pending: Range<UInt64> { next..<max(next, queue.nextOffset) }

  /// Where the records begin that follow the batch of this ordinal; nil if no batch that is still to be replayed has it.
  func offset(after ordinal: UInt64) -> UInt64? {
    monitor.withLock { ordinals.first { $0.offset >= next && $0.ordinal == ordinal }.map { $0.offset + 1 } }
  }

  /// The record that `peek` has shown was handed on.
  func replayed() { monitor.withLock { next += 1 } }

  /// Rows up to here are in the table.
  func committed(_ position: SplitPosition) throws(Failure) {
    let freed = monitor.withLock { () -> UInt64? in
      let covered = ordinals.prefix { $0.offset < next && ($0.ordinal <= position.ordinal || position.isComplete) }
      guard let last = covered.last else { return nil }
      ordinals.removeFirst(covered.count)
      if ordinals.isEmpty { tail = nil }
      return last.offset + 1
    }
    if let freed { try queue.free(upTo: freed) }
  }

  func close() throws(Failure) { try queue.close() }
}
