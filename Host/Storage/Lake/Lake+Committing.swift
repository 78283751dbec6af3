import HostFormats
package import HostModel

extension Lake {
  /// A commit that lost this often in a row gives up: each time somebody else has won, so there is progress without us.
  private static let maximumAttempts = 100

  /// Changes several tables in one step: all of them or none.
  ///
  /// Commits of other writers are taken over and ours is added to them, unless they have moved the positions that we
  /// expect. One table may occur once.
  /// - Throws: if the files do not fit the table, or the catalog or the store fail. Then nothing has changed.
  package func commit(_ commits: [TableCommit]) throws(Failure) -> CommitOutcome {
    precondition(Set(commits.map(\.table)).count == commits.count, "a table occurs twice in one commit")
    guard !commits.isEmpty else { return .committed([]) }
    var written: [PreparedFiles] = commits.map { _ in PreparedFiles() }
    for _ in 0..<Self.maximumAttempts {
      var prepared: [PreparedCommit] = []
      for (index, commit) in commits.enumerated() {
        let builder = CommitBuilder(lake: self, commit: commit, files: written[index])
        switch try builder.prepare() {
        case .fenced(let stream):
          discard(prepared.flatMap(\.written) + written.flatMap(\.locations))
          return .fenced(commit.table, stream)
        case .prepared(let one, let files):
          prepared.append(one)
          written[index] = files
        }
      }
      let changes = prepared.map {
        CatalogChange(table: $0.table.name, expected: $0.previousLocation, location: $0.table.metadataLocation)
      }
      if try catalog.swap(changes) {
        finish(prepared)
        return .committed(prepared.map { CommittedTable(table: $0.table, snapshotID: $0.snapshotID) })
      }
      discard(prepared.flatMap(\.written))
    }
    throw Failure(
      .run, "\(commits[0].table): other writers were faster \(Self.maximumAttempts) times in a row",
      advice: "run again, or write to the table from fewer places", status: .conflict)
  }

  /// What follows a commit and may be lost without harm.
  private func finish(_ prepared: [PreparedCommit]) {
    for one in prepared {
      remember(one.table)
      discard(one.obsolete)
      writeVersionHint(one.table)
    }
  }

  /// Tells readers of a bare folder which metadata is the newest.
  private func writeVersionHint(_ table: LakeTable) {
    guard let name = table.metadataLocation.split(separator: "/").last, name.hasSuffix(".metadata.json"),
      let key = store.key(of: table.metadata.location + "/metadata/version-hint.text")
    else { return }
    try? store.replace(key, Array(name.dropLast(".metadata.json".count).utf8))
  }
}

/// Manifests of new files, which do not change when a commit is built again.
struct PreparedFiles {
  var snapshotID: Int64?
  var manifests: [(manifest: Manifest, location: String, length: Int)] = []

  var locations: [String] { manifests.map(\.location) }
}

/// A commit with all its files written, ready for the catalog.
struct PreparedCommit {
  var table: LakeTable
  var previousLocation: String?
  var snapshotID: Int64?
  /// Files that are of no use if the catalog refuses, because the next attempt writes others.
  var written: [String]
  /// Files that are of no use once the catalog has moved.
  var obsolete: [String]
}
