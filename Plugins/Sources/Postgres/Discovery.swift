import HeadracePlugin

/// Describes relations as streams, inside a transaction that is open.
struct Discovery {
  let catalog: Catalog
  let config: Config

  func streams(matching patterns: [String]) throws -> [SourceStream] {
    let all = try catalog.relations()
    let exact = Set(patterns.filter { !$0.contains("*") })
    for name in exact.sorted() where !all.contains(where: { $0.stream == name }) { throw missing(name, among: all) }
    let globs = patterns.isEmpty ? ["*"] : patterns.filter { $0.contains("*") }
    let chosen = all.filter { relation in
      if exact.contains(relation.stream) { return true }
      guard relation.isReadable, !relation.isPartition else { return false }
      return globs.contains { Glob.matches($0, relation.stream) }
    }
    let relations = try catalog.measure(try catalog.complete(chosen))
    let types = try catalog.types(of: relations.flatMap(\.columns))
    let streams = try relations.map { try stream($0, types) }
    try checkCasts(relations)
    return streams
  }

  private func stream(_ relation: Relation, _ types: [UInt32: PostgresType]) throws -> SourceStream {
    var stream = SourceStream(
      name: relation.stream, schema: try ReadPlan(relation, types: types, config: config).schema)
    stream.key = relation.keyColumns.map(\.name)
    stream.cursors = relation.columns.filter { Self.cursorTypes.contains($0.type) }.map(\.name)
    stream.isUnstable = relation.key.isEmpty || config.consistent
    stream.estimatedRows = relation.estimatedRows
    stream.estimatedBytes = relation.bytes
    stream.notes = notes(relation)
    return stream
  }

  private static let cursorTypes: Set<UInt32> = {
    typealias OID = PostgresType.OID
    return [OID.int4, OID.int8, OID.date, OID.timestamp, OID.timestamptz]
  }()

  private func notes(_ relation: Relation) -> [String] {
    var notes: [String] = []
    if !relation.isReadable { notes.append("the role may not read it: grant SELECT") }
    if relation.hidesRows { notes.append("row-level security would hide rows: reading it fails instead") }
    if relation.hasChildren {
      notes.append("other tables inherit from it, so that its key does not hold: read as without one")
    }
    if config.consistent {
      notes.append(
        "read under one snapshot, held for the whole run: the server keeps dead rows meanwhile (bloat), and a standby"
          + " may cancel it; starts again from zero if interrupted")
    } else if relation.key.isEmpty {
      notes.append("no key: read in one statement, and again from zero if interrupted")
    } else {
      notes.append(
        "each split is read in a transaction of its own: together they are not one point in time"
          + " (`consistent: true` makes them one)")
    }
    return notes
  }

  private func missing(_ name: String, among relations: [Relation]) -> PluginError {
    let near = relations.filter { $0.name == name || $0.stream.lowercased() == name.lowercased() }.map(\.stream)
    let hint = near.isEmpty ? "" : "; did you mean '\(near.joined(separator: "' or '"))'?"
    return PluginError(.notFound, "there is no table or view '\(name)' that this role sees\(hint)")
  }

  /// A cast of a column that does not exist is a mistake that would otherwise pass in silence.
  private func checkCasts(_ relations: [Relation]) throws {
    for key in config.casts.keys.sorted() {
      guard let relation = relations.first(where: { key.hasPrefix($0.stream + ".") }) else { continue }
      let column = key.dropFirst(relation.stream.count + 1)
      guard relation.columns.contains(where: { $0.name == column }) else {
        throw PluginError(.invalidConfig, "cast: \(relation.stream) has no column '\(column)'")
      }
    }
  }
}
