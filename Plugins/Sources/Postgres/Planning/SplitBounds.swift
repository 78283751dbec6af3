import HeadracePlugin

/// Asks the server for the bounds of splits, inside a transaction that is open.
struct SplitBounds {
  /// Text bounds are cut: a bound need not be a key, and a split's id has at most 512 bytes.
  private static let textLength = 40
  /// A key whose order is not that of the rows on disk costs a sort, or a visit to the same page, per split: fewer of them.
  private static let scatteredFactor = 16
  private static let correlated = 0.5
  private static let maximumSplits = 1000
  static let defaultSplitBytes: UInt64 = 64 << 20

  let connection: Connection
  let relation: Relation
  let column: TableColumn
  let type: PostgresType
  let call: Call

  private struct Statistics {
    var histogram: [String]
    var correlation: Double?
  }

  /// Distinct bounds in the server's order: new ones, and those of the ranges that are known.
  func bounds(splitBytes: UInt64, chunkRows: Int?, known: [KeyRange]) throws -> [String] {
    let old = known.flatMap { [$0.lower, $0.upper] }.compactMap { $0 }
    let hasBounds = isInteger || Self.divisible.contains(type.oid) || type.name == "citext"
    let new = hasBounds ? try newBounds(splitBytes, chunkRows) : []
    return try sorted(old + new)
  }

  private static let divisible: Set<UInt32> = {
    typealias OID = PostgresType.OID
    return [OID.numeric, OID.uuid, OID.date, OID.timestamp, OID.timestamptz, OID.text, OID.varchar, OID.bpchar]
  }()

  private var isInteger: Bool {
    [PostgresType.OID.int2, PostgresType.OID.int4, PostgresType.OID.int8].contains(type.oid)
  }

  private var isText: Bool {
    [PostgresType.OID.text, PostgresType.OID.varchar, PostgresType.OID.bpchar].contains(type.oid)
      || type.name == "citext"
  }

  private func newBounds(_ splitBytes: UInt64, _ chunkRows: Int?) throws -> [String] {
    let statistics = try statistics()
    let count = splitCount(splitBytes, chunkRows, isScattered: abs(statistics.correlation ?? 1) < Self.correlated)
    guard count > 1 else { return [] }
    guard isInteger else { return KeyHistogram.bounds(of: statistics.histogram, count: count) }
    let name = Identifier.quoted(column.name)
    let ends = try connection.query("SELECT min(\(name)), max(\(name)) FROM \(relation.sql)", call).rows.first ?? []
    guard ends.count == 2, let low = ends[0].flatMap({ Int64($0) }), let high = ends[1].flatMap({ Int64($0) }) else {
      return []
    }
    let histogram = statistics.histogram.compactMap { Int64($0) }
    return KeyHistogram.bounds(of: histogram, minimum: low, maximum: high, count: count).map { String($0) }
  }

  private func splitCount(_ splitBytes: UInt64, _ chunkRows: Int?, isScattered: Bool) -> Int {
    if let chunkRows, relation.estimatedRows > 0 {
      return min(Self.maximumSplits, Int((relation.estimatedRows - 1) / Int64(chunkRows)) + 1)
    }
    guard relation.bytes > 0 else { return 1 }
    let wanted = Int64(clamping: splitBytes == 0 ? Self.defaultSplitBytes : splitBytes)
    let (scattered, overflow) = wanted.multipliedReportingOverflow(by: Int64(Self.scatteredFactor))
    let size = isScattered ? (overflow ? Int64.max : scattered) : wanted
    return min(Self.maximumSplits, Int((relation.bytes - 1) / size) + 1)
  }

  private func statistics() throws -> Statistics {
    let value = isText ? "left(v::text, \(Self.textLength))" : "v::text"
    let sql = """
      SELECT s.correlation, ARRAY(SELECT \(value)
        FROM unnest(s.histogram_bounds::text::\(type.sql)[]) WITH ORDINALITY h(v, n) ORDER BY n)
      FROM pg_catalog.pg_stats s WHERE s.schemaname = \(try connection.literal(relation.schema))
        AND s.tablename = \(try connection.literal(relation.name)) AND s.attname = \(try connection.literal(column.name))
        AND s.inherited = \(relation.kind == "p")
      """
    let rows = try connection.query("SELECT correlation, unnest(\"array\") FROM (\(sql)) q", call).rows
    return Statistics(histogram: rows.compactMap { $0[1] }, correlation: rows.first?[0].flatMap { Double($0) })
  }

  /// Only the server knows the order of texts, and which bounds are equal.
  private func sorted(_ bounds: [String]) throws -> [String] {
    guard bounds.count > 1 else { return bounds }
    let list = try Set(bounds).sorted().map { try connection.literal($0) }.joined(separator: ",")
    let collation = column.collation.map { " COLLATE \($0)" } ?? ""
    let sql = """
      SELECT b FROM (SELECT DISTINCT ON (b::\(type.sql)\(collation)) b
        FROM unnest(ARRAY[\(list)]::text[]) b ORDER BY b::\(type.sql)\(collation), b COLLATE "C") q
      ORDER BY b::\(type.sql)\(collation)
      """
    return try connection.query(sql, call).rows.compactMap { $0[0] }
  }
}
