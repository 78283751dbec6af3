import Testing

import TestSupport

/// Splits and positions: whatever was interrupted goes on exactly where it was.
@Suite struct PostgresResumeTests {
  /// Kinds of keys: definition of the key columns, the columns, and how a row is made of `i`.
  private static let keys = [
    ("int", "k int PRIMARY KEY", "k", "i * 3"),
    ("bigint", "k bigint PRIMARY KEY", "k", "i::bigint * 4000000000 - 200000000000"),
    ("text", "k text PRIMARY KEY", "k", "chr(65 + i % 26) || ',[)%é' || i"),
    ("uuid", "k uuid PRIMARY KEY", "k", "md5(i::text)::uuid"),
    ("timestamptz", "k timestamptz PRIMARY KEY", "k", "timestamptz '1999-12-31 23:59:59.5+00' + i * interval '1.25 s'"),
    ("numeric", "k numeric PRIMARY KEY", "k", "i / 7.0"),
    ("date", "k date PRIMARY KEY", "k", "date '0001-01-01' + (i - 50)"),
    ("bytea", "k bytea PRIMARY KEY", "k", "decode(md5(i::text), 'hex')"),
    ("bpchar", "k char(8) PRIMARY KEY", "k", "'k' || i"),
    ("composite", "a int, b text, PRIMARY KEY (a, b)", "a, b", "i / 10, 'v' || i % 10"),
    ("smallint", "k int2 PRIMARY KEY", "k", "i - 100"),
    (
      "float8", "k float8 PRIMARY KEY", "k", "CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' ELSE i / 7.0::float8 END"
    ),
    ("timestamp", "k timestamp PRIMARY KEY", "k", "timestamp '0001-01-02 BC' + i * interval '1.000001 s'"),
    ("interval", "k interval PRIMARY KEY", "k", "i * interval '1 mon -3 days'"),
    ("inet", "k inet PRIMARY KEY", "k", "inet '10.0.0.0' + i"),
    ("enum", "k spectrum PRIMARY KEY", "k", "(enum_range(NULL::spectrum))[i]"),
    ("domain", "k code PRIMARY KEY", "k", "'c' || i"),
    ("nocase", "k text COLLATE nocase PRIMARY KEY", "k", "CASE i % 2 WHEN 0 THEN 'K' ELSE 'k' END || i"),
    ("unique", "\"Mixed Key\" int NOT NULL UNIQUE", "\"Mixed Key\"", "i"),
  ]

  /// Types that some of the keys have.
  private static let types = """
    DO $$ BEGIN EXECUTE 'CREATE TYPE spectrum AS ENUM (' ||
      (SELECT string_agg(quote_literal(chr(90 - i % 26) || i), ',' ORDER BY i) FROM generate_series(1, 200) i) || ')';
    END $$;
    CREATE DOMAIN code AS varchar(9);
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

    """

  @Test(arguments: keys.map(\.0))
  func everyPositionOfEverySplitResumesToTheSameBatches(kind: String) throws {
    let key = try #require(Self.keys.first { $0.0 == kind })
    let script =
      Self.types + """
        CREATE TABLE t (\(key.1), v int); INSERT INTO t (\(key.2), v) SELECT \(key.3), i FROM generate_series(1, 200) i;
        ANALYZE t;
        """
    let server = try PostgresFixture.database("resume_\(kind)", script)
    let driver = try PostgresFixture.driver(server.dsn("resume_\(kind)"), "\"chunk_rows\": 60")
    let splits = try driver.splits("public.t")
    // What no bound is known for is one split.
    if !["bytea", "float8", "interval", "inet", "enum"].contains(kind) {
      #expect(splits.count > 1, "chunk_rows must divide it")
    }
    var total: [String] = []
    for split in splits {
      let whole = try batches(driver, split, from: nil)
      for (index, stop) in whole.enumerated() {
        let rest = try batches(driver, split, from: stop)
        #expect(rest.map(\.rows) == whole[(index + 1)...].map(\.rows))
        #expect(rest.map(\.ordinal) == whole[(index + 1)...].map(\.ordinal))
        #expect(rest.map(\.position) == whole[(index + 1)...].map(\.position))
      }
      total += whole.flatMap(\.rows).compactMap(\.last)
    }
    #expect(total.count == 200)
    #expect(Set(total) == Set((1...200).map(String.init)))
  }

  private func batches(
    _ driver: SourceDriver, _ split: SourceDriver.Split, from stop: SourceDriver.Batch?
  ) throws -> [SourceDriver.Batch] {
    let reader = try driver.open(
      "public.t", split, position: stop?.position ?? [], ordinal: stop?.ordinal ?? 0, rows: 7)
    defer { reader.close() }
    var batches: [SourceDriver.Batch] = []
    while let batch = try reader.read() { batches.append(batch) }
    return batches
  }

  @Test func knownSplitsKeepTheirBoundariesAfterTheTableHasGrown() throws {
    let script =
      "CREATE TABLE t (k int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i; ANALYZE t;"
    let server = try PostgresFixture.database("replan", script)
    let first = try PostgresFixture.driver(server.dsn("replan"), "\"chunk_rows\": 100")
    let planned = try first.splits("public.t")
    try #require(planned.count == 10)
    try server.query("INSERT INTO t SELECT i, i FROM generate_series(1001, 5000) i; ANALYZE t;", in: "replan")

    let again = try PostgresFixture.driver(server.dsn("replan"), "\"chunk_rows\": 1000")
    let known = [1, 4, 9].map {
      SourceDriver.Known(split: planned[$0].id, identity: planned[$0].identity, isComplete: $0 == 1)
    }
    let replanned = try again.splits("public.t", known: known)
    let ids = replanned.map(\.id)
    #expect(!ids.contains(planned[1].id))
    #expect(ids.contains(planned[4].id) && ids.contains(planned[9].id))
    // What is left and the split that was complete are the whole table, each row once.
    var values = try replanned.flatMap { split in try batches(again, split, from: nil).flatMap(\.rows).map { $0[0] } }
    values += try batches(first, planned[1], from: nil).flatMap(\.rows).map { $0[0] }
    #expect(values.compactMap { Int($0) }.sorted() == Array(1...5000))
  }

  @Test func everythingCompleteLeavesNothing() throws {
    let script = "CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 300); ANALYZE t;"
    let server = try PostgresFixture.database("nothing_left", script)
    let driver = try PostgresFixture.driver(server.dsn("nothing_left"), "\"chunk_rows\": 100")
    let known = try driver.splits("public.t").map {
      SourceDriver.Known(split: $0.id, identity: $0.identity, isComplete: true)
    }
    #expect(known.count == 3)
    #expect(try driver.splits("public.t", known: known).isEmpty)
  }

  @Test func aTableOfAnotherIdentityIsAConflict() throws {
    let server = try PostgresFixture.database("identity", "CREATE TABLE t (k int PRIMARY KEY)")
    let driver = try PostgresFixture.driver(server.dsn("identity"))
    let split = try #require(try driver.splits("public.t").first)
    try server.query("DROP TABLE t; CREATE TABLE t (k int PRIMARY KEY)", in: "identity")
    let known = [SourceDriver.Known(split: split.id, identity: split.identity, isComplete: false)]
    #expect(PostgresFixture.failure { _ = try driver.splits("public.t", known: known) }?.status == 14)
    let reopened = PostgresFixture.failure { _ = try driver.open("public.t", split) }
    #expect(reopened?.status == 14)
    #expect(reopened?.message.contains("dropped and created again") == true)
  }

  @Test func withoutAKeyItIsOneUnstableSplitThatCannotResume() throws {
    let server = try PostgresFixture.database(
      "keyless", "CREATE TABLE t (v int); INSERT INTO t SELECT generate_series(1, 50)")
    let driver = try PostgresFixture.driver(server.dsn("keyless"))
    let stream = try #require(try driver.discover(["public.t"]).first)
    #expect(stream.flags & 4 != 0 && stream.key.isEmpty)
    let splits = try driver.splits("public.t")
    #expect(splits.map(\.id) == ["all"])
    let reader = try driver.open("public.t", splits[0], rows: 20)
    let batch = try #require(try reader.read())
    reader.close()
    let failure = PostgresFixture.failure {
      _ = try driver.open("public.t", splits[0], position: batch.position, ordinal: batch.ordinal)
    }
    #expect(failure?.status == 14)
    #expect(try PostgresFixture.readAll(driver, "public.t").rows.count == 50)
  }

  @Test func consistentReadsSeeOnePointInTime() throws {
    let script = "CREATE TABLE t (k int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 400); ANALYZE t;"
    let server = try PostgresFixture.database("consistent", script)
    let planner = try PostgresFixture.driver(server.dsn("consistent"), "\"chunk_rows\": 100, \"consistent\": true")
    let splits = try planner.splits("public.t")
    try server.query(
      "DELETE FROM t WHERE k % 2 = 0; INSERT INTO t SELECT generate_series(1000, 1100)", in: "consistent")
    let reader = try PostgresFixture.driver(server.dsn("consistent"), "\"consistent\": true")
    let rows = try splits.flatMap { split in try batches(reader, split, from: nil).flatMap(\.rows) }
    #expect(rows.count == 400)
    let holding = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'consistent' AND state = 'idle in transaction'"
    #expect(try server.wait(for: "1", from: holding))
    planner.releaseSplits()
    // The server notices the end of the connection in its own time.
    #expect(try server.wait(for: "0", from: holding))
    let late = PostgresFixture.failure { _ = try reader.open("public.t", splits[0]) }
    #expect(late?.status == 14 && late?.message.hasPrefix("the snapshot of this run is gone") == true)
  }

  /// After a restart a server gives the names of its snapshots again: by the name alone, rows of another time would come.
  @Test func aSnapshotThatOnlyHasTheSameNameIsNotRead() throws {
    let server = try PostgresFixture.database("same_name", "CREATE TABLE t (k int PRIMARY KEY)")
    let driver = try PostgresFixture.driver(server.dsn("same_name"), "\"consistent\": true")
    let split = try #require(try driver.splits("public.t").first)
    let reader = try driver.open("public.t", split)
    #expect(try reader.read() == nil)
    reader.close()
    var other = split
    let slash = try #require(split.token.firstIndex(of: UInt8(ascii: "/")))
    other.token[slash + 1] = other.token[slash + 1] == UInt8(ascii: "9") ? UInt8(ascii: "8") : UInt8(ascii: "9")
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", other) }
    #expect(failure?.status == 14 && failure?.message.contains("another one has its name") == true)
  }
}
