import CArrow
import CHeadrace
import Testing

@testable import TestSupport

/// The kind `transform` of the SQL plugin, through the C ABI.
@Suite struct SQLTransformTests {
  private let input: Batches

  init() throws { input = try QueryDriver().run(EveryType.sql(rows: 5000)) }

  @Test func everyTypePassesThrough() throws {
    try expect("SELECT * FROM input", gives: "SELECT * FROM (\(EveryType.sql(rows: 5000)))")
  }

  @Test func filterAndComputationAgreeWithDuckDBOverAllRows() throws {
    let query = """
      SELECT i * 2 AS twice, s || '!' AS s, st.z.zz AS zz, list_sum(ls) AS total, d9::DECIMAL(12, 1) AS d, u
      FROM SOURCE WHERE l > 0 AND st IS NOT NULL
      """
    try expect(
      query.replacing("SOURCE", with: "input"), gives: query.replacing("SOURCE", with: "(\(EveryType.sql(rows: 5000)))")
    )
  }

  @Test func unnestAndJoinWithValuesKeepTheOrder() throws {
    let query = """
      SELECT l, unnest(ls) AS one, name FROM SOURCE AS source
      LEFT JOIN (VALUES (0, 'even'), (1, 'odd')) AS names(rest, name) ON abs(source.i) % 2 = rest
      """
    try expect(
      query.replacing("SOURCE", with: "input"), gives: query.replacing("SOURCE", with: "(\(EveryType.sql(rows: 5000)))")
    )
  }

  private static let refusals = [
    ("SELECT count(*) FROM input", "aggregates"), ("SELECT DISTINCT i FROM input", "aggregates"),
    ("SELECT i FROM input GROUP BY ALL", "aggregates"), ("SELECT i FROM input ORDER BY i", "orders its rows"),
    ("SELECT i FROM input LIMIT 3", "limits the number of rows"),
    ("SELECT i FROM input ORDER BY i LIMIT 3", "orders its rows"),
    ("SELECT i, row_number() OVER () AS n FROM input", "uses a window function"),
    ("SELECT i FROM input QUALIFY row_number() OVER (PARTITION BY i) = 1", "uses a window function"),
    ("SELECT i FROM input WHERE i > (SELECT avg(i) FROM input)", "aggregates"),
    ("SELECT a.i FROM input a JOIN input b USING (i)", "joins the input with itself"),
    ("WITH c AS MATERIALIZED (SELECT i FROM input) SELECT a.i FROM c a JOIN c b USING (i)", "joins the input"),
    ("SELECT i FROM input UNION SELECT 3", "aggregates"), ("SELECT i FROM input USING SAMPLE 10%", "takes a sample"),
    ("SELECT v.k FROM input RIGHT JOIN (VALUES (1), (2)) v(k) ON v.k = i", "outer join"),
    ("SELECT i FROM input WHERE EXISTS (SELECT 1 FROM unnest(ls) t(u) WHERE u = d)", "depends on the row around it"),
    ("SELECT 1 AS x", "no row of input"), ("SELECT i FROM input; SELECT i FROM input", "has 2 statements"),
    ("CREATE TABLE x AS SELECT * FROM input", "is not a SELECT"), ("SET threads = 4", "is not a SELECT"),
    ("COPY (SELECT 1) TO '/tmp/x.csv'", "disabled by configuration"),
    ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
    ("SELECT nope FROM input", "\"nope\" not found"),
    ("SELECT * FROM", "syntax error"), ("SELECT i, i FROM input", "two columns are named 'i'"),
    ("SELECT i FROM input WHERE i = ?", "has parameters"), ("SELECT INTERVAL 1 DAY AS v, i FROM input", "column 'v'"),
  ]

  @Test(arguments: refusals.map(\.0))
  func queryThatDependsOnBatchesOrReachesOutIsRefusedAtBind(query: String) throws {
    let expected = try #require(Self.refusals.first { $0.0 == query }).1
    let failure = PostgresFixture.failure { _ = try TransformDriver(query: query).bind(input.schema) }
    #expect(failure?.status == HEADRACE_INVALID_CONFIG)
    #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "it was accepted")")
  }

  @Test func failingCastIsABadRecordAndTheBatchStaysTheHosts() throws {
    let transform = try TransformDriver(query: "SELECT s::INTEGER AS n FROM input")
    let output = try transform.bind(input.schema)
    let failure = PostgresFixture.failure { try transform.apply(&input.arrays[0], into: output) }
    #expect(failure?.status == HEADRACE_BAD_RECORD)
    #expect(failure?.message.contains("Could not convert string") == true)
    #expect(input.arrays[0].release != nil)
    let digits = EveryType.sql(rows: 5000).replacing("['', 'a',", with: "['', '',") + " WHERE h % 5 < 2"
    let numbers = try QueryDriver().run(digits)
    try transform.apply(&numbers.arrays[0], into: output)
    #expect(output.arrays.count == 1)
    #expect(numbers.arrays[0].release == nil)
  }

  @Test func cancelWithoutACallDoesNothing() throws {
    let transform = try TransformDriver(query: "SELECT l FROM input")
    let output = try transform.bind(input.schema)
    transform.cancel()
    try transform.apply(&input.arrays[0], into: output)
    #expect(output.arrays[0].length > 0)
  }

  /// Transforms all batches, writes them as Parquet, and has the oracle compare with a query over all rows at once.
  private func expect(_ query: String, gives reference: String) throws {
    let transform = try TransformDriver(query: query)
    let output = try transform.bind(input.schema)
    for index in input.arrays.indices { try transform.apply(&input.arrays[index], into: output) }
    let driver = try FormatDriver()
    let writer = try driver.open(FieldIDs(output))
    for batch in output.arrays { try driver.write(writer, batch) }
    _ = try driver.finish(writer)
    try withFile(driver.sink.bytes) { path in
      _ = try PythonOracle.run(EveryType.sameRows, arguments: [path, reference])
    }
  }
}
