import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  private static var kills: Int { HeadraceInstallation.isSoak ? 150 : 13 }
  private static let rows = 20_000

  /// Accounts as pgbench has them, cut into ten splits by their key.
  private func accounts(
    _ database: String, write: String, key: String = "PRIMARY KEY"
  ) throws -> (PostgresServer, HeadraceProject) {
    let server = try PostgresServer.shared.get()
    try server.database(
      database,
      """
      CREATE TABLE events (aid int \(key), bid int, abalance numeric(12, 2), filler char(84), at timestamptz);
      INSERT INTO events SELECT n, n / 100, n * 0.25, 'filler ' || n, timestamptz '2026-03-01' + n * interval '1 min'
        FROM generate_series(1, \(Self.rows)) AS n;
      ANALYZE events;
      """)
    return (server, try project(server.dsn(database), write: write))
  }

  private func project(_ dsn: String, write: String) throws -> HeadraceProject {
    let allowed = write == "append" ? ", allow_duplicates: true" : ""
    return try HeadraceProject(
      "events",
      """
      version: 1
      pipeline: events
      source:
        plugin: postgres
        config: {dsn: "\(dsn)", chunk_rows: 2000}
        streams: [{name: public.events, read: full, table: bronze.events\(allowed)}]
      destination:
        write: \(write)
        commit: {every: 100ms, rows: 1000}

      """)
  }

  @Test func killedLoadsThatReplaceShowTheOldRowsAndThenTheNewOnes() throws {
    let (server, project) = try accounts("chaos_replace", write: "replace")
    let oracle = try LakeOracle()
    let first = try project.run()
    try #require(first.isSuccess, "\(first)")
    let sweep = KillSweep(project, oracle, label: "postgres replace", seed: TestSeed.of(1))
    sweep.rowsAreStaged = true
    var remaining = Self.rows
    while sweep.isUnfinished(kills: Self.kills, openCommits: 4) {
      try server.query(
        "UPDATE events SET abalance = abalance + 1; DELETE FROM events WHERE aid = (SELECT max(aid) FROM events)",
        in: "chaos_replace")
      remaining -= 1
      let killed = project.home
      project.home += "-reference"
      try #require(try project.run().isSuccess)
      let reference = project.home
      let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
      #expect(expected[0].rows == remaining)
      project.home = killed
      #expect(try oracle.counts(killed, [ExactlyOnceFixture.rows]) == [remaining + 1])
      try sweep.chain(most: 9)
      try compare(project, reference, expected, oracle, "postgres replace")
      try FileManager.default.removeItem(atPath: reference)
    }
    sweep.finish(openCommits: 4)
  }

  @Test func killedLoadsThatAppendHoldEachRowOnce() throws {
    let (_, project) = try accounts("chaos_append", write: "append")
    let oracle = try LakeOracle()
    let first = try project.run()
    try #require(first.isSuccess, "\(first)")
    let reference = project.home
    let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
    #expect(expected[0].rows == Self.rows)
    project.home += "-killed"
    let sweep = KillSweep(project, oracle, label: "postgres append", seed: TestSeed.of(1))
    sweep.ordinalsAreRows = false
    while sweep.isUnfinished(kills: Self.kills, openCommits: 4) {
      try sweep.chain(most: 9)
      try compare(project, reference, expected, oracle, "postgres append")
      try FileManager.default.removeItem(atPath: project.home)
    }
    sweep.finish(openCommits: 4)
  }

  @Test func killedLoadsOfATableWithoutAKeyBeginAgainAndShowNothingByHalves() throws {
    let (_, project) = try accounts("chaos_keyless", write: "append", key: "NOT NULL")
    let oracle = try LakeOracle()
    let first = try project.run()
    try #require(first.isSuccess, "\(first)")
    let reference = project.home
    let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
    #expect(expected[0].rows == Self.rows)
    project.home += "-killed"
    for delay in [UInt32(0), 3_000, 10_000, 40_000] {
      var run = try FollowedRun(project)
      _ = try run.kill(at: KillMoment(event: "split_opened", delay: delay))
      let isDone = try project.state().isFinished
      print("keyless: killed after \(run.events.all.last?.name ?? "nothing"), finished: \(isDone)")
      let counts = try oracle.counts(project.home, [ExactlyOnceFixture.rows])
      #expect(counts == [isDone ? Self.rows : 0])
      if isDone { break }
    }
    if try !project.state().isFinished {
      let last = try project.run()
      #expect(last.isSuccess, "\(last)")
    }
    try compare(project, reference, expected, oracle, "keyless")
  }

  @Test func aServerThatIsRestartedUnderARunLosesNothing() throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.database(
      "restarted",
      """
      CREATE TABLE events (aid int PRIMARY KEY, filler text);
      INSERT INTO events SELECT n, repeat('x', 60) || n FROM generate_series(1, 200000) AS n;
      ANALYZE events;
      """)
    let project = try project(server.dsn("restarted"), write: "replace")
    // Where the test is not run for some time, a load may be over before the server can be restarted.
    let isMet = try (1...10).contains { _ in
      try project.newHome()
      return try loadsWhile(project, restarting: server)
    }
    #expect(isMet, "every run was over before the server could be restarted")
    let oracle = try LakeOracle()
    let found = try oracle.contents(project.home, [ExactlyOnceFixture.rows])
    #expect(found[0].rows == 200_000)
    let distinct = try oracle.distinct(project.home, ExactlyOnceFixture.rows, "aid")
    #expect(distinct == 200_000)
  }

  /// - Returns: whether the run met the restart; what it had to do then is checked.
  private func loadsWhile(_ project: HeadraceProject, restarting server: PostgresServer) throws -> Bool {
    var run = try FollowedRun(project)
    run.wait(for: "commit_finished")
    server.stop()
    try server.start()
    let summary = try HeadraceSummary(run.process)
    run.read()
    let isRetried = run.events.all.contains { $0.name.contains("retr") }
    print("restart: \(summary.end), events after it: \(Set(run.events.all.map(\.name)).sorted())")
    // The run may outlast the restart by its retries, or fail with the reason; then the next one goes on.
    if summary.isSuccess { return isRetried }
    #expect(summary.end == .exited(1), "\(summary)")
    let next = try project.run()
    #expect(next.isSuccess, "\(next)")
    return true
  }
}
