import Foundation
import TestSupport
import Testing

/// Emergency mode through the real program: ingestion goes on into the durable queue, and what it holds lands in the lake
/// once and in order.
@Suite struct EmergencyTests {
  private func project(_ name: String, rows: Int, transforms: String = "", policy: String = "{}") throws
    -> HeadraceProject
  {
    let project = try HeadraceProject(
      name,
      """
      version: 1
      pipeline: \(name)
      source: {plugin: file, config: {path: "data/*.csv", format: csv}}
      \(transforms)
      destination: {table: bronze.rows, commit: {every: 200ms, rows: 50000}}
      policy: \(policy)
      """)
    var text = "id,name\n"
    text.reserveCapacity(rows * 20)
    for id in 1...rows { text += "\(id),name of \(id % 1000)\n" }
    try project.write("data/rows.csv", text)
    return project
  }

  private func order(_ project: HeadraceProject, _ arguments: [String]) throws {
    let process = try project.start(arguments, output: "text")
    #expect(try process.wait() == .exited(0), "\(arguments): \(process.errors)")
  }

  /// Starts a run and follows its events.
  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    return (try project.start(events: path), RunEvents(path: path))
  }

  private func wait(_ process: HeadraceProcess, _ events: inout RunEvents, for name: String) throws {
    try process.wait("no \(name)") {
      events.read()
      return events.count(name) > 0
    }
  }

  /// The `id`s of the table, file by file in the order of the commits: how many there are, and whether they rise by one.
  private func landed(_ project: HeadraceProject) throws -> String {
    let script = """
      import sys
      from pyiceberg.catalog.sql import SqlCatalog
      import pyarrow.parquet as pq
      catalog = SqlCatalog("headrace", uri=f"sqlite:///{sys.argv[1]}/catalog.db")
      table = catalog.load_table("bronze.rows")
      files = []
      for snapshot in table.snapshots():
          for manifest in snapshot.manifests(table.io):
              for entry in manifest.fetch_manifest_entry(table.io):
                  if entry.snapshot_id == snapshot.snapshot_id:
                      path = entry.data_file.file_path.removeprefix("file://")
                      ids = pq.read_table(path, columns=["id"])["id"].to_pylist()
                      files.append((snapshot.sequence_number, ids[0], ids))
      files.sort(key=lambda file: file[:2])
      ids = [id for file in files for id in file[2]]
      print(len(ids), "rows,", "in order" if ids == list(range(1, len(ids) + 1)) else "out of order")
      """
    let output = try PythonOracle.run(script, arguments: [project.home])
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func aMillionRowsAreBufferedAndLandOnceAndInOrderThoughTheReplayIsKilled() throws {
    let rows = 1_000_000
    let project = try project("million", rows: rows)
    let isKilled = try (1...5).contains { _ in
      try project.newHome()
      return try killReplay(project)
    }
    try #require(isKilled, "no kill came before the end of the replay")
    var (process, events) = try start(project)
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsWritten > 0 && summary.rowsWritten < rows, "\(summary)")
    #expect(events.count("queue_found") == 1 && events.count("queue_replayed") == 1)
    #expect(try landed(project) == "\(rows) rows, in order")
    let last = try project.run()
    #expect(last.isSuccess && last.rowsWritten == 0, "\(last)")
    print("emergency: \(rows) rows queued, \(summary.rowsWritten) of them replayed after the kill")
  }

  /// Queues all rows of a fresh home, releases its level, and kills the run at the first commit of the replay.
  ///
  /// - Returns: false if it came to its end first, as it may where the test is not run for some seconds.
  private func killReplay(_ project: HeadraceProject) throws -> Bool {
    try order(project, ["level", "pin", "emergency", "--pipeline", "million"])
    var (process, events) = try start(project)
    try wait(process, &events, for: "queue_has_all")
    #expect(events.count("commit_finished") == 0 && events.count("file_closed") == 0)
    let status = try project.command(["status", "million"])
    let pipelines = try #require(status["pipelines"] as? [[String: Any]])
    #expect(pipelines.first?["state"] as? String == "running")
    try order(project, ["level", "release", "--pipeline", "million"])
    try wait(process, &events, for: "commit_finished")
    process.signal(SIGKILL)
    let end = try process.wait()
    events.read()
    #expect(end == .killed(signal: SIGKILL) || end == .exited(0), "\(end): \(process.errors)")
    return end == .killed(signal: SIGKILL) && events.count("queue_replayed") == 0
  }

  /// The sink's breaker is held open: only the local disk is left. The way back is one step at a time, each with its cause.
  @Test func aSinkThatIsGoneIsAnEmergencyByItself() throws {
    let rows = 20_000
    let project = try project(
      "sinkless", rows: rows, transforms: #"transforms: [{plugin: sql, config: {query: "SELECT * FROM input"}}]"#,
      policy: "{degradation: {recovery_hold: 1s}}")
    try order(project, ["breaker", "parquet", "force-open"])
    var (process, events) = try start(project)
    try wait(process, &events, for: "queue_has_all")
    // What a run tells of itself is at most a second old.
    try process.wait("why does not say so") {
      let why = try project.start(["why", "data_ingestion"], output: "text")
      try why.wait()
      return why.output.contains("data_ingestion runs as 'buffer' instead of 'full'")
        && why.output.contains("(storage_only)") && why.output.contains("parquet: breaker forced_open")
    }
    try order(project, ["breaker", "parquet", "close"])
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsWritten == rows, "\(summary)")
    let levels = events.all.filter { $0.name == "level" }.map(\.text)
    #expect(levels.first?.contains(#""from":"normal","to":"emergency","cause":"storage_only""#) ?? false, "\(levels)")
    #expect(levels.dropFirst().allSatisfy { $0.contains(#""cause":"recovered""#) }, "\(levels)")
    #expect(try landed(project) == "\(rows) rows, in order")
  }

  /// What is forgotten is read anew: nothing comes from the queue of before.
  @Test func aResetForgetsTheQueueToo() throws {
    let project = try project("reset", rows: 5000)
    try order(project, ["level", "pin", "emergency"])
    var (process, events) = try start(project)
    try wait(process, &events, for: "queue_has_all")
    process.signal(SIGINT)
    #expect(try process.wait() == .exited(130))
    try order(project, ["state", "reset", "reset.yaml"])
    try order(project, ["level", "release"])
    (process, events) = try start(project)
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsWritten == 5000, "\(summary)")
    #expect(events.count("queue_found") == 0 && events.count("queue_replayed") == 0)
    #expect(try landed(project) == "5000 rows, in order")
  }

  /// A run that is stopped in an emergency keeps its queue; the next one begins with it.
  @Test func aStopInAnEmergencyKeepsTheQueue() throws {
    let rows = 30_000
    let project = try project("stopped", rows: rows)
    try order(project, ["level", "pin", "emergency"])
    var (process, events) = try start(project)
    try wait(process, &events, for: "queue_has_all")
    process.signal(SIGINT)
    let stopped = try HeadraceSummary(process)
    #expect(stopped.end == .exited(130) && stopped.rowsWritten == 0, "\(stopped)")
    // The level is pinned still: the next run waits with what is queued, and reads nothing again.
    (process, events) = try start(project)
    try wait(process, &events, for: "queue_found")
    try order(project, ["level", "release"])
    let summary = try HeadraceSummary(process)
    #expect(summary.isSuccess && summary.rowsWritten == rows, "\(summary)")
    #expect(try landed(project) == "\(rows) rows, in order")
  }
}
