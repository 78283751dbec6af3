import Foundation
import TestSupport
import Testing

/// Tables that somebody changes while they are read.
@Suite struct PostgresChangeTests {
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, v int);
    INSERT INTO t SELECT i, i FROM generate_series(1, 60000) i;
    ANALYZE t
    """

  @Test(arguments: [
    ("retyped", "ALTER TABLE t ALTER v TYPE bigint", Int32(14), "column 'v' was integer and is bigint"),
    ("dropped", "DROP TABLE t", 13, "public.t does not exist any more"),
    ("replaced", "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v int)", 14, "dropped and created again"),
    ("rekeyed", "ALTER TABLE t DROP CONSTRAINT t_pkey", 14, "its key is another one"),
  ])
  func aChangeBetweenTwoSplitsIsToldBeforeARowIsRead(
    name: String, change: String, status: Int32, message: String
  ) throws {
    let database = "between_\(name)"
    let server = try PostgresFixture.database(database, Self.script)
    let driver = try PostgresFixture.driver(server.dsn(database), "\"chunk_rows\": 30000")
    let splits = try driver.splits("public.t")
    try #require(splits.count == 2)
    let reader = try driver.open("public.t", splits[0])
    var rows = 0
    while let batch = try reader.read() { rows += batch.rows.count }
    reader.close()
    #expect(rows > 0)
    try server.query(change, in: database)
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", splits[1]) }
    #expect(failure?.status == status && failure?.message.contains(message) == true, "\(failure?.description ?? "")")
  }

  @Test func aChangeUnderWayIsWaitedForWhateverTheServersLockTimeout() throws {
    let server = try PostgresFixture.database("altering", Self.script)
    try server.query("ALTER DATABASE altering SET lock_timeout = '1ms'")
    let driver = try PostgresFixture.driver(server.dsn("altering"))
    let split = try #require(try driver.splits("public.t").first)
    let change = """
      BEGIN; ALTER TABLE t ALTER v TYPE bigint;
      DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted) LOOP
        PERFORM pg_sleep(0.01); END LOOP; END $$;
      COMMIT
      """
    Thread.detachNewThread { _ = try? server.query(change, in: "altering") }
    let locked = """
      SELECT count(*) > 0 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE d.datname = 'altering' AND l.mode = 'AccessExclusiveLock' AND l.granted
      """
    #expect(try server.wait(for: "t", from: locked))
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", split) }
    #expect(failure?.status == 14, "\(failure?.description ?? "")")
    #expect(failure?.message.contains("column 'v' was integer and is bigint") == true)
  }

  @Test func aTableThatIsBeingReadIsNotChangedUnderTheReader() throws {
    let server = try PostgresFixture.database("held", Self.script)
    let driver = try PostgresFixture.driver(server.dsn("held"), "\"chunk_rows\": 1000000")
    let split = try #require(try driver.splits("public.t").first)
    let reader = try driver.open("public.t", split, rows: 1000)
    var keys = try #require(try reader.read()).rows.map { $0[0] }
    for change in ["ALTER TABLE t ALTER v TYPE text", "DROP TABLE t", "TRUNCATE t"] {
      #expect(throws: PostgresServer.Failed.self) {
        try server.query("SET lock_timeout = '20ms'; \(change)", in: "held")
      }
    }
    while let batch = try reader.read() { keys += batch.rows.map { $0[0] } }
    #expect(keys.compactMap { Int($0) } == Array(1...60_000))
    reader.close()
    try server.query("DROP TABLE t", in: "held")
  }
}
