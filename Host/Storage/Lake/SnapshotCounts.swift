import HostFormats

/// The numbers of a snapshot's summary.
struct SnapshotCounts {
  private var added: [DataFile]
  private var removed: [DataFile] = []

  init(added: [DataFile]) { self.added = added }

  mutating func remove(_ files: [DataFile]) { removed += files }

  /// - Parameters:
  ///   - base: the parent's summary, empty if there is no parent. A total that it lacks is left out, not guessed.
  ///   - isReplacing: whether nothing of the parent is left, so that totals are those of the added files.
  func summary(after base: [String: String], isReplacing: Bool) -> [String: String] {
    var summary: [String: String] = [:]
    func put(_ key: String, _ value: Int64) { if value > 0 { summary[key] = String(value) } }
    let (data, removedData) = (added.filter { $0.content == .data }, removed.filter { $0.content == .data })
    put("added-data-files", Int64(data.count))
    put("added-records", data.reduce(0) { $0 + $1.recordCount })
    put("added-files-size", added.reduce(0) { $0 + $1.sizeInBytes })
    put("deleted-data-files", Int64(removedData.count))
    put("deleted-records", removedData.reduce(0) { $0 + $1.recordCount })
    put("removed-files-size", removed.reduce(0) { $0 + $1.sizeInBytes })
    put("removed-delete-files", Int64(removed.count - removedData.count))
    put("changed-partition-count", Int64(Set((added + removed).map(\.partition)).count))
    let totals: [(String, Int64)] = [
      ("total-data-files", Int64(data.count)), ("total-records", data.reduce(0) { $0 + $1.recordCount }),
      ("total-files-size", added.reduce(0) { $0 + $1.sizeInBytes }), ("total-delete-files", 0),
      ("total-position-deletes", 0), ("total-equality-deletes", 0),
    ]
    for (key, value) in totals {
      if isReplacing || base.isEmpty {
        summary[key] = String(value)
      } else if let before = base[key].flatMap({ Int64($0) }) {
        summary[key] = String(before + value)
      }
    }
    return summary
  }
}
