extension TableMetadata {
  /// Adds a snapshot and moves a branch to it. On the main branch it becomes what readers see.
  package mutating func add(_ snapshot: Snapshot, to branch: String) {
    snapshots.append(snapshot)
    lastSequenceNumber = max(lastSequenceNumber, snapshot.sequenceNumber)
    if references[branch] == nil {
      references[branch] = SnapshotReference(snapshotID: snapshot.id)
    } else {
      references[branch]?.snapshotID = snapshot.id
    }
    guard branch == Self.mainBranch else { return }
    currentSnapshotID = snapshot.id
    snapshotLog.append(SnapshotLogEntry(timestampMS: snapshot.timestampMS, snapshotID: snapshot.id))
  }

  /// Makes a schema the current one: an earlier one with the same columns again, or a new one.
  package mutating func setCurrent(_ schema: IcebergSchema) {
    lastColumnID = max(lastColumnID, schema.highestFieldID)
    if let same = schemas.first(where: {
      $0.fields == schema.fields && $0.identifierFieldIDs == schema.identifierFieldIDs
    }) {
      currentSchemaID = same.id
      return
    }
    var added = schema
    added.id = (schemas.map(\.id).max() ?? -1) + 1
    schemas.append(added)
    currentSchemaID = added.id
    if properties[NameMapping.property] != nil {
      properties[NameMapping.property] = NameMapping.json(of: added).text()
    }
  }
}
