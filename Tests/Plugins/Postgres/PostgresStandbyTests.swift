import TestSupport
import Testing

/// A hot standby as the source, whose recovery comes before what is read of it.
@Suite struct PostgresStandbyTests {
  private struct Pair {
    var primary: PostgresServer
    var standby: PostgresServer

    /// Waits until the standby has all that the primary has done.
    func catchUp() throws {
      let position = try primary.query("SELECT pg_current_wal_lsn()")
      #expect(try standby.wait(for: "t", from: "SELECT pg_last_wal_replay_lsn() >= '\(position)'"))
    }

    /// Removes rows of a table, which recovery then does to the standby: a conflict with all that may still see them.
    func vacuum(_ table: String, in database: String) throws {
      try primary.query("DELETE FROM \(table)", in: database)
      try catchUp()
      try primary.query("VACUUM \(table)", in: database)
      let position = try primary.query("SELECT pg_current_wal_lsn()")
      #expect(try standby.wait(for: "t", from: "SELECT pg_last_wal_receive_lsn() >= '\(position)'"))
    }
  }

  /// The tests share it; each has a database of its own, and recovery conflicts are between those of one database.
  private static let pair = Result {
    let primary = try PostgresServer(settings: ["autovacuum=off"])
    return Pair(
      primary: primary, standby: try PostgresServer(copying: primary, settings: ["max_standby_streaming_delay=0"]))
  }

  private static func script(rows: Int) -> String {
    """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, repeat('x', 500) || i FROM generate_series(1, \(rows)) i;
    CREATE TABLE other (id int) WITH (autovacuum_enabled = false); INSERT INTO other SELECT generate_series(1, 1000);
    ANALYZE t
    """
  }

  private func pair(_ database: String, rows: Int) throws -> Pair {
    let pair = try Self.pair.get()
    try pair.primary.database(database, Self.script(rows: rows))
    try pair.catchUp()
    return pair
  }

  @Test(arguments: [false, true]) func aStandbyIsReadLikeItsPrimary(isConsistent: Bool) throws {
    let name = "shop_\(isConsistent)"
    let pair = try pair(name, rows: 500)
    let driver = try PostgresFixture.driver(
      pair.standby.dsn(name), "\"chunk_rows\": 100, \"consistent\": \(isConsistent)")
    let read = try PostgresFixture.readAll(driver, "public.t")
    #expect(read.rows == (try pair.primary.rows("SELECT * FROM t ORDER BY id", in: name)) && read.splits == 5)
  }

  @Test func aConflictWithRecoveryIsTransientAndTheNextReadGoesOn() throws {
    let pair = try pair("conflict", rows: 60_000)
    let driver = try PostgresFixture.driver(pair.standby.dsn("conflict"), "\"chunk_rows\": 1000000")
    let split = try #require(try driver.splits("public.t").first)
    let reader = try driver.open("public.t", split, rows: 1000)
    let first = try #require(try reader.read())
    try pair.vacuum("other", in: "conflict")
    let (failure, last) = PostgresFixture.readUntilFailure(reader, after: first)
    #expect(failure?.status == 6 && failure?.state == "40001", "\(failure?.description ?? "no conflict")")
    #expect(failure?.message.contains("; raise `max_standby_streaming_delay`") == true)
    reader.close()
    let rest = try driver.open("public.t", split, position: last.position, ordinal: last.ordinal, rows: 1000)
    var keys = (1...Int(last.ordinal) * 1000).map { $0 }
    #expect(last.rows.last?.first == String(keys.count))
    while let batch = try rest.read() { keys += batch.rows.compactMap { Int($0[0]) } }
    #expect(keys == Array(1...60_000))
  }

  @Test func aSnapshotLostToRecoveryIsAConflictUntilItIsPlannedAgain() throws {
    let pair = try pair("lost_snapshot", rows: 500)
    let driver = try PostgresFixture.driver(
      pair.standby.dsn("lost_snapshot"), "\"chunk_rows\": 100, \"consistent\": true")
    let split = try #require(try driver.splits("public.t").first)
    try pair.vacuum("other", in: "lost_snapshot")
    let holding =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = 'lost_snapshot' AND state = 'idle in transaction'"
    #expect(try pair.standby.wait(for: "0", from: holding))
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", split) }
    #expect(failure?.status == 14, "\(failure?.description ?? "it was read")")
    #expect(failure?.message.contains("run it again, or set `consistent: false`") == true)
    driver.releaseSplits()
    #expect(try PostgresFixture.readAll(driver, "public.t").rows.count == 500)
  }
}
