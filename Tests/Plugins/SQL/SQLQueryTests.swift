import CArrow
import CHeadrace
import Testing

@testable import TestSupport

/// The draft kind `query` of the SQL plugin, through the C ABI.
@Suite struct SQLQueryTests {
  @Test func tablesAreNamedWithoutBeingLookedUp() throws {
    let driver = try QueryDriver()
    #expect(try driver.tables("SELECT * FROM bronze.o JOIN silver.x USING (a)") == ["bronze.o", "silver.x"])
    #expect(try driver.tables("WITH a AS (SELECT * FROM k.l) SELECT * FROM a, e") == ["e", "k.l"])
    #expect(try driver.tables("SELECT 1 FROM \"b.c\".d WHERE x IN (SELECT y FROM z.z)") == ["b.c.d", "z.z"])
    #expect(try driver.tables("SELECT 1").isEmpty)
    let failure = PostgresFixture.failure { _ = try driver.tables("DELETE FROM bronze.orders") }
    #expect(failure?.status == HEADRACE_INVALID_CONFIG)
  }

  @Test func columnsAreFoundByFieldIdAndAddedOnesAreNull() throws {
    let source = try QueryDriver().run("SELECT i AS old_name, i * 10 AS dropped FROM range(5) t(i)")
    try withTable(source) { path in
      // The same ids under other names, and a third that the file lacks.
      let now = try QueryDriver().run("SELECT 1::BIGINT AS new_name, 1::BIGINT AS second, 'x' AS added")
      let rows = try QueryDriver().run(
        "SELECT sum(new_name)::BIGINT AS a, sum(second)::BIGINT AS b, count(added) AS c FROM bronze.t",
        schema: FieldIDs(now), files: [path])
      #expect(integers(rows) == [10, 100, 0])
    }
  }

  @Test func tableWithoutFilesIsEmpty() throws {
    let one = try QueryDriver().run(EveryType.sql(rows: 1))
    let rows = try QueryDriver().run("SELECT count(*) AS n FROM bronze.t", schema: FieldIDs(one))
    #expect(integers(rows) == [0])
  }

  @Test func longResultArrivesInBatchesWhole() throws {
    let rows = try QueryDriver().run("SELECT i FROM range(100000) t(i)")
    #expect(rows.arrays.count > 1)
    #expect(rows.arrays.map(\.length).reduce(0, +) == 100_000)
  }

  @Test(arguments: [
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM glob('/etc/*')", "SELECT * FROM read_text('/etc/passwd')",
    "COPY (SELECT 1) TO '/tmp/x'", "ATTACH '/tmp/x.db'", "SET enable_external_access = true", "INSTALL httpfs",
    "SELECT 1; SELECT 2", "DROP VIEW bronze.t", "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x'",
  ])
  func statementThatReachesOutOrWritesIsRefused(sql: String) throws {
    let failure = PostgresFixture.failure { _ = try QueryDriver().run(sql) }
    #expect(failure?.status == HEADRACE_INVALID_CONFIG, "\(failure?.message ?? "it was accepted")")
  }

  private func withTable(_ batches: Batches, _ body: (String) throws -> Void) throws {
    let driver = try FormatDriver()
    let writer = try driver.open(FieldIDs(batches))
    for batch in batches.arrays { try driver.write(writer, batch) }
    _ = try driver.finish(writer)
    try withFile(driver.sink.bytes, body)
  }

  /// The first row of BIGINT columns.
  private func integers(_ batches: Batches) -> [Int64] {
    guard let batch = batches.arrays.first else { return [] }
    return (0..<Int(batch.n_children)).map { column in
      batch.children[column]?.pointee.buffers[1]?.load(as: Int64.self) ?? -1
    }
  }
}
