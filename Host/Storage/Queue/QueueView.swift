/// What a queue holds: segments that are complete, and the newest one with its records. Pure: the queue's lock is around
/// it, and the files are changed elsewhere.
struct QueueView: Sendable {
  /// A segment that gets no more records: those of the offsets from `first` up to `end`.
  struct Sealed: Sendable, Equatable {
    let first: UInt64
    let end: UInt64
    /// Of the file, with what a failed write may have left at its end.
    let bytes: Int
  }

  /// Where the record of an offset is.
  enum Place: Sendable {
    case freed
    case sealed(Sealed)
    case newest(frame: [UInt8])
    /// In the newest segment, and a loss of power would take it away.
    case unsynced
    /// Not appended yet; it is the next one.
    case end
    /// There can be no reader that knows this offset.
    case beyond
  }

  /// In order, each with a record at least. Where one ends the next begins, and the last ends where the newest begins.
  private(set) var sealed: [Sealed] = []
  private var sealedBytes = 0
  /// The first offset of the newest segment.
  private(set) var first: UInt64
  /// The records of the newest segment, as they are in its file.
  private(set) var frames: [[UInt8]] = []
  /// Records of lower offsets are durable.
  private(set) var synced: UInt64
  /// Of the newest segment's file.
  var newestBytes = 0
  /// Records of lower offsets were freed.
  private(set) var floor: UInt64

  /// - Parameter newestBytes: the newest segment's file as it was found; 0 if there is none.
  init(sealed: [Sealed] = [], first: UInt64 = 0, frames: [[UInt8]] = [], newestBytes: Int = 0) {
    self.sealed = sealed
    sealedBytes = sealed.reduce(0) { $0 + $1.bytes }
    self.first = first
    self.frames = frames
    self.newestBytes = newestBytes
    // Whoever wrote the file may have been killed before the system had put it on the disk.
    synced = first
    floor = sealed.first?.first ?? first
  }

  /// The offset of the record that will be appended next.
  var next: UInt64 { first + UInt64(frames.count) }

  /// Of all files.
  var bytes: Int { sealedBytes + newestBytes }

  /// The records that are not durable.
  var unsynced: ArraySlice<[UInt8]> { frames[Int(synced - first)...] }

  func place(of offset: UInt64) -> Place {
    if offset < floor { return .freed }
    if offset >= next { return offset == next ? .end : .beyond }
    if offset >= first { return offset < synced ? .newest(frame: frames[Int(offset - first)]) : .unsynced }
    var range = sealed.indices
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      range = sealed[middle].first <= offset ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return .sealed(sealed[range.lowerBound])
  }

  mutating func appended(_ frame: [UInt8]) { frames.append(frame) }

  mutating func syncedAll() { synced = next }

  /// A new segment has begun with the first record that was not durable, and has them all; it takes the place of the
  /// newest one if that had none that was.
  mutating func begun(bytes: Int) {
    if synced > first {
      sealed.append(Sealed(first: first, end: synced, bytes: newestBytes))
      sealedBytes += newestBytes
    }
    frames = Array(unsynced)
    first = synced
    synced = next
    newestBytes = bytes
  }

  /// How long all files would be with a new segment, without any record that is not in the queue yet.
  ///
  /// - Parameter syncing: the records that are not durable are made so where they are.
  func bytesIfBegun(syncing: Bool) -> Int {
    let keepsNewest = syncing ? next > first : synced > first
    let kept = keepsNewest ? bytes : bytes - newestBytes
    return (syncing ? [] : unsynced).reduce(kept + SegmentFormat.headerBytes) { $0 + $1.count }
  }

  /// The oldest segment, if all of its records are below the offset: they are freed from here on.
  mutating func freeing(upTo offset: UInt64) -> Sealed? {
    guard let oldest = sealed.first, oldest.end <= offset else { return nil }
    floor = max(floor, oldest.end)
    return oldest
  }

  mutating func removedOldest() { sealedBytes -= sealed.removeFirst().bytes }
}
