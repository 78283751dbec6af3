import Foundation
import Testing

import TestSupport

/// What servers do to those who read them.
@Suite struct PostgresFailureTests {
  @Test func aServerThatIsDownIsTransient() throws {
    let driver = try PostgresFixture.driver("host=127.0.0.1 port=1 user=u dbname=d password=geheim")
    let failure = PostgresFixture.failure { _ = try driver.discover([]) }
    #expect(failure?.status == 6)
    #expect(failure?.message.contains("Connection refused") == true && failure?.message.contains("geheim") == false)
  }

  @Test func aWrongPasswordIsUnauthenticatedAndNotPrinted() throws {
    let server = try PostgresFixture.lockedRole()
    let wrong = try PostgresFixture.driver(server.dsn(user: "locked") + " password=geheim")
    let failure = PostgresFixture.failure { _ = try wrong.discover([]) }
    #expect(failure?.status == 9 && failure?.state == "28P01")
    #expect(failure?.message.contains("password authentication failed") == true)
    #expect(failure?.message.contains("geheim") == false)
    let missing = try PostgresFixture.driver(server.dsn(user: "locked"))
    #expect(PostgresFixture.failure { _ = try missing.discover([]) }?.status == 9)
    let folder = NSTemporaryDirectory() + "headrace-pass-" + UUID().uuidString
    try "127.0.0.1:\(server.port):*:locked:right\n".write(toFile: folder, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder)
    let passfile = try PostgresFixture.driver(server.dsn(user: "locked") + " passfile=\(folder)")
    #expect(try passfile.discover(["none.*"]).isEmpty)
  }

  @Test(arguments: [
    "host=127.0.0.1 port=1 geheim", "postgres://user:geheim@host:port:5/db?geheim=1", "host='geheim",
    "postgres://u@h/db?sslmode=geheim&x", "host=127.0.0.1 port=geheim", "host=127.0.0.1 sslmode=geheim",
    "postgres//u:geheim@h/db", "postgres://u:a/geheim@127.0.0.1:1/db", "postgres://u:a@geheim@127.0.0.1:1/db",
    #"postgres://u:a\"b\"geheim%zz@127.0.0.1:1/db"#,
  ])
  func aDSNThatIsNoneIsInvalidAndNotPrinted(dsn: String) throws {
    let driver = try PostgresFixture.driver(dsn)
    let failure = PostgresFixture.failure { _ = try driver.discover([]) }
    #expect(failure?.status == 11)
    #expect(failure?.message.contains("geheim") == false, "\(failure?.message ?? "")")
  }

  @Test func aPasswordWithCharactersOfAnAddressIsToldHowToBeWritten() throws {
    for dsn in ["postgres://u:a@b@127.0.0.1:1/db", "postgres://u:a/b@127.0.0.1:1/db"] {
      let failure = PostgresFixture.failure { _ = try PostgresFixture.driver(dsn).discover([]) }
      #expect(failure?.message.contains("`@` is written as `%40`, `/` as `%2F`") == true, "\(failure?.message ?? "")")
    }
    let written = try PostgresFixture.driver("postgres://u:a%40%2Fb@127.0.0.1:1/db")
    #expect(PostgresFixture.failure { _ = try written.discover([]) }?.message.contains("Connection refused") == true)
  }

  @Test func aDatabaseThatDoesNotExistIsInvalid() throws {
    let driver = try PostgresFixture.driver(try PostgresFixture.server().dsn("nowhere"))
    let failure = PostgresFixture.failure { _ = try driver.discover([]) }
    #expect(failure?.status == 11 && failure?.state == "3D000")
  }

  @Test(arguments: [
    ("ALTER TABLE t ALTER COLUMN v TYPE bigint", "column 'v' was integer and is bigint"),
    ("ALTER TABLE t DROP COLUMN v", "column 'v' was dropped"),
    ("ALTER TABLE t ADD COLUMN w int", "column 'w' was added"),
    ("ALTER TABLE t RENAME COLUMN v TO w", "column 'v' is now called 'w'"),
    ("ALTER TABLE t ALTER COLUMN v TYPE real", "column 'v' was integer and is real"),
  ])
  func columnsChangedUnderWayAreAConflictWithTheirName(change: String, message: String) throws {
    let name = "change_\(abs(change.hashValue))"
    let server = try PostgresFixture.database(
      name, "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 2)")
    let driver = try PostgresFixture.driver(server.dsn(name))
    let split = try #require(try driver.splits("public.t").first)
    try server.query(change, in: name)
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", split) }
    #expect(failure?.status == 14)
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }

  @Test func aDroppedTableIsNotFound() throws {
    let server = try PostgresFixture.database("dropping", "CREATE TABLE t (id int PRIMARY KEY)")
    let driver = try PostgresFixture.driver(server.dsn("dropping"))
    let split = try #require(try driver.splits("public.t").first)
    try server.query("DROP TABLE t", in: "dropping")
    let failure = PostgresFixture.failure { _ = try driver.open("public.t", split) }
    #expect(failure?.status == 13 && failure?.message == "public.t does not exist any more")
  }

  /// A stream whose first rows come at once and whose next never would.
  private static let slow =
    "CREATE VIEW slow AS SELECT i, CASE WHEN i > 100000 THEN pg_sleep(600)::text END FROM generate_series(1, 200000) i"

  @Test func cancellingAReadEndsItAndTheStatementOnTheServer() throws {
    let server = try PostgresFixture.database("cancelling", Self.slow)
    let driver = try PostgresFixture.driver(server.dsn("cancelling"))
    let split = try #require(try driver.splits("public.slow").first)
    let reader = try driver.open("public.slow", split, rows: 50_000)
    #expect(try reader.read()?.rows.count == 50_000)
    let running = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'cancelling'"
    let canceller = driver.canceller
    Thread.detachNewThread {
      // Until the read waits there is nothing that could be cancelled: a cancel between calls has no effect.
      _ = try? server.wait(for: "1", from: running)
      canceller()
    }
    let failure = PostgresFixture.failure {
      while try reader.read() != nil {}
    }
    #expect(failure?.status == 2)
    reader.close()
    #expect(try server.wait(for: "0", from: running))
  }

  @Test func aDeadlineEndsAReadThatDoesNotAnswer() throws {
    let server = try PostgresFixture.database("deadline", Self.slow)
    let driver = try PostgresFixture.driver(server.dsn("deadline"))
    let split = try #require(try driver.splits("public.slow").first)
    let reader = try driver.open("public.slow", split, rows: 150_000, bytes: 1 << 30)
    driver.deadline = SourceDriver.now() + 300_000_000
    let failure = PostgresFixture.failure { _ = try reader.read() }
    #expect(failure?.status == 3)
    // The server would answer after ten minutes.
    #expect(SourceDriver.now() < driver.deadline + 300_000_000_000)
  }

  @Test func aSessionThatIsEndedIsTransientAndTheNextReadGoesOn() throws {
    let script =
      "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 100000) i"
    let server = try PostgresFixture.database("ended", script)
    let driver = try PostgresFixture.driver(server.dsn("ended"))
    let split = try #require(try driver.splits("public.t", bytes: 1 << 40).first)
    let reader = try driver.open("public.t", split, rows: 1000)
    let batch = try #require(try reader.read())
    try server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ended' AND pid <> pg_backend_pid()",
      in: "ended")
    let (failure, last) = PostgresFixture.readUntilFailure(reader, after: batch)
    #expect(failure?.status == 6)
    reader.close()
    let rest = try driver.open("public.t", split, position: last.position, ordinal: last.ordinal, rows: 1000)
    let next = try #require(try rest.read())
    #expect(next.rows.first?.first.flatMap { Int($0) } == (last.rows.last?.first.flatMap { Int($0) } ?? 0) + 1)
  }

  @Test func aServerRestartedUnderAReadIsTransientAndLosesNoRow() throws {
    let server = try PostgresServer()
    defer { server.remove() }
    let script =
      "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 60000) i"
    try server.database("restart", script)
    let driver = try PostgresFixture.driver(server.dsn("restart"))
    let split = try #require(try driver.splits("public.t", bytes: 1 << 40).first)
    let reader = try driver.open("public.t", split, rows: 1000)
    var rows = try #require(try reader.read()).rows
    var position: [UInt8] = []
    var ordinal: UInt64 = 0
    server.stop()
    var failure: SourceDriver.Failure?
    rows = []
    do {
      while let batch = try reader.read() {
        rows += batch.rows
        (position, ordinal) = (batch.position, batch.ordinal)
      }
    } catch { failure = error as? SourceDriver.Failure }
    #expect(failure?.status == 6)
    reader.close()
    #expect(
      PostgresFixture.failure { _ = try driver.open("public.t", split, position: position, ordinal: ordinal) }?.status
        == 6)
    try server.start()
    let again = try driver.open("public.t", split, position: position, ordinal: ordinal, rows: 1000)
    while let batch = try again.read() { rows += batch.rows }
    // The first batch of all was read before `rows` began to count.
    #expect(rows.compactMap { Int($0[0]) } == Array((position.isEmpty ? 1 : 1001)...60000))
  }
}
