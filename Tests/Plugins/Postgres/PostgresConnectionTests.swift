import Foundation
import TestSupport
import Testing

/// Ways to a server: TLS, a service file, a pooler.
@Suite struct PostgresConnectionTests {
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 900) i;
    ANALYZE t
    """

  private func rows(_ dsn: String, _ extra: String = "") throws -> PostgresFixture.Everything {
    try PostgresFixture.readAll(try PostgresFixture.driver(dsn, extra), "public.t")
  }

  @Test func tlsIsUsedAndItsCertificateIsChecked() throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.database("secure", Self.script)
    let plain = PostgresFixture.failure { _ = try rows(server.dsn("secure") + " sslmode=require") }
    #expect(
      plain?.status == 11 && plain?.message.contains("server does not support SSL") == true, "\(plain?.message ?? "")")
    let authority = try server.enableTLS()
    // The name is what is verified; the address is where to connect.
    let dsn = "host=localhost hostaddr=127.0.0.1 port=\(server.port) user=postgres dbname=secure password=geheim"
    for mode in ["require", "verify-ca sslrootcert=\(authority)", "verify-full sslrootcert=\(authority)"] {
      #expect(try rows(dsn + " sslmode=" + mode).rows.count == 900, "\(mode)")
    }
    let other = try PostgresServer()
    defer { other.remove() }
    let wrong = [
      ("verify-ca sslrootcert=\(try other.enableTLS())", "certificate verify failed"),
      ("verify-full sslrootcert=\(authority)", "does not match host name"),
      ("verify-full sslrootcert=/nowhere/ca.crt", "/nowhere/ca.crt"),
    ]
    for (mode, message) in wrong {
      let named =
        message.hasPrefix("does") ? dsn.replacingOccurrences(of: "host=localhost", with: "host=db.example") : dsn
      let failure = PostgresFixture.failure { _ = try rows(named + " sslmode=" + mode) }
      #expect(failure?.status == 11 && failure?.message.contains(message) == true, "\(failure?.message ?? "")")
      #expect(failure?.message.contains("geheim") == false)
    }
  }

  @Test func aServiceFileNamesTheServer() throws {
    let server = try PostgresFixture.database("by_service", Self.script)
    let file = NSTemporaryDirectory() + "headrace-services-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: file) }
    try "[shop]\nhost=127.0.0.1\nport=\(server.port)\nuser=postgres\ndbname=by_service\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    // Only this test names services, so that the process may have one file for them.
    setenv("PGSERVICEFILE", file, 1)
    defer { unsetenv("PGSERVICEFILE") }
    #expect(try rows("service=shop").rows.count == 900)
    let unknown = PostgresFixture.failure { _ = try rows("service=shoop") }
    #expect(unknown?.status == 11 && unknown?.message.contains("shoop") == true, "\(unknown?.message ?? "")")
  }

  @Test func aPoolerInTransactionModeIsReadLikeItsServer() throws {
    guard PgBouncer.isInstalled else {
      print("skipped: no pgbouncer, which `make setup` installs")
      return
    }
    let server = try PostgresFixture.database("pooled", Self.script)
    let pooler = try PgBouncer(before: server)
    let expected = try server.rows("SELECT * FROM t ORDER BY id", in: "pooled")
    for round in 1...3 {
      let read = try rows(pooler.dsn("pooled"), "\"chunk_rows\": 100")
      #expect(read.rows == expected && read.splits == 9, "round \(round)")
    }
    // One snapshot needs one session, which its transaction keeps: the pooler gives it a server of its own meanwhile.
    let consistent = try rows(pooler.dsn("pooled"), "\"chunk_rows\": 100, \"consistent\": true")
    #expect(consistent.rows == expected)
    // Nothing that a session was set to is left for the next client of the pool.
    #expect(try server.query("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in trans%'") == "0")
  }
}
