import TestSupport
import Testing

/// Connections that break off or fall silent, wherever that may be.
@Suite struct PostgresCutTests {
  /// 8 MB in three splits.
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, repeat('x', 400) || i FROM generate_series(1, 20000) i;
    ANALYZE t
    """

  /// Reads `public.t` while its connections are cut, and expects each row once.
  ///
  /// Every second connection ends within the handshake or the queries to the catalog, the others within the rows.
  static func expectEachRowOnce(
    of server: PostgresServer, in database: String, through proxy: FailingProxy, _ ending: FailingProxy.Ending,
    cuts: Int, options: String = "host=127.0.0.1"
  ) throws -> Int {
    let seed = TestSeed.of(1)
    print("\(database), connections \(ending): seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var failures = 0
    func planNext() {
      let most = Bool.random(using: &random) ? 6000 : 600_000
      proxy.fail(after: failures < cuts ? Int.random(in: 0..<most, using: &random) : nil, ending)
    }
    planNext()
    let driver = try PostgresFixture.driver(
      "\(options) port=\(proxy.port) user=postgres dbname=\(database)", "\"chunk_rows\": 7000")
    let rows = try PostgresFixture.readOn(driver, "public.t", batchRows: 100) { failure in
      guard failure.status == 6 else { throw failure }
      failures += 1
      planNext()
    }
    #expect(rows == (try server.rows("SELECT * FROM t ORDER BY id", in: database)), "seed \(seed)")
    return failures
  }

  @Test(arguments: [FailingProxy.Ending.closed, .reset])
  func connectionsThatAreCutLoseNoRowAndDoubleNone(ending: FailingProxy.Ending) throws {
    let server = try PostgresFixture.database("cut_\(ending)", Self.script)
    let proxy = try FailingProxy(before: server.port)
    let failures = try Self.expectEachRowOnce(of: server, in: "cut_\(ending)", through: proxy, ending, cuts: 40)
    // None lets more than 600,000 bytes through.
    #expect(failures >= 13)
  }

  @Test func aRunWhoseConnectionsAreCutGoesOnByItselfAndLandsEachRowOnce() throws {
    let server = try PostgresFixture.database("cut_run", Self.script)
    let proxy = try FailingProxy(before: server.port)
    // Some of the first are for planning, and some only carry the wish to cancel.
    proxy.fail(after: 1_500_000, .reset, first: 5)
    let project = try HeadraceProject(
      "rows",
      """
      version: 1
      pipeline: rows
      source:
        plugin: postgres
        config: {dsn: "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=cut_run", chunk_rows: 1000000}
        streams: [public.t]
      destination: {table: bronze.rows, write: replace}

      """)
    let summary = try project.run()
    #expect(summary.isSuccess, "\(summary)")
    #expect(proxy.failed > 0 && summary.rowsWritten == 20_000 && summary.rowsDead == 0)
    let oracle = try LakeOracle()
    #expect(try oracle.counts(project.home, ["bronze.rows"]) == [20_000])
    #expect(try oracle.distinct(project.home, "bronze.rows", "id") == 20_000)
  }

  @Test func aConnectionThatFallsSilentEndsWithTheDeadlineAndTheNextReadGoesOn() throws {
    let server = try PostgresFixture.database("silent", Self.script)
    let proxy = try FailingProxy(before: server.port)
    proxy.fail(after: 3_000_000, .silent)
    let driver = try PostgresFixture.driver(
      "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=silent", "\"chunk_rows\": 7000000")
    var patience: Int64 = 1_500_000_000
    driver.deadline = SourceDriver.now() + patience
    let rows = try PostgresFixture.readOn(driver, "public.t", batchRows: 100) { failure in
      guard failure.status == 3, proxy.failed < 2, patience < 1_000_000_000_000 else { throw failure }
      // On a slow machine the time may be over before the connection falls silent.
      patience *= 2
      driver.deadline = proxy.failed == 0 ? SourceDriver.now() + patience : .max
      if proxy.failed > 0 { proxy.fail(after: nil) }
    }
    #expect(proxy.failed == 1)
    #expect(rows == (try server.rows("SELECT * FROM t ORDER BY id", in: "silent")))
  }

  @Test(arguments: [
    ("", "\"connect_timeout\": 1"), (" connect_timeout=1", ""), (" connect_timeout=99", "\"connect_timeout\": 1"),
  ])
  func aServerThatDoesNotAnswerIsATimeout(dsn: String, config: String) throws {
    let proxy = try FailingProxy(before: try PostgresFixture.server().port)
    proxy.fail(after: 0, .silent)
    let driver = try PostgresFixture.driver(
      "host=127.0.0.1 port=\(proxy.port) user=u dbname=d password=geheim" + dsn, config)
    let failure = PostgresFixture.failure { _ = try driver.discover([]) }
    #expect(failure?.status == 4)
    #expect(failure?.message == "cannot connect to PostgreSQL: no answer within 1 s (`connect_timeout`)")
  }
}
