import HostFormats
import HostModel

/// Builds one table's part of a commit upon the metadata that the table has now, and writes its files.
struct CommitBuilder {
  enum Result {
    case prepared(PreparedCommit, PreparedFiles)
    case fenced(StreamID)
  }

  let lake: Lake
  let commit: TableCommit
  var files: PreparedFiles
  private var written: [String] = []
  private var obsolete: [String] = []

  init(lake: Lake, commit: TableCommit, files: PreparedFiles) {
    self.lake = lake
    self.commit = commit
    self.files = files
  }

  func prepare() throws(Failure) -> Result {
    var builder = self
    do throws(Failure) { return try builder.build() } catch {
      lake.discard(builder.written + builder.files.locations)
      throw error
    }
  }

  private mutating func build() throws(Failure) -> Result {
    let existing = try lake.load(commit.table)
    var metadata: TableMetadata
    if let existing { metadata = existing.metadata } else { metadata = try newTable() }
    if let stream = commit.stream, let expected = commit.expectedOrdinals {
      guard try StreamPositions(metadata, stream).ordinals == expected else { return .fenced(stream) }
    }
    metadata.lastUpdatedMS = max(lake.nowMS(), metadata.lastUpdatedMS)
    if let schema = commit.schema, existing != nil { try mergeSchema(schema, &metadata) }
    let snapshotID = try applyAction(&metadata)
    applyProperties(&metadata)
    if let existing { logPrevious(existing, &metadata) }
    let location = try writeMetadata(metadata, after: existing?.metadataLocation)
    let table = LakeTable(name: commit.table, metadataLocation: location, metadata: metadata)
    let prepared = PreparedCommit(
      table: table, previousLocation: existing?.metadataLocation, snapshotID: snapshotID, written: written,
      obsolete: obsolete)
    return .prepared(prepared, files)
  }

  // MARK: Metadata

  private func newTable() throws(Failure) -> TableMetadata {
    try commit.table.validateForLake()
    guard let definition = commit.definition, let schema = commit.schema else {
      throw Failure(.run, "there is no table \(commit.table)", status: .notFound)
    }
    try requireFreshIDs(schema)
    var properties = definition.properties
    // Old metadata that nobody can reach any more is removed; other engines keep it unless told.
    properties["write.metadata.delete-after-commit.enabled"] =
      properties["write.metadata.delete-after-commit.enabled"] ?? "true"
    properties["write.parquet.compression-codec"] = properties["write.parquet.compression-codec"] ?? "zstd"
    let key = "\(commit.table.namespace)/\(commit.table.name)"
    do {
      return try TableMetadata(
        uuid: lake.newUUID(), location: lake.store.location(of: key), schema: schema, partition: definition.partition,
        properties: properties, timestampMS: lake.nowMS())
    } catch { throw Failure(error, at: "\(commit.table)", status: .invalidConfig) }
  }

  /// Files name their columns by id, so those that make a table must have been written with the ids that it will give.
  private func requireFreshIDs(_ schema: IcebergSchema) throws(Failure) {
    if case .none = commit.action { return }
    guard schema.assigningFreshIDs().schema.fields == schema.fields else {
      throw Failure(
        .run, "\(commit.table): files for a new table were not written with fresh column ids", status: .invalidConfig)
    }
  }

  private func mergeSchema(_ schema: IcebergSchema, _ metadata: inout TableMetadata) throws(Failure) {
    do {
      let merged = try metadata.schema.merging(schema, lastColumnID: metadata.lastColumnID)
      guard merged.fields != metadata.schema.fields else { return }
      metadata.setCurrent(merged)
    } catch { throw Failure(error, at: "\(commit.table)", status: .conflict) }
  }

  private func applyProperties(_ metadata: inout TableMetadata) {
    for (key, value) in commit.properties { metadata.properties[key] = value }
    guard let stream = commit.stream, let positions = commit.positions else { return }
    metadata.properties[StreamPositions.property(stream)] = positions.splits.isEmpty ? nil : positions.text
  }

  private mutating func logPrevious(_ previous: LakeTable, _ metadata: inout TableMetadata) {
    metadata.metadataLog.append(
      MetadataLogEntry(timestampMS: previous.metadata.lastUpdatedMS, metadataFile: previous.metadataLocation))
    let kept = metadata.properties["write.metadata.previous-versions-max"].flatMap { Int($0) } ?? 100
    let excess = metadata.metadataLog.count - max(1, kept)
    guard excess > 0 else { return }
    let dropped = metadata.metadataLog.prefix(excess).map(\.metadataFile)
    metadata.metadataLog.removeFirst(excess)
    if metadata.properties["write.metadata.delete-after-commit.enabled"] == "true" { obsolete += dropped }
  }

  private mutating func writeMetadata(_ metadata: TableMetadata, after previous: String?) throws(Failure) -> String {
    let version = previous.map { Self.version(of: $0) + 1 } ?? 0
    let digits = String(version)
    let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    let location = "\(metadata.location)/metadata/\(padded)-\(lake.newUUID()).metadata.json"
    try lake.write(location, metadata.serialized())
    written.append(location)
    return location
  }

  /// The number at the start of a metadata file's name, with or without the `v` of older writers.
  private static func version(of location: String) -> Int {
    let name = location.split(separator: "/").last ?? ""
    let digits = name.drop { $0 == "v" }.prefix { ("0"..."9").contains($0) }
    return Int(digits) ?? 0
  }
}

// MARK: Rows

extension CommitBuilder {
  private mutating func applyAction(_ metadata: inout TableMetadata) throws(Failure) -> Int64? {
    switch commit.action {
    case .none: return nil
    case .append(let new):
      return new.isEmpty ? nil : try append(new, to: TableMetadata.mainBranch, &metadata)
    case .stage(let new):
      return new.isEmpty ? nil : try append(new, to: try stagingBranch(), &metadata)
    case .replace(let new): return try overwrite(with: new, staged: [], &metadata)
    case .exchange(let predicate, let new): return try exchange(predicate, adding: new, &metadata)
    case .publish(let adding):
      let branch = try stagingBranch()
      let staged = try stagedFiles(branch, metadata)
      let id = try overwrite(with: adding, staged: staged, &metadata)
      try removeBranch(branch, &metadata)
      return id
    case .discard:
      try removeBranch(try stagingBranch(), &metadata)
      return nil
    }
  }

  private func stagingBranch() throws(Failure) -> String {
    guard let stream = commit.stream else {
      throw Failure(.run, "\(commit.table): staged rows need a stream", status: .invalidConfig)
    }
    return TableCommit.stagingBranch(stream)
  }

  private mutating func append(
    _ new: [NewFile], to branch: String, _ metadata: inout TableMetadata
  ) throws(Failure) -> Int64 {
    let parent = metadata.snapshot(reference: branch)
    let old = try parent.map { snapshot throws(Failure) in try lake.manifests(of: snapshot) } ?? []
    let id = try snapshotID(metadata)
    let sequence = metadata.lastSequenceNumber + 1
    let added = try manifests(adding: new, id, sequence, metadata)
    let kept = try merged(old, id, sequence, metadata)
    let counts = SnapshotCounts(added: new.map(\.file))
    try addSnapshot(
      added + kept, id: id, parent: parent, "append", counts, base: parent?.summary ?? [:], branch, &metadata)
    return id
  }

  /// One snapshot whose rows are those of the new and the staged files and no others.
  private mutating func overwrite(
    with new: [NewFile], staged: [NewFile], _ metadata: inout TableMetadata
  ) throws(Failure) -> Int64 {
    let parent = metadata.currentSnapshot
    let old = try parent.map { snapshot throws(Failure) in try lake.manifests(of: snapshot) } ?? []
    let id = try snapshotID(metadata)
    let sequence = metadata.lastSequenceNumber + 1
    var counts = SnapshotCounts(added: (staged + new).map(\.file), isAll: true)
    var manifests = try manifests(adding: staged + new, id, sequence, metadata)
    for manifest in old where manifest.hasLiveFiles {
      var entries = try lake.entries(of: manifest).filter(\.isLive)
      for index in entries.indices {
        entries[index].status = .deleted
        entries[index].snapshotID = id
      }
      counts.remove(entries.map(\.file))
      let deleted = Manifest(specID: manifest.specID, content: manifest.content, entries: entries)
      manifests.append(try write(deleted, id, sequence, metadata))
    }
    try addSnapshot(
      manifests, id: id, parent: parent, "overwrite", counts, base: parent?.summary ?? [:], TableMetadata.mainBranch,
      &metadata)
    return id
  }

  /// One snapshot without the files that may meet the predicate, and with the new ones; none if nothing changes.
  private mutating func exchange(
    _ predicate: LakePredicate, adding new: [NewFile], _ metadata: inout TableMetadata
  ) throws(Failure) -> Int64? {
    let parent = metadata.currentSnapshot
    let old = try parent.map { snapshot throws(Failure) in try lake.manifests(of: snapshot) } ?? []
    let pruner = FilePruner(predicate, metadata: metadata)
    let id = try snapshotID(metadata)
    let sequence = metadata.lastSequenceNumber + 1
    var counts = SnapshotCounts(added: new.map(\.file))
    var kept: [ManifestFile] = []
    var removed = 0
    for manifest in old where manifest.hasLiveFiles {
      guard manifest.content == .data, pruner.mayMatch(manifest) else {
        kept.append(manifest)
        continue
      }
      let (entries, gone) = Self.without(pruner, try lake.entries(of: manifest), manifest, id)
      counts.remove(gone)
      removed += gone.count
      kept.append(
        gone.isEmpty ? manifest : try write(Manifest(specID: manifest.specID, entries: entries), id, sequence, metadata)
      )
    }
    guard removed > 0 || !new.isEmpty else { return nil }
    let added = try manifests(adding: new, id, sequence, metadata)
    let operation = removed == 0 ? "append" : new.isEmpty ? "delete" : "overwrite"
    try addSnapshot(
      added + (try merged(kept, id, sequence, metadata)), id: id, parent: parent, operation, counts,
      base: parent?.summary ?? [:], TableMetadata.mainBranch, &metadata)
    return id
  }

  /// The live entries of a manifest, those that may meet the predicate as deleted, and the files of these.
  private static func without(
    _ pruner: FilePruner, _ entries: [ManifestEntry], _ manifest: ManifestFile, _ id: Int64
  ) -> (entries: [ManifestEntry], gone: [DataFile]) {
    var gone: [DataFile] = []
    let marked = entries.filter(\.isLive).map { entry in
      var entry = entry
      if pruner.mayMatch(entry.file, specID: manifest.specID) {
        (entry.status, entry.snapshotID) = (.deleted, id)
        gone.append(entry.file)
      } else {
        entry.status = .existing
      }
      return entry
    }
    return (marked, gone)
  }

  private func stagedFiles(_ branch: String, _ metadata: TableMetadata) throws(Failure) -> [NewFile] {
    guard let snapshot = metadata.snapshot(reference: branch) else { return [] }
    var staged: [NewFile] = []
    for manifest in try lake.manifests(of: snapshot) where manifest.hasLiveFiles {
      for entry in try lake.entries(of: manifest) where entry.isLive {
        staged.append(NewFile(entry.file, specID: manifest.specID))
      }
    }
    return staged
  }

  /// Removes a staging branch with the snapshots that only it has, and their manifests; the data files stay.
  private mutating func removeBranch(_ branch: String, _ metadata: inout TableMetadata) throws(Failure) {
    guard let reference = metadata.references.removeValue(forKey: branch) else { return }
    let retained = Set(metadata.references.values.map(\.snapshotID))
    let logged = Set(metadata.snapshotLog.map(\.snapshotID))
    var next: Int64? = reference.snapshotID
    while let id = next, let snapshot = metadata.snapshot(id: id) {
      guard !retained.contains(id), !logged.contains(id), id != metadata.currentSnapshotID else { break }
      obsolete.append(snapshot.manifestList)
      obsolete += try lake.manifests(of: snapshot).map(\.path)
      metadata.snapshots.removeAll { $0.id == id }
      next = snapshot.parentID
    }
  }
}

// MARK: Manifests

extension CommitBuilder {
  private static let entriesPerManifest = 20_000

  /// The id stays the same when the commit is built again, so that manifests written before can name it.
  private mutating func snapshotID(_ metadata: TableMetadata) throws(Failure) -> Int64 {
    if let id = files.snapshotID, metadata.snapshot(id: id) == nil { return id }
    var id = lake.randomID()
    while id == 0 || metadata.snapshot(id: id) != nil { id = lake.randomID() }
    files.snapshotID = id
    return id
  }

  /// Manifests of the new files, one a spec unless they are many; those of an earlier attempt are used again.
  private mutating func manifests(
    adding new: [NewFile], _ id: Int64, _ sequence: Int64, _ metadata: TableMetadata
  ) throws(Failure) -> [ManifestFile] {
    if files.manifests.flatMap({ $0.manifest.entries.map(\.file) }) != new.map(\.file) {
      lake.discard(files.locations)
      files.manifests = []
      for specID in Set(new.map(\.specID)).sorted() {
        let entries = new.filter { $0.specID == specID }.map {
          ManifestEntry(.added, snapshotID: id, sequenceNumber: nil, fileSequenceNumber: nil, file: $0.file)
        }
        for start in stride(from: 0, to: entries.count, by: Self.entriesPerManifest) {
          let chunk = Array(entries[start..<min(start + Self.entriesPerManifest, entries.count)])
          let manifest = Manifest(specID: specID, entries: chunk)
          let (location, length) = try writeObject(manifest, metadata)
          files.manifests.append((manifest, location, length))
        }
      }
    }
    var listed: [ManifestFile] = []
    for (manifest, location, length) in files.manifests {
      listed.append(try summary(manifest, location, length, id, sequence, metadata))
    }
    return listed
  }

  /// The older manifests, small ones of one kind put together where they have become many, so that a plan does not open
  /// one file for every commit there ever was.
  private mutating func merged(
    _ old: [ManifestFile], _ id: Int64, _ sequence: Int64, _ metadata: TableMetadata
  ) throws(Failure) -> [ManifestFile] {
    let properties = metadata.properties
    guard properties["commit.manifest-merge.enabled"] != "false" else { return old }
    let least = properties["commit.manifest.min-count-to-merge"].flatMap { Int($0) } ?? 100
    let size = properties["commit.manifest.target-size-bytes"].flatMap { Int64($0) } ?? 8 << 20
    let small = old.filter {
      $0.content == .data && $0.specID == metadata.defaultSpecID && $0.length < size / 2
    }
    guard small.count >= max(2, least) else { return old }
    var result = old.filter { !small.contains($0) }
    var entries: [ManifestEntry] = []
    for manifest in small {
      for var entry in try lake.entries(of: manifest) where entry.isLive {
        entry.status = .existing
        entries.append(entry)
      }
    }
    for start in stride(from: 0, to: entries.count, by: Self.entriesPerManifest) {
      let chunk = Array(entries[start..<min(start + Self.entriesPerManifest, entries.count)])
      result.insert(
        try write(Manifest(specID: metadata.defaultSpecID, entries: chunk), id, sequence, metadata), at: 0)
    }
    return result
  }

  private mutating func write(
    _ manifest: Manifest, _ id: Int64, _ sequence: Int64, _ metadata: TableMetadata
  ) throws(Failure) -> ManifestFile {
    let (location, length) = try writeObject(manifest, metadata)
    written.append(location)
    return try summary(manifest, location, length, id, sequence, metadata)
  }

  private func writeObject(_ manifest: Manifest, _ metadata: TableMetadata) throws(Failure) -> (String, Int) {
    let location = "\(metadata.location)/metadata/\(lake.newUUID())-m0.avro"
    let bytes: [UInt8]
    do { bytes = try manifest.serialized(metadata: metadata, sync: lake.randomBytes()) } catch {
      throw Failure(error, at: "\(commit.table)", status: .invalidConfig)
    }
    try lake.write(location, bytes)
    return (location, bytes.count)
  }

  private func summary(
    _ manifest: Manifest, _ location: String, _ length: Int, _ id: Int64, _ sequence: Int64, _ metadata: TableMetadata
  ) throws(Failure) -> ManifestFile {
    do {
      return try manifest.summary(
        path: location, length: length, snapshotID: id, sequenceNumber: sequence, metadata: metadata)
    } catch { throw Failure(error, at: "\(commit.table)", status: .invalidConfig) }
  }

  private mutating func addSnapshot(
    _ manifests: [ManifestFile], id: Int64, parent: Snapshot?, _ operation: String, _ counts: SnapshotCounts,
    base: [String: String], _ branch: String, _ metadata: inout TableMetadata
  ) throws(Failure) {
    let sequence = metadata.lastSequenceNumber + 1
    let location = "\(metadata.location)/metadata/snap-\(id)-1-\(lake.newUUID()).avro"
    do {
      let bytes = try ManifestList.serialized(
        manifests, snapshotID: id, parentID: parent?.id, sequenceNumber: sequence, sync: lake.randomBytes())
      try lake.write(location, bytes)
    } catch let error as IcebergError {
      throw Failure(error, at: "\(commit.table)")
    } catch let error as Failure {
      throw error
    } catch { throw Failure(.run, "\(commit.table): \(error)") }
    written.append(location)
    var summary = counts.summary(after: base)
    summary["operation"] = operation
    summary["engine-name"] = "headrace"
    if let stream = commit.stream, let positions = commit.positions {
      let ordinals = positions.ordinals.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string(String($0.value))) }
      summary[StreamPositions.property(stream)] = JSONValue.object(JSONObject(ordinals)).text()
    }
    for (key, value) in commit.summary { summary[key] = value }
    metadata.add(
      Snapshot(
        id: id, parentID: parent?.id, sequenceNumber: sequence, timestampMS: metadata.lastUpdatedMS,
        manifestList: location, summary: summary, schemaID: metadata.currentSchemaID), to: branch)
  }
}
