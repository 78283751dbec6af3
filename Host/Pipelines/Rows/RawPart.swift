import HostFormats
import HostLake
import HostModel

/// What was written into the raw table of a stream since the last commit.
struct RawPart: Sendable {
  private(set) var files: [RawFile] = []
  /// Where the splits stand after the files.
  private(set) var spans: [String: RawSpan] = [:]
  /// Splits whose rows of before are to be taken away: the files have them anew.
  private(set) var begunAnew: Set<String> = []

  var isEmpty: Bool { spans.isEmpty && begunAnew.isEmpty }

  var rowCount: Int64 { files.reduce(0) { $0 + $1.file.file.recordCount } }

  mutating func add(_ file: RawFile) { files.append(file) }

  mutating func reach(_ span: RawSpan) { spans[span.split] = span }

  mutating func beginAnew(_ split: String) {
    files.removeAll { $0.split == split }
    spans[split] = nil
    begunAnew.insert(split)
  }

  /// What came after it.
  mutating func add(_ next: RawPart) {
    for split in next.begunAnew { beginAnew(split) }
    files += next.files
    spans.merge(next.spans) { $1 }
  }

  /// What is to become of the raw table when rows of the stream are committed.
  ///
  /// A file that has any row which was transformed goes as a whole. Its other rows are in the durable queue, and soon in
  /// the table: until then they are nowhere, which is better than twice.
  ///
  /// - Parameters:
  ///   - spans: as they are in the table.
  ///   - positions: of the stream, after the commit.
  ///   - final: nothing of the stream is left to be transformed.
  /// - Returns: nil if nothing becomes of it.
  func change(
    _ stream: StreamID, after spans: RawSpans, positions: StreamPositions, final: Bool
  ) -> (action: TableCommit.Action, spans: RawSpans)? {
    guard !isEmpty || !spans.isEmpty || spans.isDamaged else { return nil }
    let all = RawTable.rows(of: stream)
    if final { return (.exchange(removing: all, adding: []), RawSpans()) }
    var next = spans
    next.isDamaged = false
    var gone = spans.isDamaged ? LakePredicate.always : .never
    for split in begunAnew {
      next.splits[split] = nil
      gone = .or(gone, RawTable.rows(of: split, through: nil))
    }
    next.splits.merge(self.spans) { $1 }
    for (split, span) in next.splits {
      guard let position = positions.splits[split] else { continue }
      guard position.isComplete || position.ordinal > span.after else { continue }
      let isCovered = position.isComplete || position.ordinal >= span.through
      gone = .or(gone, RawTable.rows(of: split, through: isCovered ? nil : position.ordinal))
      if isCovered { next.splits[split] = nil }
    }
    let added = files.filter { file in
      guard let position = positions.splits[file.split] else { return true }
      return !position.isComplete && file.first > position.ordinal
    }
    guard gone != .never || !added.isEmpty || next != spans else { return nil }
    return (.exchange(removing: .and(all, gone), adding: added.map(\.file)), next)
  }
}
