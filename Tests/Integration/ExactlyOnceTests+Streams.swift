import Foundation
import TestSupport
import Testing

/// Runs of several streams at once: a kill finds some of them committed, some staged and some not begun.
extension ExactlyOnceTests {
  private static let tables = ["bronze.countries", "bronze.customers", "bronze.orders"]
  private static var kills: Int { HeadraceInstallation.isSoak ? 60 : 10 }

  /// A small table that is done at once, and two that take several commits; one record in 500 becomes a dead letter.
  private func shop(_ database: String, consistent: Bool) throws -> (PostgresServer, HeadraceProject) {
    let server = try PostgresServer.shared.get()
    try server.database(
      database,
      """
      CREATE TABLE countries (id int PRIMARY KEY, amount text);
      CREATE TABLE customers (id int PRIMARY KEY, amount text);
      CREATE TABLE orders (id int PRIMARY KEY, amount text);
      INSERT INTO countries SELECT n, n FROM generate_series(1, 40) AS n;
      INSERT INTO customers SELECT n, CASE n % 500 WHEN 7 THEN 'none' ELSE n::text END FROM generate_series(1, 6000) AS n;
      INSERT INTO orders SELECT n, CASE n % 500 WHEN 7 THEN 'none' ELSE n::text END FROM generate_series(1, 15000) AS n;
      ANALYZE;
      """)
    let project = try HeadraceProject(
      "shop",
      """
      version: 1
      pipeline: shop
      source:
        plugin: postgres
        config: {dsn: "\(server.dsn(database))", chunk_rows: 1500, consistent: \(consistent)}
        streams: [public.countries, public.customers, public.orders]
      transforms:
        - plugin: map
          config: {cast: {amount: long}}
      detectors:
        - plugin: statistical
          streams: [public.countries]
          config: {columns: [amount]}
      destination:
        table: "bronze.{stream.name}"
        write: replace
        commit: {every: 100ms, rows: 1000}
      on_error: {max: 1%}

      """)
    return (server, project)
  }

  @Test func killedRunsOfSeveralStreamsEndWithTheRowsOfAnUndisturbedOne() throws {
    let (_, project) = try shop("chaos_streams", consistent: false)
    try killRuns(project, "streams")
  }

  @Test func killedConsistentRunsBeginAgainAndShowNothingByHalves() throws {
    let (_, project) = try shop("chaos_consistent", consistent: true)
    try killRuns(project, "consistent")
  }

  /// Kills runs, each time looking at what readers see: of every table all rows or none.
  private func killRuns(_ project: HeadraceProject, _ label: String) throws {
    let oracle = try LakeOracle()
    let tables = Self.tables + Self.tables.map { $0 + "__dead_letters" }
    let undisturbed = try project.run()
    try #require(undisturbed.isSuccess, "\(undisturbed)")
    let reference = project.home
    let expected = try oracle.contents(reference, tables)
    #expect(expected.prefix(3).map(\.rows) == [40, 5988, 14970] && expected.map(\.rows).suffix(2) == [12, 30])
    let seed = TestSeed.of(1)
    var moments = KillMoments(
      after: ["split_opened", "file_closed", "commit_started", "commit_finished"], counts: 1...6, delays: 0...10_000,
      seed: seed)
    print("\(label): seed \(seed)")
    var (attempts, kills, telling) = (0, 0, 0)
    // More kills where none was telling yet, as on a machine that is faster or busier than most; but not for ever.
    while attempts < 6 * Self.kills, kills < Self.kills || kills < 3 * Self.kills && telling == 0 {
      project.home = "\(reference)-\(label)-\(attempts)"
      for _ in 0..<5 {
        attempts += 1
        var run = try FollowedRun(project)
        let end = try run.kill(at: moments.next())
        if end == .exited(0) { break }
        #expect(end == .killed(signal: SIGKILL), "\(label): \(run.process.output)\(run.process.errors)")
        kills += 1
        let states = try project.states()
        // Killed at its best: one stream is done and another is not, which has no state before its first commit.
        if (1..<Self.tables.count).contains(states.values.count { $0.isFinished }) { telling += 1 }
        let shown = states.sorted { $0.key < $1.key }
          .map { "\($0.key) \($0.value.isFinished ? "finished" : "at \($0.value.total)")" }
        print(
          "\(label): kill \(kills): after \(run.events.all.last?.name ?? "nothing"), \(shown.joined(separator: ", "))")
        let seen = try oracle.counts(project.home, tables)
        for (index, table) in tables.enumerated() where seen[index] != 0 {
          #expect(seen[index] == expected[index].rows, "\(label): \(table) shows a part of its rows")
        }
      }
      let next = try project.run()
      #expect(next.isSuccess, "\(label): \(next)")
      #expect(try oracle.contents(project.home, tables) == expected, "\(label)")
      try FileManager.default.removeItem(atPath: project.home)
    }
    print("\(label): \(kills) kills, \(telling) of them with the streams apart")
    #expect(telling > 0)
  }
}
