import HostModel

/// How a `LocalQueue` uses its folder. A queue may be opened with other numbers than it was written with.
package struct QueueConfiguration: Sendable, Equatable {
  /// When appended records are made durable.
  package enum SyncPolicy: Sendable, Equatable {
    /// Before `append` returns: a record that was stored survives a loss of power. One sync of the disk a record.
    case everyRecord
    /// As soon as at least so many bytes were appended since the last sync. A loss of power takes away less than that,
    /// always the youngest records; the death of the process alone takes nothing. 1 is `everyRecord`; beyond
    /// `segmentBytes` only the end of a segment, a reader that has caught up and `sync()` make anything durable.
    case bytes(Int)
  }

  /// A segment ends before the record that would make it longer, so that a longer record has a segment of its own. Space
  /// comes back a segment at a time. Small: more files, each with a sync of its file and of the folder. Large: more memory,
  /// since one segment is held by the writer and one by the reader, and more of the folder waits for its last record.
  package var segmentBytes = 8 << 20
  /// The queue is full when its files would be longer than this together. While a segment begins, and after a sync that
  /// has failed, one more segment may be there. Must have room for two records of `maxRecordBytes`.
  package var maxBytes = 10 << 30
  /// A longer record is refused. Records are held in memory whole. At most 1 GiB.
  package var maxRecordBytes = 64 << 20
  package var sync = SyncPolicy.everyRecord

  package init() {}

  /// Throws a `Failure` that names the number which makes no sense.
  func validate() throws(Failure) {
    guard segmentBytes > 0 else { throw invalid("segment_bytes is \(segmentBytes)") }
    guard (1...SegmentFormat.largestRecord).contains(maxRecordBytes) else {
      throw invalid("max_record_bytes is \(maxRecordBytes)", advice: "at most \(SegmentFormat.largestRecord)")
    }
    let needed = 2 * (SegmentFormat.headerBytes + SegmentFormat.frameBytes + maxRecordBytes)
    guard maxBytes >= needed else {
      throw invalid("max_bytes is \(maxBytes)", advice: "records of \(maxRecordBytes) bytes need \(needed)")
    }
    if case .bytes(let count) = sync, count < 1 { throw invalid("the interval of syncs is \(count) bytes") }
  }

  private func invalid(_ what: String, advice: String? = nil) -> Failure {
    Failure(.invalidInput, "the queue cannot be opened: \(what)", advice: advice, status: .invalidConfig)
  }
}
