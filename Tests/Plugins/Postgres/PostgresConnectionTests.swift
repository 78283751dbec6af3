import Foundation
import TestSupport
import Testing

/// Ways to a server: TLS, a service file, a password file, the environment.
@Suite struct PostgresConnectionTests {
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT i, repeat('v', 300) || i FROM generate_series(1, 9000) i;
    ANALYZE t
    """

  private func rows(_ dsn: String, _ extra: String = "") throws -> PostgresFixture.Everything {
    try PostgresFixture.readAll(try PostgresFixture.driver(dsn, extra), "public.t")
  }

  @Test func tlsIsUsedAndItsCertificateIsChecked() throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.database("secure", Self.script)
    try expectRefusal(
      server.dsn("secure") + " sslmode=require",
      "server does not support SSL, but SSL was required; let the server have a certificate, or set `sslmode=prefer`")
    let authority = try server.enableTLS()
    // The name is what is verified; the address is where to connect.
    let dsn = "host=localhost hostaddr=127.0.0.1 port=\(server.port) user=postgres dbname=secure password=geheim"
    for mode in ["require", "verify-ca sslrootcert=\(authority)", "verify-full sslrootcert=\(authority)"] {
      let driver = try PostgresFixture.driver(dsn + " sslmode=" + mode)
      #expect(try PostgresFixture.readAll(driver, "public.t").rows.count == 9000, "\(mode)")
      let encrypted =
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND datname = 'secure'"
      // The one before is gone when its server has noticed.
      #expect(try server.wait(for: "1", from: encrypted), "\(mode)")
      withExtendedLifetime(driver) {}
    }
    let other = try PostgresServer()
    defer { other.remove() }
    let stranger = dsn.replacingOccurrences(of: "host=localhost", with: "host=db.example")
    try expectRefusal(
      dsn + " sslmode=verify-ca sslrootcert=\(try other.enableTLS())",
      "certificate verify failed; `sslrootcert` must name the certificate of the authority")
    try expectRefusal(
      stranger + " sslmode=verify-full sslrootcert=\(authority)",
      "server certificate for \"localhost\" does not match host name \"db.example\"; write the name of the certificate")
    #expect(try rows(stranger + " sslmode=verify-ca sslrootcert=\(authority)").rows.count == 9000)
    try expectRefusal(dsn + " sslmode=verify-full sslrootcert=/nowhere/ca.crt", "/nowhere/ca.crt")
    let proxy = try FailingProxy(before: server.port)
    for ending in [FailingProxy.Ending.closed, .reset] {
      let failures = try PostgresCutTests.expectEachRowOnce(
        of: server, in: "secure", through: proxy, ending, cuts: 15,
        options: "host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=\(authority)")
      #expect(failures > 0)
    }
  }

  private func expectRefusal(_ dsn: String, _ message: String) throws {
    let failure = PostgresFixture.failure { _ = try rows(dsn) }
    #expect(failure?.status == 11 && failure?.message.contains(message) == true, "\(failure?.message ?? "it was read")")
    #expect(failure?.message.contains("geheim") == false)
  }

  /// Runs `headrace discover`, since a process has one environment, which its threads may not change.
  private func discover(_ dsn: String, _ variables: [String: String]) throws -> HeadraceProcess {
    let home = NSTemporaryDirectory() + "headrace-discover-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home) }
    let process = try HeadraceProcess(
      try HeadraceInstallation.binary(),
      ["discover", "postgres", "--config", "{\"dsn\": \"\(dsn)\"}", "--output", "json"]
        + ["--home", home, "--plugins", HeadraceInstallation.manifests],
      in: home, environment: HeadraceInstallation.environment(home: home).merging(variables) { $1 })
    try process.wait()
    #expect(!(process.output + process.errors).contains("right"))
    return process
  }

  @Test func serviceAndPasswordFilesNameTheServerAndItsPassword() throws {
    let server = try PostgresFixture.lockedRole()
    try server.database("by_service", "CREATE TABLE served (id int PRIMARY KEY); GRANT SELECT ON served TO locked")
    let folder = NSTemporaryDirectory() + "headrace-services-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (services, passwords) = (folder + "/services", folder + "/passwords")
    try "[shop]\nhost=127.0.0.1\nport=\(server.port)\nuser=locked\ndbname=by_service\n"
      .write(toFile: services, atomically: true, encoding: .utf8)
    try "127.0.0.1:\(server.port):*:locked:right\n".write(toFile: passwords, atomically: true, encoding: .utf8)
    let files = ["PGSERVICEFILE": services, "PGPASSFILE": passwords]

    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: passwords)
    let found = try discover("service=shop", files)
    #expect(try found.wait() == .exited(0) && found.output.contains("public.served"), "\(found.errors)")
    let unknown = try discover("service=shoop", files)
    #expect(try unknown.wait() == .exited(2))
    #expect(
      unknown.errors.contains("definition of service \"shoop\" not found; write it into ~/.pg_service.conf"),
      "\(unknown.errors)")
    // libpq takes no password from a file that others may read.
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: passwords)
    let open = try discover("service=shop", files)
    #expect(try open.wait() == .exited(1))
    #expect(open.errors.contains("no password supplied; name a `passfile` that nobody else may read"), "\(open.errors)")
  }

  @Test func variablesOfTheEnvironmentAreHonoured() throws {
    let server = try PostgresFixture.database("by_variables", "CREATE TABLE named_by_variables (id int PRIMARY KEY)")
    let variables = ["PGHOST": "127.0.0.1", "PGPORT": String(server.port), "PGUSER": "postgres"]
    let found = try discover("dbname=by_variables", variables)
    #expect(try found.wait() == .exited(0) && found.output.contains("named_by_variables"), "\(found.errors)")
    let secured = try discover("dbname=by_variables", variables.merging(["PGSSLMODE": "require"]) { $1 })
    #expect(try secured.wait() == .exited(2) && secured.errors.contains("SSL was required"), "\(secured.errors)")
  }
}
