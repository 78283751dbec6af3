import HeadracePlugin

/// Reads the system catalogs, inside a transaction that is open.
struct Catalog {
  let connection: Connection
  let call: Call

  /// Who the server, the database and a table are: a restored copy has another identity than its origin.
  func identity(of relation: UInt32) throws -> String {
    let database = try connection.query("SELECT oid FROM pg_database WHERE datname = current_database()", call).scalar
    return "\(try systemIdentifier())/\(database ?? "")/\(relation)"
  }

  /// Some hosted servers keep it from ordinary roles.
  private func systemIdentifier() throws -> String {
    let allowed = "has_function_privilege('pg_catalog.pg_control_system()', 'execute')"
    guard try connection.query("SELECT \(allowed)", call).scalar == "t" else { return "unknown" }
    return try connection.query("SELECT system_identifier FROM pg_control_system()", call).scalar ?? "unknown"
  }

  /// What the patterns match, in the order of the names, without columns.
  func relations() throws -> [Relation] { try relations(where: Self.isUserRelation) }

  /// One relation with columns and key, nil if it is gone.
  func relation(_ oid: UInt32) throws -> Relation? { try complete(try relations(where: "c.oid = \(oid)")).first }

  /// Fills in columns and keys.
  func complete(_ relations: [Relation]) throws -> [Relation] {
    guard !relations.isEmpty else { return [] }
    let list = relations.map { String($0.oid) }.joined(separator: ",")
    let columns = try columns(of: list)
    let keys = try keys(of: list)
    return relations.map { relation in
      var whole = relation
      whole.columns = columns[relation.oid] ?? []
      whole.key = relation.hasChildren ? [] : keys[relation.oid] ?? []
      return whole
    }
  }

  /// A system's own relations and temporary ones are not data. Partitions are read through their table, unless named.
  private static let isUserRelation = """
    n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    """

  private func relations(where condition: String) throws -> [Relation] {
    let sql = """
      SELECT c.oid, n.nspname, c.relname, c.relkind,
        pg_catalog.row_security_active(c.oid),
        has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'),
        c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid), c.relispartition
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE \(condition) ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """
    return try connection.query(sql, call).rows.map { row in
      var relation = Relation(
        oid: UInt32(row[0] ?? "") ?? 0, schema: row[1] ?? "", name: row[2] ?? "", kind: row[3]?.first ?? "r")
      relation.hidesRows = row[4] == "t"
      relation.isReadable = row[5] == "t"
      relation.hasChildren = row[6] == "t"
      relation.isPartition = row[7] == "t"
      return relation
    }
  }

  /// Fills in sizes; of a partitioned table, the sum over its partitions.
  func measure(_ relations: [Relation]) throws -> [Relation] {
    guard !relations.isEmpty else { return [] }
    let list = relations.map { String($0.oid) }.joined(separator: ",")
    let sql = """
      SELECT c.oid, CASE WHEN c.relkind IN ('r', 'm') THEN pg_table_size(c.oid)
          WHEN c.relkind = 'p' THEN (SELECT sum(pg_table_size(t.relid)) FROM pg_partition_tree(c.oid) t WHERE t.isleaf)
          ELSE -1 END,
        CASE WHEN c.relkind = 'p' THEN (SELECT sum(p.reltuples::float8) FILTER (WHERE p.reltuples >= 0)
              FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid WHERE t.isleaf)
          WHEN c.relkind IN ('r', 'm') AND c.relpages > 0
            THEN c.reltuples::float8 * pg_relation_size(c.oid) / (c.relpages::float8 * current_setting('block_size')::int)
          WHEN c.relkind = 'f' THEN c.reltuples::float8 ELSE -1 END
      FROM pg_catalog.pg_class c WHERE c.oid IN (\(list))
      """
    let rows = try connection.query(sql, call).rows
    let sizes = Dictionary(rows.map { (UInt32($0[0] ?? "") ?? 0, $0) }) { first, _ in first }
    return relations.map { relation in
      var measured = relation
      guard let row = sizes[relation.oid] else { return relation }
      measured.bytes = row[1].flatMap { Int64($0) } ?? -1
      measured.estimatedRows = row[2].flatMap { Double($0) }.map { $0 < 0 ? -1 : Int64($0.rounded()) } ?? -1
      return measured
    }
  }
}
