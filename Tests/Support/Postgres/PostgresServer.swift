import Foundation
import Synchronization

/// A real PostgreSQL server on a private loopback port, with its data in a temporary folder. Superuser `postgres` without
/// a password; the role `locked` must give one.
///
/// The binaries are those of `HEADRACE_TEST_POSTGRES` (a folder), or the newest under `/usr/lib/postgresql`.
package final class PostgresServer: Sendable {
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  package let port: Int
  package let folder: String
  private let pid = Mutex<Int32?>(nil)

  /// One server that the tests of a process share; each makes databases of its own. Stopped when the process ends.
  package static let shared = Result { try PostgresServer() }

  package init(encoding: String = "UTF8", settings: [String] = []) throws {
    port = try Loopback.freePort()
    folder = try Self.makeFolder()
    let options = ["-D", folder + "/data", "-U", "postgres", "-A", "trust", "-E", encoding, "--no-locale", "--no-sync"]
    try Self.run("initdb", options)
    let rules =
      "host all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
      + "host replication all 127.0.0.1/32 trust\n"
    try rules.write(toFile: folder + "/data/pg_hba.conf", atomically: false, encoding: .utf8)
    // Each test has some at the same time, and as many tests run as the machine has processors.
    let fixed = ["listen_addresses='127.0.0.1'", "unix_socket_directories=''", "fsync=off", "max_connections=400"]
    let lines = (fixed + ["port=\(port)"] + settings).joined(separator: "\n") + "\n"
    try lines.write(toFile: folder + "/data/postgresql.auto.conf", atomically: false, encoding: .utf8)
    try start()
    AtExit.stop(self)
  }

  /// Over a data folder that exists: a standby made with `pg_basebackup`.
  package init(copying primary: PostgresServer, settings: [String] = []) throws {
    port = try Loopback.freePort()
    folder = try Self.makeFolder()
    let source = "host=127.0.0.1 port=\(primary.port) user=postgres"
    try Self.run("pg_basebackup", ["-d", source, "-D", folder + "/data", "-R", "-c", "fast", "--no-sync"])
    let lines = try String(contentsOfFile: folder + "/data/postgresql.auto.conf", encoding: .utf8)
    try (lines + (["", "port=\(port)"] + settings).joined(separator: "\n") + "\n").write(
      toFile: folder + "/data/postgresql.auto.conf", atomically: false, encoding: .utf8)
    try start()
    AtExit.stop(self)
  }

  // MARK: - Life

  /// Starts the server and waits until it accepts connections.
  package func start() throws {
    let process = Self.process("postgres", ["-D", folder + "/data"])
    _ = FileManager.default.createFile(atPath: folder + "/log", contents: nil)
    let log = FileHandle(forWritingAtPath: folder + "/log")
    process.standardOutput = log
    process.standardError = log
    try process.run()
    pid.withLock { $0 = process.processIdentifier }
    let isUp = try wait { (try? query("SELECT 1")) == "1" || !process.isRunning }
    guard isUp, process.isRunning else { throw Failed(description: "postgres did not start, see \(folder)/log") }
  }

  /// Stops the server at once, breaking off its sessions.
  package func stop() {
    guard let running = pid.withLock({ $0.take() }) else { return }
    kill(running, SIGINT)
    while kill(running, 0) == 0, waitpid(running, nil, WNOHANG) == 0 { usleep(2000) }
  }

  /// Lets the server answer by TLS, under a certificate for `localhost` of an authority that only this test knows.
  /// - Returns: the path of the authority's certificate.
  package func enableTLS() throws -> String {
    let key = ["-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2"]
    let authority = ["-x509", "-subj", "/CN=test authority", "-keyout", folder + "/ca.key", "-out", folder + "/ca.crt"]
    try Self.openssl(["req"] + key + authority)
    try "subjectAltName = DNS:localhost\n".write(toFile: folder + "/names", atomically: false, encoding: .utf8)
    try Self.openssl(
      ["req"] + key + ["-subj", "/CN=localhost", "-keyout", folder + "/server.key", "-out", folder + "/server.csr"])
    try Self.openssl(
      ["x509", "-req", "-in", folder + "/server.csr", "-CA", folder + "/ca.crt", "-CAkey", folder + "/ca.key"]
        + ["-CAcreateserial", "-days", "2", "-extfile", folder + "/names", "-out", folder + "/server.crt"])
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/server.key")
    for file in ["/server.key", "/server.crt"] { Self.giveAway(folder + file) }
    for setting in ["cert_file = '\(folder)/server.crt'", "key_file = '\(folder)/server.key'"] {
      try query("ALTER SYSTEM SET ssl_\(setting)")
    }
    try query("ALTER SYSTEM SET ssl = on")
    try query("SELECT pg_reload_conf()")
    guard try wait(for: "on", from: "SHOW ssl") else { throw Failed(description: "TLS is off, see \(folder)/log") }
    return folder + "/ca.crt"
  }

  private static func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(description: "openssl \(arguments) failed") }
  }

  package func remove() {
    stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: - Use

  package func dsn(_ database: String = "postgres", user: String = "postgres") -> String {
    "host=127.0.0.1 port=\(port) user=\(user) dbname=\(database)"
  }

  /// Makes a database and runs a script in it.
  package func database(_ name: String, _ script: String = "") throws {
    _ = try query("CREATE DATABASE \(name)")
    if !script.isEmpty { _ = try query(script, in: name) }
  }

  /// psql's output, one line per row, fields between U+001F, nulls as `\N`: the reader that the tests compare with.
  @discardableResult
  package func query(_ sql: String, in database: String = "postgres") throws -> String {
    try Self.psql("SET timezone = 'UTC';\n" + sql, dsn(database))
  }

  /// The same on another way to a server, and in a session that is as it was found.
  package static func psql(_ sql: String, _ dsn: String) throws -> String {
    let options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", "\u{1F}", "-P", "null=\\N", "-d", dsn]
    let output = try run("psql", options + ["-f", "-"], input: sql)
    return output.hasSuffix("\n") ? String(output.dropLast()) : output
  }

  package func rows(_ sql: String, in database: String = "postgres") throws -> [[String]] {
    let text = try query(sql, in: database)
    if text.isEmpty { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// Waits until something about the server holds, for two minutes at least; false if it did not.
  package func wait(until condition: () throws -> Bool) throws -> Bool {
    for _ in 0..<6000 {
      if try condition() { return true }
      usleep(20_000)
    }
    return false
  }

  /// Waits until a query answers what is expected.
  package func wait(for expected: String, from sql: String) throws -> Bool {
    try wait { try query(sql) == expected }
  }

  // MARK: - Processes

  @discardableResult
  private static func run(_ name: String, _ arguments: [String], input: String = "") throws -> String {
    let process = process(name, arguments)
    let files = FileManager.default.temporaryDirectory.path + "/headrace-run-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: files) }
    try input.write(toFile: files + "/in", atomically: false, encoding: .utf8)
    for file in ["out", "errors"] { _ = FileManager.default.createFile(atPath: files + "/" + file, contents: nil) }
    process.standardInput = FileHandle(forReadingAtPath: files + "/in")
    process.standardOutput = FileHandle(forWritingAtPath: files + "/out")
    process.standardError = FileHandle(forWritingAtPath: files + "/errors")
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let errors = (try? String(contentsOfFile: files + "/errors", encoding: .utf8)) ?? ""
      throw Failed(description: "\(name) failed: \(errors)")
    }
    return String(decoding: FileManager.default.contents(atPath: files + "/out") ?? Data(), as: UTF8.self)
  }

  private static func process(_ name: String, _ arguments: [String]) -> Process {
    unprivileged(binaries + "/" + name, arguments)
  }

  /// Servers refuse to run as root; they and their tools then run as the user `postgres` of the package.
  static func unprivileged(_ binary: String, _ arguments: [String]) -> Process {
    let process = Process()
    process.environment = ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    if getuid() == 0 {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      process.arguments = ["--reuid=postgres", "--regid=postgres", "--clear-groups", binary] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: binary)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    return process
  }

  private static let binaries: String = {
    if let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_POSTGRES"] { return named }
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return root + "/" + (versions.max { (Int($0) ?? 0) < (Int($1) ?? 0) } ?? "") + "/bin"
  }()

  static func makeFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/headrace-pg-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    giveAway(path)
    return path
  }

  /// Makes a file or folder the server's own.
  private static func giveAway(_ path: String) {
    if getuid() == 0, let user = getpwnam("postgres") { chown(path, user.pointee.pw_uid, user.pointee.pw_gid) }
  }
}

/// Stops servers when the process ends; a test that fails must not leave one behind.
private enum AtExit {
  private static let servers = Mutex<[PostgresServer]>([])
  private static let registered: Void = {
    atexit { for server in AtExit.servers.withLock({ $0 }) { server.remove() } }
  }()

  static func stop(_ server: PostgresServer) {
    _ = registered
    servers.withLock { $0.append(server) }
  }
}
