package import HostModel

extension LocalQueue {
  /// The record of an offset; nil if it will be the next one to be appended. Reading on, the records come in order.
  ///
  /// A record that is not durable yet is made so first, with all the others; that is when a reader waits for the disk.
  ///
  /// - Throws: a `Failure` with the status `notFound` for a record that was freed, `conflict` for an offset beyond the
  ///   next one, `fatal` for a damaged segment, with file and byte; and those of the file system.
  package func read(from offset: UInt64) throws(Failure) -> Record? {
    while true {
      switch view.withLock({ $0.place(of: offset) }) {
      case .end: return nil
      case .beyond: throw beyond(offset)
      case .freed: throw freed(offset)
      case .unsynced: try sync()
      case .newest(let frame):
        return Record(offset: offset, payload: Array(frame.dropFirst(SegmentFormat.frameBytes)))
      case .sealed(let segment):
        guard let contents = try contents(segment) else { continue }
        return Record(offset: offset, payload: try contents.payload(offset))
      }
    }
  }

  /// Reads all segments but the newest, which was read at the opening, and keeps none.
  ///
  /// - Throws: a `Failure` for the first damaged record, with file and byte.
  package func verify() throws(Failure) {
    for segment in view.withLock({ $0.sealed }) {
      if let damage = try load(segment)?.damage { throw damage }
    }
  }

  /// Nil for a segment that was freed meanwhile.
  private func contents(_ segment: QueueView.Sealed) throws(Failure) -> SegmentContents? {
    // A segment's contents and its place among the offsets never change once it is not the newest.
    if let contents = lastRead.withLock({ $0 }), contents.first == segment.first { return contents }
    // The memory of one segment is given back before another is read.
    lastRead.withLock { $0 = nil }
    guard let contents = try load(segment) else { return nil }
    lastRead.withLock { $0 = contents }
    return contents
  }

  private func load(_ segment: QueueView.Sealed) throws(Failure) -> SegmentContents? {
    let path = path(segment.first)
    let bytes: [UInt8]
    do throws(Failure) { bytes = try files.read(path, limit: segment.bytes) } catch {
      if view.withLock({ $0.floor > segment.first }) { return nil }
      throw error
    }
    return try SegmentContents(bytes, path: path, first: segment.first, end: segment.end)
  }

  private func freed(_ offset: UInt64) -> Failure {
    Failure(
      .run, "\(folder): record \(offset) was freed, the queue begins with \(firstOffset)", status: .notFound)
  }

  func beyond(_ offset: UInt64) -> Failure {
    Failure(
      .run, "\(folder): the queue ends at \(nextOffset), and somebody knows of records up to \(offset)",
      advice: "the folder was exchanged or emptied: use another one for a new queue", status: .conflict)
  }
}
