import Testing

import TestSupport

/// Every kind of relation, and what its catalog entry can hold.
@Suite struct PostgresCatalogTests {
  private static let script = """
    CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base VALUES (1, 'a'), (2, 'b'), (3, NULL);
    CREATE VIEW a_view AS SELECT id * 10 AS tens, v FROM base;
    CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM base WHERE id > 1;
    CREATE TABLE parts (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE parts_2023 PARTITION OF parts FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO parts SELECT i, date '2023-12-01' + i FROM generate_series(1, 100) i; ANALYZE parts;
    CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
    INSERT INTO made (a) VALUES (4), (5);
    CREATE SCHEMA "Mixed Case"; CREATE TABLE "Mixed Case"."Ta""ble.x" ("Na me" int PRIMARY KEY, "select" text, "a""b" int);
    INSERT INTO "Mixed Case"."Ta""ble.x" VALUES (1, 'x', 2);
    CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
    CREATE TABLE dropped (id int PRIMARY KEY, gone text, kept text); INSERT INTO dropped VALUES (1, 'x', 'y');
    ALTER TABLE dropped DROP COLUMN gone; ALTER TABLE dropped ADD COLUMN late int DEFAULT 7;
    CREATE TABLE toasted (id int PRIMARY KEY, big text);
    INSERT INTO toasted SELECT i, string_agg(md5((i * j)::text), '') FROM generate_series(1, 3) i, generate_series(1, 90000) j GROUP BY i;
    CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);
    INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1), (2);
    CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw
      OPTIONS (host '127.0.0.1', port 'PORT', dbname 'catalog');
    CREATE USER MAPPING FOR postgres SERVER self OPTIONS (user 'postgres', password_required 'false');
    CREATE FOREIGN TABLE remote (id int, v text) SERVER self OPTIONS (table_name 'base');
    CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY); INSERT INTO unlogged VALUES (1);
    CREATE TABLE partial_key (a int, b int); CREATE UNIQUE INDEX ON partial_key (a) WHERE b > 0; CREATE UNIQUE INDEX ON partial_key ((a + b));
    CREATE TABLE nullable_key (a int UNIQUE); INSERT INTO nullable_key VALUES (NULL), (NULL), (1);
    """

  private static let prepared = Result {
    let server = try PostgresServer.shared.get()
    try server.database("catalog", script.replacingOccurrences(of: "PORT", with: String(server.port)))
    return server
  }

  @Test(arguments: [
    ("public.base", "SELECT id, v FROM base ORDER BY id"), ("public.a_view", "SELECT * FROM a_view ORDER BY 1"),
    ("public.a_matview", "SELECT * FROM a_matview ORDER BY 1"), ("public.parts", "SELECT * FROM parts ORDER BY 1"),
    ("public.parts_2023", "SELECT * FROM parts_2023 ORDER BY 1"), ("public.made", "SELECT * FROM made ORDER BY 1"),
    ("Mixed Case.Ta\"ble.x", "SELECT * FROM \"Mixed Case\".\"Ta\"\"ble.x\""),
    ("public.dropped", "SELECT * FROM dropped"),
    ("public.toasted", "SELECT * FROM toasted ORDER BY 1"), ("public.parent", "SELECT * FROM parent ORDER BY 1"),
    ("public.remote", "SELECT * FROM remote ORDER BY 1"), ("public.unlogged", "SELECT * FROM unlogged"),
    ("public.nullable_key", "SELECT * FROM nullable_key ORDER BY 1"),
  ])
  func everyKindOfRelationIsReadWhole(name: String, sql: String) throws {
    let server = try Self.prepared.get()
    let driver = try PostgresFixture.driver(server.dsn("catalog"))
    let read = try PostgresFixture.readAll(driver, name)
    let psql = try server.rows(sql, in: "catalog")
    #expect(!psql.isEmpty && read.rejects.isEmpty)
    #expect(read.rows.sorted { $0.lexicographicallyPrecedes($1) } == psql.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test func discoveryListsUsersRelationsAndNoPartition() throws {
    let driver = try PostgresFixture.driver(try Self.prepared.get().dsn("catalog"))
    let all = try driver.discover([])
    #expect(
      all.map(\.name) == [
        "Mixed Case.Ta\"ble.x", "public.a_matview", "public.a_view", "public.base", "public.child", "public.dropped",
        "public.made", "public.nothing", "public.nullable_key", "public.parent", "public.partial_key", "public.parts",
        "public.remote", "public.toasted", "public.unlogged",
      ])
    #expect(try driver.discover(["public.parts*"]).map(\.name) == ["public.parts"])
    #expect(try driver.discover(["public.parts_2023"]).map(\.name) == ["public.parts_2023"])
    let keys = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.key) })
    #expect(keys["public.parts"] == ["id", "day"])
    #expect(keys["Mixed Case.Ta\"ble.x"] == ["Na me"])
    // Keys that do not hold for every row are none.
    for name in ["public.parent", "public.partial_key", "public.nullable_key", "public.a_view", "public.remote"] {
      #expect(keys[name] == [], "\(name)")
    }
    #expect(all.first { $0.name == "public.parts" }?.rows == 100)
    #expect(all.first { $0.name == "public.parts" }?.cursors == ["id", "day"])
  }

  @Test func aTableThatIsNotThereIsNamedWithASuggestion() throws {
    let driver = try PostgresFixture.driver(try Self.prepared.get().dsn("catalog"))
    let failure = PostgresFixture.failure { _ = try driver.discover(["base"]) }
    #expect(failure?.status == 13)
    #expect(failure?.message == "there is no table or view 'base' that this role sees; did you mean 'public.base'?")
    #expect(try driver.discover(["other.*"]).isEmpty)
  }

  @Test func aTableWithoutColumnsHasRows() throws {
    let driver = try PostgresFixture.driver(try Self.prepared.get().dsn("catalog"))
    #expect(try PostgresFixture.readAll(driver, "public.nothing").rows == [[], []])
  }

  @Test func sixteenHundredColumnsArriveInOrder() throws {
    let columns = (1...1600).map { "c\($0) int2" }.joined(separator: ", ")
    let values = (1...1600).map { String($0 % 7) }.joined(separator: ", ")
    let script = "CREATE TABLE wide (\(columns)); INSERT INTO wide VALUES (\(values)); INSERT INTO wide DEFAULT VALUES;"
    let server = try PostgresFixture.database("wide", script)
    let read = try PostgresFixture.readAll(try PostgresFixture.driver(server.dsn("wide")), "public.wide")
    #expect(read.rows == [(1...1600).map { String($0 % 7) }, (1...1600).map { _ in "\\N" }])
  }

  @Test func textThatIsNotUTF8IsADeadLetter() throws {
    let server = try PostgresFixture.server()
    try server.query("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0")
    try server.query(
      """
      CREATE TABLE t (id int PRIMARY KEY, v text, j json);
      INSERT INTO t VALUES (1, 'fine', '"ä"'), (2, E'\\xe4\\xff', NULL), (3, E'\\xc3\\xa4', NULL), (4, E'\\xed\\xa0\\x80', NULL),
        (5, 'x', (E'"\\xff"')::json);
      """, in: "bytes")
    let read = try PostgresFixture.readAll(try PostgresFixture.driver(server.dsn("bytes")), "public.t")
    #expect(read.rows == [["1", "fine", "\"ä\""], ["3", "ä", "\\N"]])
    #expect(
      read.rejects.map(\.place) == ["public.t key=2 column v", "public.t key=4 column v", "public.t key=5 column j"])
    #expect(read.rejects.allSatisfy { $0.reason.contains("not UTF-8") })
  }

  @Test func rowLevelSecurityFailsInsteadOfHidingRows() throws {
    let server = try PostgresFixture.database(
      "rls",
      """
      CREATE ROLE rls_reader LOGIN; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2);
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1); GRANT SELECT ON t TO rls_reader;
      CREATE TABLE secret (id int PRIMARY KEY);
      """)
    let driver = try PostgresFixture.driver(server.dsn("rls", user: "rls_reader"))
    #expect(try driver.discover(["*"]).map(\.name) == ["public.t"])
    let notes = try driver.discover(["public.t", "public.secret"]).flatMap(\.notes)
    #expect(notes.contains { $0.contains("row-level security") } && notes.contains { $0.contains("grant SELECT") })
    let hidden = PostgresFixture.failure { _ = try PostgresFixture.readAll(driver, "public.t") }
    #expect(hidden?.status == 10 && hidden?.state == "42501" && hidden?.message.contains("BYPASSRLS") == true)
    let again = try PostgresFixture.driver(server.dsn("rls", user: "rls_reader"))
    let denied = PostgresFixture.failure { _ = try PostgresFixture.readAll(again, "public.secret") }
    #expect(denied?.status == 10 && denied?.message.contains("permission denied") == true)
    #expect(try PostgresFixture.readAll(try PostgresFixture.driver(server.dsn("rls")), "public.t").rows.count == 2)
  }
}
