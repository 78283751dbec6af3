import Foundation
import TestSupport
import Testing

/// What the configuration says, seen from the server; and what servers are set to, which must not be seen at all.
@Suite struct PostgresOptionTests {
  @Test(arguments: [
    ("", "", "headrace"), (" application_name=mine", "", "mine"),
    (" application_name=mine", "\"application_name\": \"loader\"", "loader"),
  ])
  func theServerShowsTheNameOfTheApplication(dsn: String, config: String, expected: String) throws {
    let database = "named_\(expected)"
    let server = try PostgresFixture.database(database, "CREATE TABLE t (id int PRIMARY KEY)")
    let driver = try PostgresFixture.driver(server.dsn(database) + dsn, config)
    let reader = try driver.open("public.t", try #require(try driver.splits("public.t").first))
    let shown =
      "SELECT application_name FROM pg_stat_activity WHERE datname = '\(database)' AND backend_type = 'client backend'"
    // The session that has made the database is gone when its server has noticed.
    #expect(try server.wait(for: expected, from: shown))
    reader.close()
  }

  @Test(arguments: [
    ("", "", Int32(30)), (" keepalives_idle=41", "", 41), (" keepalives_idle=41", "\"keepalives_idle\": 52", 52),
  ])
  func connectionsAreKeptAlive(dsn: String, config: String, seconds: Int32) throws {
    // Its port is this test's alone, by which the connection is found.
    let proxy = try FailingProxy(before: try PostgresFixture.server().port)
    let driver = try PostgresFixture.driver(
      "host=127.0.0.1 port=\(proxy.port) user=postgres dbname=postgres" + dsn, config)
    #expect(try driver.discover(["none.*"]).isEmpty)
    let sockets = (Int32(0)..<4096).filter { Self.peer(of: $0) == proxy.port }
    #expect(sockets.map { Self.option(SOL_SOCKET, SO_KEEPALIVE, of: $0) } == [1])
    #expect(sockets.map { Self.option(Int32(IPPROTO_TCP), TCP_KEEPIDLE, of: $0) } == [seconds])
  }

  private static func peer(of descriptor: Int32) -> Int? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
    }
    guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func option(_ level: Int32, _ name: Int32, of descriptor: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, level, name, &value, &length)
    return value
  }

  /// A type that `cast` may name, the Arrow format that it has, and a text that it reads.
  private static let casts = [
    ("boolean", "b", "yes"), ("smallint", "i", "-7"), ("integer", "i", "8"), ("bigint", "l", "9000000000"),
    ("real", "f", "1.5"), ("double precision", "g", "0.1"), ("numeric(5,1)", "d:5,1", "12.3"),
    ("date", "tdD", "2024-02-29"), ("time", "ttu", "12:34:56.7"), ("timestamp", "tsu:", "2024-02-29 01:02:03"),
    ("timestamptz", "tsu:UTC", "2024-02-29 01:02:03+05"), ("uuid", "w:16", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("bytea", "z", "\\x00ff"), ("text", "u", "as it is"),
  ]

  @Test func everyCastIsTheServers() throws {
    let columns = Self.casts.indices.map { "c\($0)" }
    let values = Self.casts.map { "'\($0.2)'" }.joined(separator: ", ")
    let server = try PostgresFixture.database(
      "all_casts",
      "CREATE TABLE t (id int PRIMARY KEY, \(columns.map { $0 + " text" }.joined(separator: ", ")), j int[]);"
        + "INSERT INTO t VALUES (1, \(values), '{1,2}'); INSERT INTO t (id) VALUES (2)")
    let casts = zip(columns, Self.casts).map { "\"public.t.\($0)\": \"\($1.0)\"" } + ["\"public.t.j\": \"json\""]
    let driver = try PostgresFixture.driver(server.dsn("all_casts"), "\"cast\": {\(casts.joined(separator: ", "))}")
    let stream = try #require(try driver.discover(["public.t"]).first)
    #expect(stream.columns.map(\.format) == ["i"] + Self.casts.map(\.1) + ["u"])
    let expressions = zip(columns, Self.casts).map { "\($0)::\($1.0)" }.joined(separator: ", ")
    let psql = try server.rows("SELECT id, \(expressions), to_json(j)::text FROM t ORDER BY id", in: "all_casts")
    #expect(try PostgresFixture.readAll(driver, "public.t").rows == psql)
  }

  /// Whatever a server, a database or a role may be set to and that would change what is read.
  private static let settings = [
    "datestyle = 'German'", "intervalstyle = 'iso_8601'", "timezone = 'Asia/Tokyo'", "bytea_output = 'escape'",
    "extra_float_digits = -15", "client_encoding = 'LATIN1'", "standard_conforming_strings = off",
    "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on", "row_security = on",
    "quote_all_identifiers = on", "statement_timeout = '200ms'", "idle_in_transaction_session_timeout = '100ms'",
    "xmloption = 'document'", "array_nulls = off",
  ]

  @Test func settingsOfTheServerDoNotShowInWhatIsRead() throws {
    let server = try PostgresFixture.database(
      "odd",
      """
      CREATE TABLE t (k text PRIMARY KEY, span interval, range tstzrange, at timetz, bytes bytea[], f point, x xml, l text[]);
      INSERT INTO t VALUES ('a\\b''c', '1 day 2:03', '[2024-02-01 00:00+00,)', '12:00+02', ARRAY['\\x00ff'::bytea],
        '(0.1,0.2)', 'a<b/>', '{NULL}'), (E'ü\\\\', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
      CREATE VIEW slow AS SELECT 'slept' || pg_sleep(0.5)::text AS v;
      """)
    for setting in Self.settings { try server.query("ALTER DATABASE odd SET \(setting)") }
    let driver = try PostgresFixture.driver(server.dsn("odd"))
    let split = try #require(try driver.splits("public.t").first)
    let reader = try driver.open("public.t", split, rows: 1)
    let first = try #require(try reader.read())
    let values = [
      "a\\b'c", "1 day 02:03:00", "[\"2024-02-01 00:00:00+00\",)", "12:00:00+02", "{\\x00ff}", "(0.1,0.2)", "a<b/>",
      "{\\N}",
    ]
    #expect(first.rows == [values])
    reader.close()
    // The position holds a backslash and a quote, and goes back to the server as a literal.
    let rest = try driver.open("public.t", split, position: first.position, ordinal: first.ordinal)
    #expect(try rest.read()?.rows == [["ü\\"] + Array(repeating: "\\N", count: 7)])
    #expect(try rest.read() == nil)
    rest.close()
    #expect(try PostgresFixture.readAll(driver, "public.slow").rows == [["slept"]])
  }

  @Test func aSnapshotOutlivesTheServersTimeoutOfIdleTransactions() throws {
    let server = try PostgresFixture.database("idling", "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    try server.query("ALTER DATABASE idling SET idle_in_transaction_session_timeout = '50ms'")
    let driver = try PostgresFixture.driver(server.dsn("idling"), "\"consistent\": true")
    let split = try #require(try driver.splits("public.t").first)
    let idle = """
      SELECT count(*) FROM pg_stat_activity WHERE datname = 'idling' AND state = 'idle in transaction'
        AND state_change < clock_timestamp() - interval '200 ms'
      """
    #expect(try server.wait(for: "1", from: idle))
    try server.query("DELETE FROM t", in: "idling")
    let reader = try driver.open("public.t", split)
    #expect(try reader.read()?.rows == [["1"]])
    reader.close()
  }

  @Test func whatAConsistentRunCostsIsToldBeforeIt() throws {
    let server = try PostgresFixture.database("told", "CREATE TABLE t (id int PRIMARY KEY)")
    let plain = try PostgresFixture.driver(server.dsn("told")).discover(["public.t"]).first
    #expect(plain?.notes.contains { $0.contains("not one point in time") } == true && plain?.flags == 0)
    let consistent = try PostgresFixture.driver(server.dsn("told"), "\"consistent\": true").discover(["public.t"]).first
    #expect(consistent?.notes.contains { $0.contains("bloat") && $0.contains("standby") } == true)
    #expect((consistent?.flags ?? 0) & 4 != 0)
  }
}
