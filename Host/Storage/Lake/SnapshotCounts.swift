import HostFormats

/// The numbers of a snapshot's summary.
struct SnapshotCounts {
  private var added: [DataFile]
  private var removed: [DataFile] = []
  private let isAll: Bool

  /// - Parameter isAll: whether nothing of the parent is left, so that totals are those of the added files.
  init(added: [DataFile], isAll: Bool = false) {
    self.added = added
    self.isAll = isAll
  }

  mutating func remove(_ files: [DataFile]) { removed += files }

  /// - Parameter base: the parent's summary, empty if there is no parent. A total that it lacks is left out, not guessed.
  func summary(after base: [String: String]) -> [String: String] {
    var summary: [String: String] = [:]
    func put(_ key: String, _ value: Int64) { if value > 0 { summary[key] = String(value) } }
    let (data, removedData) = (added.filter { $0.content == .data }, removed.filter { $0.content == .data })
    put("added-data-files", Int64(data.count))
    put("added-records", data.reduce(0) { $0 + $1.recordCount })
    put("added-files-size", added.reduce(0) { $0 + $1.sizeInBytes })
    let gone = (
      files: Int64(removedData.count), records: removedData.reduce(0) { $0 + $1.recordCount },
      bytes: removed.reduce(0) { $0 + $1.sizeInBytes }
    )
    put("deleted-data-files", gone.files)
    put("deleted-records", gone.records)
    put("removed-files-size", gone.bytes)
    put("removed-delete-files", Int64(removed.count - removedData.count))
    put("changed-partition-count", Int64(Set((added + removed).map(\.partition)).count))
    // Files of deletes are taken away only together with everything else.
    let totals: [(String, Int64, gone: Int64)] = [
      ("total-data-files", Int64(data.count), gone.files),
      ("total-records", data.reduce(0) { $0 + $1.recordCount }, gone.records),
      ("total-files-size", added.reduce(0) { $0 + $1.sizeInBytes }, gone.bytes), ("total-delete-files", 0, 0),
      ("total-position-deletes", 0, 0), ("total-equality-deletes", 0, 0),
    ]
    for (key, value, gone) in totals {
      if isAll || base.isEmpty {
        summary[key] = String(value)
      } else if let before = base[key].flatMap({ Int64($0) }) {
        summary[key] = String(max(0, before + value - gone))
      }
    }
    return summary
  }
}
