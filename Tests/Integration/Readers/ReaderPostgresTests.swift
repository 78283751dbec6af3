import Foundation
import TestSupport
import Testing

/// Tables of a real PostgreSQL server, from psql's word to that of pyiceberg and DuckDB.
@Suite struct ReaderPostgresTests {
  private static let types = PostgresTypeTable()

  private func source(_ database: String, _ streams: [Any], config: [String: Any] = [:]) throws -> [String: Any] {
    let dsn = try PostgresServer.shared.get().dsn(database)
    return ["plugin": "postgres", "config": ["dsn": dsn].merging(config) { $1 }, "streams": streams]
  }

  @Test func everyTypeArrivesAsItsIcebergTypeWithPsqlsValues() throws {
    let server = try PostgresServer.shared.get()
    try server.database("reader_types", Self.types.script)
    let workspace = try ReaderWorkspace()
    try workspace.pipeline("types", source: try source("reader_types", ["public.types"]), table: "pg.types")
    let summary = try workspace.run("types")
    #expect(summary["rows_written"] as? Int == Self.types.rows)
    let expected = try server.rows(Self.types.query, in: "reader_types")
    let columns = Self.types.columns.map { [$0.name, $0.iceberg, $0.form.rawValue] }
    let answer = try ReaderOracle.ask("postgres_types", workspace.home, "pg.types", columns, expected)
    #expect(answer.problems.isEmpty, "\(answer.text)")
    #expect(answer.count("values") == Self.types.rows * columns.count)
  }

  private static let special = """
    CREATE TABLE special (id int PRIMARY KEY, n numeric(9,2), d date, t time, s timestamp, z timestamptz);
    INSERT INTO special VALUES (1, 1.5, '2024-01-02', '03:04:05', '2024-01-02 03:04:05', '2024-01-02 03:04:05Z'),
      (2, 'NaN', NULL, NULL, NULL, NULL), (3, NULL, 'infinity', NULL, NULL, NULL), (4, NULL, NULL, '24:00', NULL, NULL),
      (5, NULL, NULL, NULL, '-infinity', NULL), (6, NULL, NULL, NULL, NULL, 'infinity'),
      (7, NULL, NULL, NULL, '294276-12-31 23:59:59', NULL);
    """

  /// `special_values`: the error makes dead letters of six rows, the other two keep them.
  @Test(arguments: [("error", 1, 6), ("null", 7, 0), ("string", 7, 0)])
  func specialValuesGoWhereTheConfigurationSays(_ rule: String, _ written: Int, _ dead: Int) throws {
    let server = try PostgresServer.shared.get()
    try server.database("reader_special_\(rule)", Self.special)
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "special", source: try source("reader_special_\(rule)", ["public.special"], config: ["special_values": rule]),
      table: "pg.special", others: ["on_error": ["max": 10]])
    let summary = try workspace.run("special")
    #expect(summary["rows_written"] as? Int == written)
    #expect(summary["rows_dead"] as? Int == dead)
    let answer = try ReaderOracle.ask("contents", workspace.home, "pg.special")
    #expect(answer.problems.isEmpty, "\(answer.text)")
    let rows = try answer.json("rows") as? [[String: Any]] ?? []
    #expect(rows.map { $0["id"] as? Int } == Array(1...written))
    let columns = ["n", "d", "t", "s", "z"]
    if rule == "string" {
      let query = "SELECT n::text, d::text, t::text, s::text, z::text FROM special ORDER BY id"
      let texts = try server.rows(query, in: "reader_special_\(rule)")
      #expect(rows.map { row in columns.map { row[$0] as? String ?? "\\N" } } == texts)
    } else {
      for row in rows.dropFirst() { #expect(columns.allSatisfy { row[$0] is NSNull }, "\(row)") }
      #expect(columns.allSatisfy { !(rows[0][$0] is NSNull) })
    }
    if dead > 0 {
      let letters = try workspace.headrace(
        "lake", "sql", "SELECT place FROM pg.special__dead_letters ORDER BY place", "--output", "json")
      #expect(letters.objects.map { $0["place"] as? String ?? "" }.first == "public.special key=2 column n")
      #expect(letters.objects.count == dead)
    }
  }

  @Test func viewsPartitionsAndQuotedNamesArrive() throws {
    let server = try PostgresServer.shared.get()
    try server.database(
      "reader_relations",
      """
      CREATE TABLE "Mixed Case" ("Id" int PRIMARY KEY, "select" text);
      INSERT INTO "Mixed Case" SELECT i, 'row ' || i FROM generate_series(0, 999) i;
      CREATE VIEW a_view AS SELECT "Id" AS id, "select" AS v FROM "Mixed Case" WHERE "Id" < 100;
      CREATE TABLE parted (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
      CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (500);
      CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (1000);
      INSERT INTO parted SELECT i, 'row ' || i FROM generate_series(0, 999) i;
      """)
    let workspace = try ReaderWorkspace()
    let streams: [Any] = [
      ["name": "public.Mixed Case", "table": "pg.mixed"], ["name": "public.a_view", "table": "pg.view"],
      ["name": "public.parted", "table": "pg.parted"],
    ]
    try workspace.pipeline("relations", source: try source("reader_relations", streams), table: "pg.unused")
    try workspace.run("relations")
    for (table, count, key) in [("pg.mixed", 1000, "Id"), ("pg.view", 100, "id"), ("pg.parted", 1000, "id")] {
      let answer = try ReaderOracle.ask("numbered", workspace.home, table, key, count)
      #expect(answer.problems.isEmpty, "\(answer.text)")
    }
  }

  /// pgbench's four tables: counts and sums by PostgreSQL and by both readers. Scale 10 with `HEADRACE_SOAK=1`.
  @Test func pgbenchTablesArriveComplete() throws {
    let scale = HeadraceInstallation.isSoak ? 10 : 1
    let server = try PostgresServer.shared.get()
    try server.database("reader_bench", PostgresTypeTable.pgbench(scale: scale))
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "bench", source: try source("reader_bench", ["public.pgbench_*"]), table: "bench.{stream.name}")
    let summary = try workspace.run("bench")
    #expect(summary["rows_written"] as? Int == scale * 100_011 + 1000)
    for (table, sums) in PostgresTypeTable.pgbenchSums {
      let name = "pgbench_\(table)"
      let expected = try server.rows("SELECT \(sums.joined(separator: ", ")) FROM \(name)", in: "reader_bench")
      let answer = try ReaderOracle.ask("sums", workspace.home, "bench.\(name)", sums, expected.first ?? [])
      #expect(answer.problems.isEmpty, "\(answer.text)")
      #expect(answer.count("pyiceberg") == Int(expected.first?.first ?? ""))
    }
  }
}
