import HeadracePlugin

/// Plans the splits of one stream, inside a transaction that is open.
struct Planning {
  let catalog: Catalog
  let config: Config
  let snapshot: Snapshot?

  /// The id of a stream's only split, where there is no key to divide by.
  private static let whole = "all"

  func splits(_ request: SplitRequest) throws -> [Split] {
    guard let found = try catalog.relations().first(where: { $0.stream == request.stream }) else {
      throw PluginError(.notFound, "there is no table or view '\(request.stream)'")
    }
    try snapshot?.lock(found, catalog.call)
    guard let relation = try catalog.measure(try catalog.complete([found])).first else { return [] }
    let identity = try catalog.identity(of: relation.oid)
    if let other = request.known.first(where: { $0.identity != identity }) {
      throw PluginError(
        .conflict,
        "\(request.stream) is not the table that the interrupted run read (\(other.identity), now \(identity)): it was"
          + " created again, or the server is another one; start the stream again (`state reset`)")
    }
    return try ranges(of: relation, request).map { id, range in
      let token = SplitToken(
        relation: relation.oid, range: range, snapshot: snapshot?.id, key: relation.key, columns: relation.columns)
      return Split(id: id, identity: identity, token: token.bytes)
    }
  }

  private func ranges(of relation: Relation, _ request: SplitRequest) throws -> [(String, KeyRange)] {
    guard let column = relation.keyColumns.first else {
      return request.known.contains { $0.isComplete } ? [] : [(Self.whole, .all)]
    }
    let types = try catalog.types(of: [column])
    guard let type = TypeMap(types: types, specialValues: .error).resolve(column.type, column.modifier)?.type else {
      return [(KeyRange.all.id(column: column.name), .all)]
    }
    let known = try request.known.map { position in
      guard let range = KeyRange(id: position.split, column: column.name) else {
        throw PluginError(
          .conflict,
          "\(request.stream): the split '\(position.split)' of the interrupted run is not one of the key"
            + " '\(column.name)'; start the stream again (`state reset`)")
      }
      return SplitPlanner.Known(range: range, isComplete: position.isComplete)
    }
    let bounds = try SplitBounds(
      connection: catalog.connection, relation: relation, column: column, type: type, call: catalog.call
    ).bounds(splitBytes: request.splitBytes, chunkRows: config.chunkRows, known: known.map(\.range))
    return try SplitPlanner(bounds: bounds, known: known).ranges().map { ($0.id(column: column.name), $0) }
  }
}
