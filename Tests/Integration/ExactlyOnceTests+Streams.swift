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
    try killRuns(project, "streams") { states in
      // Killed at its best: one stream is done and another has only begun.
      states.values.contains { $0.isFinished } && states.values.contains { !$0.isFinished }
    }
  }

  @Test func killedConsistentRunsBeginAgainAndShowNothingByHalves() throws {
    let (_, project) = try shop("chaos_consistent", consistent: true)
    try killRuns(project, "consistent") { _ in true }
  }

  /// Kills runs, each time looking at what readers see: of every table all rows or none.
  ///
  /// - Parameter isTelling: whether a kill met the state that the test is about; at least one has to.
  private func killRuns(
    _ project: HeadraceProject, _ label: String, _ isTelling: ([String: HeadraceProject.StreamState]) -> Bool
  ) throws {
    let oracle = try LakeOracle()
    let tables = Self.tables + Self.tables.map { $0 + "__dead_letters" }
    let undisturbed = try project.run()
    try #require(undisturbed.isSuccess, "\(undisturbed)")
    let reference = project.home
    let expected = try oracle.contents(reference, tables)
    #expect(expected.prefix(3).map(\.rows) == [40, 5988, 14970] && expected.map(\.rows).suffix(2) == [12, 30])
    let seed = UInt64.random(in: 0...999_999)
    var random = SeededGenerator(seed: seed)
    print("\(label): seed \(seed)")
    var (kills, telling) = (0, 0)
    while kills < Self.kills {
      project.home = "\(reference)-\(label)-\(kills)"
      for _ in 0..<5 {
        guard let events = try killed(project, &random) else { break }
        kills += 1
        let states = try project.states()
        if isTelling(states) { telling += 1 }
        let shown = states.sorted { $0.key < $1.key }
          .map { "\($0.key) \($0.value.isFinished ? "finished" : "at \($0.value.total)")" }
        print("\(label): kill \(kills): after \(events.all.last?.name ?? "nothing"), \(shown.joined(separator: ", "))")
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

  /// - Returns: what the killed run had told; nil if it came to its end first.
  private func killed(_ project: HeadraceProject, _ random: inout SeededGenerator) throws -> RunEvents? {
    let path = project.newEvents()
    let process = try project.start(events: path)
    var events = RunEvents(path: path)
    let trigger = ["split_opened", "file_closed", "commit_started", "commit_finished"].randomElement(using: &random)
    let count = Int.random(in: 1...6, using: &random)
    let delay = UInt32.random(in: 0...10_000, using: &random)
    while process.isRunning, events.count(trigger ?? "split_opened") < count {
      usleep(300)
      events.read()
    }
    usleep(delay)
    process.signal(SIGKILL)
    let end = try process.wait()
    events.read()
    return end == .exited(0) ? nil : events
  }
}
