/// What differs between the rows that arrive and the table that they go to.
package struct SchemaDifference: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// The table has no such column.
    case added(IcebergField)
    /// The column can be widened to take the rows: `int` to `long`, `float` to `double`, a decimal to more digits.
    case promoted(from: IcebergType, to: IcebergType)
    /// A required column of the table that the rows may lack.
    case madeOptional
    /// The table's column is wider than that of the rows, which are cast on their way.
    case narrower(incoming: IcebergType)
    /// No promotion leads from one to the other.
    case incompatible(table: IcebergType, incoming: IcebergType)
  }

  /// The dotted path of the column.
  package var path: String
  package var kind: Kind

  package init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// Whether the table's schema has to change to take the rows.
  package var changesTable: Bool {
    switch kind {
    case .added, .promoted, .madeOptional: true
    case .narrower, .incompatible: false
    }
  }
}

extension SchemaDifference: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .added(let field): "column '\(path)' of type \(field.type) is new"
    case .promoted(let from, let to): "column '\(path)' becomes \(to), it was \(from)"
    case .madeOptional: "column '\(path)' becomes optional"
    case .narrower(let incoming): "column '\(path)' arrives as \(incoming)"
    case .incompatible(let table, let incoming): "column '\(path)' is \(table) and arrives as \(incoming)"
    }
  }
}

extension IcebergSchema {
  /// How rows with the columns of `incoming` differ from this schema; columns are compared by name, ids of `incoming`
  /// mean nothing. Columns that the rows lack are null in them, so a required one has to become optional.
  package func differences(from incoming: IcebergSchema) -> [SchemaDifference] {
    Self.differences(fields, incoming.fields, path: "")
  }

  private static func differences(
    _ table: [IcebergField], _ incoming: [IcebergField], path: String
  ) -> [SchemaDifference] {
    var found: [SchemaDifference] = []
    for field in table {
      let inner = path + field.name
      guard let arriving = incoming.first(where: { $0.name == field.name }) else {
        if field.required { found.append(SchemaDifference(path: inner, kind: .madeOptional)) }
        continue
      }
      if field.required && !arriving.required { found.append(SchemaDifference(path: inner, kind: .madeOptional)) }
      found += differences(field.type, arriving.type, path: inner)
    }
    for field in incoming where !table.contains(where: { $0.name == field.name }) {
      found.append(SchemaDifference(path: path + field.name, kind: .added(field)))
    }
    return found
  }

  private static func differences(
    _ table: IcebergType, _ incoming: IcebergType, path: String
  ) -> [SchemaDifference] {
    switch (table, incoming) {
    case (.structure(let old), .structure(let new)): return differences(old, new, path: path + ".")
    case (.list(let old), .list(let new)):
      return differences(
        [IcebergField(0, "element", old.element, required: old.elementRequired)],
        [IcebergField(0, "element", new.element, required: new.elementRequired)], path: path + ".")
    case (.map(let old), .map(let new)):
      return differences(
        [
          IcebergField(0, "key", old.key, required: true),
          IcebergField(0, "value", old.value, required: old.valueRequired),
        ],
        [
          IcebergField(0, "key", new.key, required: true),
          IcebergField(0, "value", new.value, required: new.valueRequired),
        ], path: path + ".")
    case let (old, new) where old == new: return []
    case let (old, new) where old.canBePromoted(to: new):
      return [SchemaDifference(path: path, kind: .promoted(from: old, to: new))]
    case let (old, new) where new.canBePromoted(to: old):
      return [SchemaDifference(path: path, kind: .narrower(incoming: new))]
    default: return [SchemaDifference(path: path, kind: .incompatible(table: table, incoming: incoming))]
    }
  }

  /// The schema after these changes; new columns are optional and get ids that the table never used.
  /// - Throws: for an incompatible type, and for the promotion of a column whose partition values would change.
  package func applying(
    _ differences: [SchemaDifference], lastColumnID: Int
  ) throws(IcebergError) -> (schema: IcebergSchema, lastColumnID: Int) {
    if let wrong = differences.first(where: { if case .incompatible = $0.kind { true } else { false } }) {
      throw IcebergError("\(wrong)", advice: "cast the column in the pipeline, or write to another table")
    }
    var editor = SchemaEditor(differences: differences, assigner: FieldIDAssigner(last: lastColumnID))
    var changed = self
    changed.fields = editor.edit(fields, path: "")
    let optional = Set(differences.filter { $0.kind == .madeOptional }.map(\.path))
    changed.identifierFieldIDs.removeAll { id in
      changed.fields.contains { $0.id == id && optional.contains($0.name) }
    }
    try changed.validate()
    return (changed, editor.assigner.last)
  }
}

private struct SchemaEditor {
  let differences: [SchemaDifference]
  var assigner: FieldIDAssigner

  mutating func edit(_ fields: [IcebergField], path: String) -> [IcebergField] {
    var edited = fields.map { field in
      var field = field
      let inner = path + field.name
      if has(inner, .madeOptional) { field.required = false }
      field.type = edit(field.type, path: inner)
      return field
    }
    for difference in differences {
      guard case .added(var field) = difference.kind, difference.path == path + field.name else { continue }
      field.required = false
      field.id = assigner.next()
      field.type = assigner.assign(field.type)
      edited.append(field)
    }
    return edited
  }

  private mutating func edit(_ type: IcebergType, path: String) -> IcebergType {
    switch type {
    case .structure(let fields): return .structure(edit(fields, path: path + "."))
    case .list(var list):
      list.element = edit(list.element, path: path + ".element")
      if has(path + ".element", .madeOptional) { list.elementRequired = false }
      return .list(list)
    case .map(var map):
      map.key = edit(map.key, path: path + ".key")
      map.value = edit(map.value, path: path + ".value")
      if has(path + ".value", .madeOptional) { map.valueRequired = false }
      return .map(map)
    default:
      for case .promoted(_, let wider) in differences.lazy.filter({ $0.path == path }).map(\.kind) { return wider }
      return type
    }
  }

  private func has(_ path: String, _ kind: SchemaDifference.Kind) -> Bool {
    differences.contains { $0.path == path && $0.kind == kind }
  }
}
