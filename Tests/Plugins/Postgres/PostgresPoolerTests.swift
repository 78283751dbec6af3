import Foundation
import TestSupport
import Testing

/// A pooler in transaction mode, where each transaction may meet another session of the server.
@Suite struct PostgresPoolerTests {
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 900) i;
    ANALYZE t
    """

  /// Nil, and a line that says so, where no pooler is installed.
  private func pooled(
    _ database: String, _ script: String = script, size: Int = 4, wait: Int = 120
  ) throws -> (server: PostgresServer, pooler: PgBouncer)? {
    guard PgBouncer.isInstalled else {
      print("skipped: no pgbouncer, which `make setup` installs")
      return nil
    }
    let server = try PostgresFixture.database(database, script)
    return (server, try PgBouncer(before: server, size: size, wait: wait))
  }

  @Test func aPoolerIsReadLikeItsServerAndKeepsNoSettings() throws {
    let set = "ALTER DATABASE pooled SET"
    let script =
      Self.script + "; \(set) timezone = 'Asia/Tokyo'; \(set) statement_timeout = '77s'; \(set) bytea_output = 'escape'"
    guard let (server, pooler) = try pooled("pooled", script, size: 1) else { return }
    let settings = """
      SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name <> 'application_name'
        AND category NOT LIKE 'Preset%'
      """
    let before = try PostgresServer.psql(settings, pooler.dsn("pooled"))
    #expect(before.contains("TimeZone=Asia/Tokyo") && before.contains("statement_timeout=77000"))
    let expected = try server.rows("SELECT * FROM t ORDER BY id", in: "pooled")
    // Two at once over the one session that the pool has: each transaction is another's neighbour.
    let drivers = try (1...2).map { _ in try PostgresFixture.driver(pooler.dsn("pooled"), "\"chunk_rows\": 100") }
    for driver in drivers + drivers {
      let read = try PostgresFixture.readAll(driver, "public.t")
      #expect(read.rows == expected && read.splits == 9)
    }
    #expect(try PostgresServer.psql(settings, pooler.dsn("pooled")) == before)
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'pooled' AND state LIKE 'idle in%'"
    #expect(try server.wait(for: "0", from: open))
  }

  /// The snapshot's transaction stays open, and so the pooler leaves it its session; the readers have others.
  @Test func aConsistentRunSeesOnePointInTimeThroughAPooler() throws {
    guard let (server, pooler) = try pooled("pooled_snapshot") else { return }
    let expected = try server.rows("SELECT * FROM t ORDER BY id", in: "pooled_snapshot")
    let driver = try PostgresFixture.driver(pooler.dsn("pooled_snapshot"), "\"chunk_rows\": 100, \"consistent\": true")
    var rows: [[String]] = []
    for split in try driver.splits("public.t") {
      try server.query(
        "UPDATE t SET v = v || '!'; DELETE FROM t WHERE id % 7 = 0; INSERT INTO t SELECT max(id) + 1 FROM t",
        in: "pooled_snapshot")
      let reader = try driver.open("public.t", split)
      while let batch = try reader.read() { rows += batch.rows }
      reader.close()
    }
    #expect(rows == expected)
    driver.releaseSplits()
    let holding = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'pooled_snapshot' AND state LIKE 'idle in%'"
    #expect(try server.wait(for: "0", from: holding))
  }

  @Test func aPoolWithoutASecondSessionIsToldToAConsistentRun() throws {
    guard let (_, pooler) = try pooled("pooled_one", size: 1, wait: 1) else { return }
    let driver = try PostgresFixture.driver(pooler.dsn("pooled_one"), "\"consistent\": true")
    let failure = PostgresFixture.failure { _ = try driver.splits("public.t") }
    #expect(failure?.status == 6 && failure?.state == "08P01", "\(failure?.description ?? "it was read")")
    #expect(failure?.message.contains("with `consistent: true` a run holds one and reads by another") == true)
    let plain = try PostgresFixture.driver(pooler.dsn("pooled_one"))
    #expect(try PostgresFixture.readAll(plain, "public.t").rows.count == 900)
  }

  @Test func cancellingAReadEndsTheStatementBehindThePooler() throws {
    let slow =
      "CREATE VIEW slow AS SELECT i, CASE WHEN i > 1000 THEN pg_sleep(600)::text END FROM generate_series(1, 2000) i"
    guard let (server, pooler) = try pooled("pooled_cancel", slow) else { return }
    let driver = try PostgresFixture.driver(pooler.dsn("pooled_cancel"))
    let split = try #require(try driver.splits("public.slow").first)
    let reader = try driver.open("public.slow", split)
    let running = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'pooled_cancel'"
    let canceller = driver.canceller
    Thread.detachNewThread {
      _ = try? server.wait(for: "1", from: running)
      canceller()
    }
    #expect(PostgresFixture.failure { while try reader.read() != nil {} }?.status == 2)
    reader.close()
    #expect(try server.wait(for: "0", from: running))
  }
}
