package import HostFormats
package import HostModel

/// The files that a reader of one snapshot opens.
package struct ScanPlan: Sendable {
  package struct File: Sendable, Hashable {
    package var file: DataFile
    package var specID: Int
    package var sequenceNumber: Int64
  }

  /// Files of rows that may meet the predicate.
  package var dataFiles: [File] = []
  /// All files of deletes, whatever the predicate.
  package var deleteFiles: [File] = []
  package var skippedManifests = 0
  package var skippedFiles = 0

  package var recordCount: Int64 { dataFiles.reduce(0) { $0 + $1.file.recordCount } }
}

extension Lake {
  /// Finds the files of a snapshot, the newest if none is named, that may have rows which meet the predicate.
  package func plan(
    _ table: LakeTable, snapshotID: Int64? = nil, where predicate: LakePredicate = .always
  ) throws(Failure) -> ScanPlan {
    let metadata = table.metadata
    guard let id = snapshotID ?? metadata.currentSnapshotID else { return ScanPlan() }
    guard let snapshot = metadata.snapshot(id: id) else {
      throw Failure(
        .invalidInput, "\(table.name): there is no snapshot \(id)",
        advice: "see 'headrace lake snapshots \(table.name)'", status: .notFound)
    }
    let pruner = FilePruner(predicate, metadata: metadata)
    var plan = ScanPlan()
    for manifest in try manifests(of: snapshot) where manifest.hasLiveFiles {
      guard manifest.content == .deletes || pruner.mayMatch(manifest) else {
        plan.skippedManifests += 1
        plan.skippedFiles += manifest.addedFiles + manifest.existingFiles
        continue
      }
      for entry in try entries(of: manifest) where entry.isLive {
        let file = ScanPlan.File(
          file: entry.file, specID: manifest.specID, sequenceNumber: entry.sequenceNumber ?? manifest.sequenceNumber)
        if manifest.content == .deletes {
          plan.deleteFiles.append(file)
        } else if pruner.mayMatch(entry.file, specID: manifest.specID) {
          plan.dataFiles.append(file)
        } else {
          plan.skippedFiles += 1
        }
      }
    }
    return plan
  }

  func manifests(of snapshot: Snapshot) throws(Failure) -> [ManifestFile] {
    let bytes = try read(snapshot.manifestList)
    do { return try ManifestList.parse(bytes, location: snapshot.manifestList) } catch {
      throw Failure(error, at: snapshot.manifestList)
    }
  }

  func entries(of manifest: ManifestFile) throws(Failure) -> [ManifestEntry] {
    let bytes = try read(manifest.path)
    do { return try Manifest.parse(bytes, manifest).entries } catch { throw Failure(error, at: manifest.path) }
  }
}
