package import HostModel
import Synchronization

/// A durable queue of byte strings in a folder of this machine: what emergency mode appends to.
///
/// Each record has an offset, a number that is one larger than that of the record before. An offset is never given to
/// another record once a reader has seen it or once the record was durable, over restarts too and also when nothing is left
/// in the queue: so a consumer that commits the offset up to which it has come with what it has made of the records takes
/// each of them over exactly once.
///
/// The folder has segment files, named after the offset of their first record (`SegmentFormat`). What keeps it consistent:
/// 1. A segment appears under its name by a rename, with its header, and is durable before records follow in it.
/// 2. A segment begins when all records before it are durable. Of all files only the newest may lose bytes.
/// 3. Where a segment begins, the one before it ends, whatever bytes are behind: a failed write may have left some. Once a
///    new segment was tried, nothing more goes into the old one, whether the attempt has succeeded or not.
/// 4. After a failed sync nobody knows what the file has, and a second sync may say that all is well when it is not. The
///    records that were not durable are written again, from memory, into a new segment.
/// 5. The newest segment as a former process has left it is treated in the same way: its records are in the system's memory
///    and perhaps not on the disk. So opening a queue writes nothing; the first append or the first read in that segment does.
/// 6. Readers see durable records only; one that comes to others makes them durable first.
/// 7. Segments are removed one by one from the oldest on, the folder synced after each, so that no gap can arise. The newest
///    one is never removed: its name keeps the next offset.
///
/// One queue of one process at a time may use a folder. Calls block; they may come from any thread. Writers come one after
/// another; a reader waits for them only where it needs a sync. Memory: the records of the newest segment, and one more
/// segment while older ones are read.
package final class LocalQueue: @unchecked Sendable {
  /// What became of a record.
  package enum Appended: Sendable, Equatable {
    case stored(offset: UInt64)
    /// The queue has no room for it until something is freed, and has not changed.
    case full
  }

  package struct Record: Sendable, Equatable {
    package let offset: UInt64
    package let payload: [UInt8]
  }

  /// What may still be done with the newest segment's file.
  enum Newest { case open, noMoreRecords, noMoreSyncs }

  let folder: String
  let files: any FileSystem
  package let configuration: QueueConfiguration
  private let salt: UInt64
  /// Never held while a file is used.
  let view: Mutex<QueueView>
  /// The older segment that was read last.
  let lastRead = Mutex<SegmentContents?>(nil)
  /// Held by whoever changes files; guards what follows.
  let writing: any Monitor
  private var writer: (any FileWriter)?
  private var newest = Newest.noMoreSyncs
  private var bytesSinceSync = 0
  var isRemovalUnsynced = false

  /// Opens the queue of a folder, or makes one. The newest segment is read; the others are when their records are.
  ///
  /// - Parameters:
  ///   - folder: an absolute path.
  ///   - lanes: of whose threads the queue is used.
  ///   - random: numbers that nobody can guess.
  /// - Throws: a `Failure` if the newest segment has whole records behind one that is not; of the file system.
  package init(
    folder: String, files: any FileSystem, lanes: any Lanes, configuration: QueueConfiguration = QueueConfiguration(),
    random: () -> UInt64 = { .random(in: 0 ... .max) }
  ) throws(Failure) {
    try configuration.validate()
    let found = try Self.recover(folder, files)
    self.folder = folder
    self.files = files
    self.configuration = configuration
    salt = found.salt ?? random()
    view = Mutex(found.view)
    writing = lanes.makeMonitor()
  }

  /// The offset of the next record to be appended.
  package var nextOffset: UInt64 { view.withLock { $0.next } }

  /// The lowest offset that can be read, or the next one if nothing is left.
  package var firstOffset: UInt64 { view.withLock { $0.floor } }

  /// Records of lower offsets survive a loss of power: what a source may be told. After an opening that is not known of the
  /// newest segment's, until `sync()`.
  package var syncedOffset: UInt64 { view.withLock { $0.synced } }

  /// The length of all files.
  package var bytes: Int { view.withLock { $0.bytes } }

  // MARK: Appending

  /// Appends a record. It is durable when this returns, or later, as the configuration says.
  ///
  /// - Throws: a `Failure` with the status `badRecord` for a record longer than the configuration allows, and those of the
  ///   file system. The record is not in the queue then and may be appended again, later too: a full disk leaves no harm.
  ///   If the process ends before it is, the queue may turn out to have the record.
  package func append(_ payload: UnsafeRawBufferPointer) throws(Failure) -> Appended {
    guard payload.count <= configuration.maxRecordBytes else {
      throw Failure(
        .run, "\(folder): a record of \(payload.count) bytes is longer than the queue allows",
        advice: "raise max_record_bytes, or make smaller batches", status: .badRecord)
    }
    return try writing.withLock { () throws(Failure) -> Appended in
      let length = SegmentFormat.frameBytes + payload.count
      let needsSegment = needsSegment(for: length)
      let used = view.withLock { needsSegment ? $0.bytesIfBegun(syncing: newest != .noMoreSyncs) : $0.bytes }
      guard used + length <= configuration.maxBytes else { return .full }
      if needsSegment { try beginSegment() }
      let offset = view.withLock { $0.next }
      let frame = SegmentFormat.frame(payload, offset: offset, salt: salt)
      try write(frame)
      // Before anybody sees the record: if the sync fails, it was not stored.
      let isSynced = isSyncDue
      if isSynced { try syncFile() }
      view.withLock {
        $0.appended(frame)
        if isSynced { $0.syncedAll() }
      }
      return .stored(offset: offset)
    }
  }

  package func append(_ payload: [UInt8]) throws(Failure) -> Appended {
    // A closure of the standard library cannot throw a `Failure` as such.
    try payload.withUnsafeBytes { bytes in Result { () throws(Failure) in try append(bytes) } }.get()
  }

  /// Makes all records durable that were appended before.
  package func sync() throws(Failure) {
    try writing.withLock { () throws(Failure) in
      guard view.withLock({ !$0.unsynced.isEmpty }) else { return }
      if newest == .noMoreSyncs { return try replaceNewest() }
      try syncFile()
      view.withLock { $0.syncedAll() }
    }
  }

  /// Makes all records durable and lets the newest file go. An append after it begins another one.
  package func close() throws(Failure) {
    try sync()
    try writing.withLock { () throws(Failure) in
      newest = .noMoreSyncs
      try writer.take()?.close()
    }
  }

  private var isSyncDue: Bool {
    switch configuration.sync {
    case .everyRecord: true
    case .bytes(let count): bytesSinceSync >= count
    }
  }

  private func needsSegment(for length: Int) -> Bool {
    guard newest == .open else { return true }
    return view.withLock { $0.next > $0.first && $0.newestBytes + length > configuration.segmentBytes }
  }

  private func write(_ frame: [UInt8]) throws(Failure) {
    do throws(Failure) { try writer?.writeAll(frame) } catch {
      newest = .noMoreRecords
      // It may have written a part.
      let bytes = try? files.info(path(view.withLock { $0.first }))?.size
      view.withLock { $0.newestBytes = bytes.map { Int($0) } ?? $0.newestBytes + frame.count }
      throw error
    }
    view.withLock { $0.newestBytes += frame.count }
    bytesSinceSync += frame.count
  }

  private func syncFile() throws(Failure) {
    do throws(Failure) { try writer?.sync() } catch {
      newest = .noMoreSyncs
      throw error
    }
    bytesSinceSync = 0
  }

  // MARK: Segments

  func path(_ first: UInt64) -> String { "\(folder)/\(SegmentFormat.name(first: first))" }

  /// Begins the segment of the next record.
  func beginSegment() throws(Failure) {
    if newest != .noMoreSyncs {
      // Before anything can fail that may have made the new segment's name durable.
      newest = .noMoreRecords
      if view.withLock({ !$0.unsynced.isEmpty }) {
        try syncFile()
        view.withLock { $0.syncedAll() }
      }
    }
    try replaceNewest()
  }

  /// Begins a segment with the first record that is not durable, and makes them all durable in it.
  private func replaceNewest() throws(Failure) {
    let (first, frames) = view.withLock { ($0.synced, $0.unsynced) }
    var bytes = SegmentFormat.header(first: first, salt: salt)
    bytes.reserveCapacity(frames.reduce(bytes.count) { $0 + $1.count })
    for frame in frames { bytes += frame }
    let begun = try makeFile(path(first), bytes)
    view.withLock { $0.begun(bytes: bytes.count) }
    // All that is of use in it is durable.
    try? writer?.close()
    writer = begun
    newest = .open
    bytesSinceSync = 0
  }

  /// A file that is there, with these bytes and durable, or that is not there. Open for more.
  private func makeFile(_ path: String, _ bytes: [UInt8]) throws(Failure) -> any FileWriter {
    let temporary = path + ".tmp"
    // Of an attempt that has failed.
    try files.remove(temporary)
    let writer = try files.create(temporary)
    do throws(Failure) {
      try writer.writeAll(bytes)
      try writer.sync()
      try files.rename(temporary, to: path)
      try files.syncDirectory(folder)
    } catch {
      try? writer.close()
      try? files.remove(temporary)
      throw error
    }
    return writer
  }
}
