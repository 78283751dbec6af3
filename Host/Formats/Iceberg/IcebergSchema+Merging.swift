extension IcebergSchema {
  /// The schema of a table that also takes files written with the columns of `written`, found by id.
  ///
  /// A writer gives new columns ids above `lastColumnID` before it writes. If the table changed in the meantime and those
  /// ids mean other columns now, the files cannot be added.
  /// - Returns: the same schema if it takes the files as it is.
  /// - Throws: if a column's id, type or requirement does not go together.
  package func merging(_ written: IcebergSchema, lastColumnID: Int) throws(IcebergError) -> IcebergSchema {
    var merged = self
    merged.fields = try Self.merge(fields, written.fields, lastColumnID)
    let fields = merged.fields
    merged.identifierFieldIDs.removeAll { id in
      IcebergSchema(fields: fields).field(id: id)?.required != true
    }
    if merged.fields != self.fields { try merged.validate() }
    return merged
  }

  private static func merge(
    _ table: [IcebergField], _ written: [IcebergField], _ last: Int
  ) throws(IcebergError) -> [IcebergField] {
    var merged: [IcebergField] = []
    for field in table {
      guard let other = written.first(where: { $0.id == field.id }) else {
        guard !field.required else { throw conflict(field.name, "is required and the new files lack it") }
        merged.append(field)
        continue
      }
      var changed = field
      changed.type = try merge(field.type, other.type, last, field.name)
      changed.required = field.required && other.required
      merged.append(changed)
    }
    for field in written where !table.contains(where: { $0.id == field.id }) {
      guard field.id > last, !table.contains(where: { $0.name == field.name }) else {
        throw conflict(field.name, "was added or dropped by another writer")
      }
      var added = field
      added.required = false
      merged.append(added)
    }
    return merged
  }

  private static func merge(
    _ table: IcebergType, _ written: IcebergType, _ last: Int, _ name: String
  ) throws(IcebergError) -> IcebergType {
    switch (table, written) {
    case let (table, written) where table == written: return table
    case (.structure(let old), .structure(let new)): return .structure(try merge(old, new, last))
    case (.list(var old), .list(let new)) where old.elementID == new.elementID:
      old.element = try merge(old.element, new.element, last, name)
      old.elementRequired = old.elementRequired && new.elementRequired
      return .list(old)
    case (.map(var old), .map(let new)) where old.keyID == new.keyID && old.valueID == new.valueID:
      old.key = try merge(old.key, new.key, last, name)
      old.value = try merge(old.value, new.value, last, name)
      old.valueRequired = old.valueRequired && new.valueRequired
      return .map(old)
    case let (old, new) where old.canBePromoted(to: new): return new
    // Files with the narrower type are read as the wider.
    case let (old, new) where new.canBePromoted(to: old): return old
    default: throw conflict(name, "is \(table) and the new files have \(written)")
    }
  }

  private static func conflict(_ column: String, _ problem: String) -> IcebergError {
    IcebergError("the column '\(column)' \(problem)", advice: "run again: the table's schema has changed")
  }
}
