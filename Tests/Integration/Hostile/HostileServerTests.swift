import HostModel
import TestSupport
import Testing

/// Servers that fail, and servers that change under a pipeline that worked.
@Suite struct HostileServerTests {
  private let server: PostgresServer
  private let database: String
  private static let splitsWarning =
    "p.yaml:6:13: warning: public.t: each split is read in a transaction of its own: together they are not one point in"
    + " time (`consistent: true` makes them one)"

  init() throws {
    server = try PostgresServer.shared.get()
    database = "hostile_" + String(UInt32.random(in: 0 ... .max), radix: 36)
    try server.database(database, "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 10), (2, 20);")
  }

  private func pipeline(_ stream: String = "public.t", config: String = "") -> String {
    """
    version: 1
    pipeline: p
    source:
      plugin: postgres
      config: {dsn: "${env:DSN}"\(config)}
      streams: [\(stream)]
    destination: {table: a.b, write: replace}
    """
  }

  /// Runs a command over `p.yaml`; the port is the only thing in a message that differs from run to run.
  private func run(
    _ runner: HostileRunner, _ command: String, dsn: String? = nil, environment: [String: String] = [:]
  ) throws -> HostileRunner.Ending {
    var all = environment
    all["DSN"] = dsn ?? server.dsn(database)
    var ending = try runner.run([command, "p.yaml"], environment: all)
    ending.errors = ending.errors.map { line in
      line.split(separator: String(server.port), omittingEmptySubsequences: false).joined(separator: "{port}")
    }
    return ending
  }

  private func withRunner(_ body: (HostileRunner) throws -> Void) throws {
    let runner = try HostileRunner()
    defer { runner.remove() }
    try runner.write(pipeline(), to: "p.yaml")
    try body(runner)
  }

  @Test func wrongPasswordEndsTheRunWithoutShowingIt() throws {
    _ = try? server.query("CREATE ROLE locked LOGIN PASSWORD 'another'")
    try withRunner { runner in
      let dsn = "postgres://locked:\(HostileRunner.secret)@127.0.0.1:\(server.port)/\(database)"
      let ending = try run(runner, "run", dsn: dsn)
      #expect(ending.exit == .code(1))
      #expect(
        ending.errors == [
          "p.yaml:4:11: plugin 'postgres': discover: cannot connect to PostgreSQL: connection to server at \"127.0.0.1\", port"
            + " {port} failed: FATAL:  28P01: password authentication failed for user \"locked\" [28P01], check the"
            + " credentials in the pipeline file"
        ])
    }
  }

  @Test func databaseThatIsNotThereEndsTheRun() throws {
    try withRunner { runner in
      let ending = try run(runner, "run", dsn: server.dsn("nowhere"))
      #expect(ending.exit == .code(2))
      #expect(
        ending.errors == [
          "p.yaml:4:11: plugin 'postgres': discover: cannot connect to PostgreSQL: connection to server at \"127.0.0.1\", port"
            + " {port} failed: FATAL:  3D000: database \"nowhere\" does not exist [3D000]"
        ])
    }
  }

  @Test func tableThatIsNotThereIsToldAtTheSource() throws {
    try withRunner { runner in
      try runner.write(pipeline("public.T"), to: "p.yaml")
      let ending = try run(runner, "validate")
      #expect(ending.exit == .code(1))
      #expect(
        ending.errors == [
          "p.yaml:4:11: plugin 'postgres': discover: there is no table or view 'public.T' that this role sees; did you mean"
            + " 'public.t'?"
        ])
    }
  }

  @Test func droppedTableEndsTheNextRunAndKeepsWhatIsInTheLake() throws {
    try withRunner { runner in
      #expect(try run(runner, "run").exit == .code(0))
      try server.query("DROP TABLE t", in: database)
      let ending = try run(runner, "run")
      #expect(ending.exit == .code(1))
      #expect(
        ending.errors == [
          "p.yaml:4:11: plugin 'postgres': discover: there is no table or view 'public.t' that this role sees"
        ])
      let kept = try runner.run(["lake", "sql", "SELECT sum(n) AS total FROM a.b"])
      #expect(kept.output.last?.contains("30") == true)
    }
  }

  @Test func columnWhoseTypeChangedEndsTheNextRun() throws {
    try withRunner { runner in
      #expect(try run(runner, "run").exit == .code(0))
      try server.query("ALTER TABLE t ALTER n TYPE text", in: database)
      let ending = try run(runner, "run")
      #expect(ending.exit == .code(1))
      #expect(
        ending.errors == [
          Self.splitsWarning,
          "headrace: a.b: column 'n' is int and arrives as string, which 'schema: {types: freeze}' does not allow; change"
            + " the rule, or cast or drop the column in a transform",
        ])
    }
  }

  @Test func columnWhoseTypeGrewIsFollowedWhereTypesMayEvolve() throws {
    try withRunner { runner in
      try runner.write(pipeline() + "\nschema: {types: evolve}\n", to: "p.yaml")
      #expect(try run(runner, "run").exit == .code(0))
      try server.query("ALTER TABLE t ALTER n TYPE bigint; INSERT INTO t VALUES (3, 99999999999)", in: database)
      let ending = try run(runner, "run")
      #expect(ending.exit == .code(0))
      let kept = try runner.run(["lake", "sql", "SELECT max(n) AS most FROM a.b"])
      #expect(kept.output.last?.contains("99999999999") == true)
    }
  }

  @Test func castOfAColumnThatIsNotThereIsRefused() throws {
    try withRunner { runner in
      try runner.write(pipeline(config: ", cast: {public.t.m: text}"), to: "p.yaml")
      let ending = try run(runner, "validate")
      #expect(ending.exit == .code(2))
      #expect(
        ending.errors == [
          "p.yaml:4:11: plugin 'postgres': discover: cast: public.t has no column 'm'"
        ])
    }
  }

  @Test func roleThatMayNotReadEndsTheRun() throws {
    try withRunner { runner in
      _ = try? server.query("CREATE ROLE stranger LOGIN")
      let ending = try run(runner, "run", dsn: server.dsn(database, user: "stranger"))
      #expect(ending.exit == .code(1))
      #expect(
        ending.errors == [
          "p.yaml:6:13: warning: public.t: the role may not read it: grant SELECT",
          Self.splitsWarning,
          "headrace: plugin 'postgres': open: PostgreSQL: permission denied for table t; grant SELECT to the role that the"
            + " dsn names [42501]; grant the permission that the message names",
        ])
    }
  }
}
