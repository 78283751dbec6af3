extension Catalog {
  func columns(of relations: String) throws -> [UInt32: [TableColumn]] {
    let sql = """
      SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attndims, format_type(a.atttypid, a.atttypmod),
        CASE WHEN l.collname <> 'default' THEN quote_ident(s.nspname) || '.' || quote_ident(l.collname) END
      FROM pg_catalog.pg_attribute a
        LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace s ON s.oid = l.collnamespace
      WHERE a.attrelid IN (\(relations)) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
      """
    var columns: [UInt32: [TableColumn]] = [:]
    for row in try connection.query(sql, call).rows {
      let column = TableColumn(
        number: Int(row[1] ?? "") ?? 0, name: row[2] ?? "", type: UInt32(row[3] ?? "") ?? 0,
        modifier: Int32(row[4] ?? "") ?? -1, dimensions: Int(row[5] ?? "") ?? 0, typeName: row[6] ?? "",
        collation: row[7])
      columns[UInt32(row[0] ?? "") ?? 0, default: []].append(column)
    }
    return columns
  }

  /// A key identifies every row and can be ordered by: a valid, immediate, complete unique B-tree over plain columns
  /// that are never null; the primary key first, then the one of the fewest columns.
  func keys(of relations: String) throws -> [UInt32: [Int]] {
    let sql = """
      SELECT i.indrelid, array_to_string(i.indkey, ' '), i.indnkeyatts
      FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_class t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree'
      WHERE i.indrelid IN (\(relations)) AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k
          JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k WHERE NOT a.attnotnull)
      ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, c.relname COLLATE "C"
      """
    var keys: [UInt32: [Int]] = [:]
    for row in try connection.query(sql, call).rows {
      let numbers = (row[1] ?? "").split(separator: " ").compactMap { Int($0) }
      let table = UInt32(row[0] ?? "") ?? 0
      if keys[table] == nil { keys[table] = Array(numbers.prefix(Int(row[2] ?? "") ?? 0)) }
    }
    return keys
  }

  /// The types of columns, and those that they are made of.
  func types(of columns: [TableColumn]) throws -> [UInt32: PostgresType] {
    var known: [UInt32: PostgresType] = [:]
    var wanted = Set(columns.map(\.type))
    while !wanted.isEmpty {
      let found = try types(wanted)
      for type in found { known[type.oid] = type }
      wanted = Set(found.flatMap { [$0.base, $0.element] }.filter { $0 != 0 && known[$0] == nil })
    }
    return known
  }

  private func types(_ oids: Set<UInt32>) throws -> [PostgresType] {
    let sql = """
      SELECT t.oid, n.nspname, t.typname, t.typtype, t.typcategory = 'A' AND t.typlen = -1 AND t.typelem <> 0,
        t.typelem, t.typbasetype, t.typtypmod, t.typndims
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.oid IN (\(oids.sorted().map(String.init).joined(separator: ",")))
      """
    return try connection.query(sql, call).rows.map { row in
      let oid = UInt32(row[0] ?? "") ?? 0
      let isVector = oid == PostgresType.OID.int2vector || oid == PostgresType.OID.oidvector
      let isArray = row[4] == "t" && !isVector
      return PostgresType(
        oid: oid, schema: row[1] ?? "", name: row[2] ?? "", kind: row[3]?.first ?? "b", isArray: isArray,
        element: isArray ? UInt32(row[5] ?? "") ?? 0 : 0, base: UInt32(row[6] ?? "") ?? 0,
        baseModifier: Int32(row[7] ?? "") ?? -1, dimensions: Int(row[8] ?? "") ?? 0)
    }
  }
}
