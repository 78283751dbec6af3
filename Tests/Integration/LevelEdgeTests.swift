import Foundation
import TestSupport
import Testing

/// The edges of the degradation hierarchy through the real program, up and down again: what drives them, what the events,
/// `status` and `why` say of them, and that every row is there in the end. `storage_only` is in `EmergencyTests`,
/// `llm_unavailable` in `FallbackTests`.
@Suite struct LevelEdgeTests {
  /// For sources that wait until a test lets them go: no call is over its time meanwhile.
  private static let patient = ", deadlines: {db_query: 10m}"

  /// Batches of ten rows from a source that waits for the test, through a transform that changes nothing.
  private func project(
    _ name: String, rows: Int, read: String, degradation: String, more: String = patient
  ) throws -> HeadraceProject {
    let project = try HeadraceProject(
      name, pipeline(name, rows: rows, read: read), platform: platform(degradation, more))
    _ = try project.installScripted()
    return project
  }

  private func pipeline(_ name: String, rows: Int, read: String) -> String {
    """
    version: 1
    pipeline: \(name)
    source: {plugin: scripted, config: {rows: \(rows), batch_rows: 10, script: {read: \(read)}}}
    transforms: [{plugin: map, config: {rename: {name: title}}}]
    destination: {table: "bronze.{stream.name}", write: replace}
    on_error: {record: dead_letter}
    """
  }

  /// - Parameter degradation: besides what others use of the processors, which is no edge here.
  private func platform(_ degradation: String, _ more: String = patient) -> String {
    """
    version: 1
    policy: {degradation: {recovery_hold: 1s, cpu: 100%, \(degradation)}\(more)}
    """
  }

  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    return (process, RunEvents(path: path))
  }

  private func wait(_ process: HeadraceProcess, _ events: inout RunEvents, to level: String) throws {
    try process.wait("the level never was \(level)") {
      events.read()
      return events.all.contains { $0.name == "level" && $0.text.contains(#""to":"\#(level)""#) }
    }
  }

  private func text(_ project: HeadraceProject, _ arguments: [String]) throws -> String {
    let process = try project.start(arguments, output: "text")
    #expect(try process.wait() == .exited(0), "\(arguments): \(process.errors)")
    return process.output
  }

  /// From where to where, and why, in the order of the changes.
  private func moves(_ events: RunEvents) -> [String] {
    events.all.filter { $0.name == "level" }.map { event in
      let object = (try? JSONSerialization.jsonObject(with: Data(event.text.utf8)) as? [String: Any]) ?? [:]
      return "\(object["from"] as? String ?? "") \(object["to"] as? String ?? "") \(object["cause"] as? String ?? "")"
    }
  }

  private func end(_ process: HeadraceProcess, _ events: inout RunEvents, rows: Int) throws {
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsRead == rows && summary.rowsWritten == rows, "\(summary)")
  }

  /// Calls are slow until the cause was seen; as many quick ones as it takes then bring the percentile down.
  @Test func highLatencyLeadsToLevelOneAndBack() throws {
    let project = try project(
      "slow", rows: HeadraceProject.endlessRows, read: #"["ok sleep_ms=150 unless=go forever"]"#,
      degradation: "latency_hold: 0s, latency_deadline: 5%", more: ", deadlines: {db_query: 2s}")
    var (process, events) = try start(project)
    try wait(process, &events, to: "level_1")
    let why = try project.said(["why", "transformations"], of: process, once: "(high_latency)")
    #expect(why.contains("the 95th percentile of scripted is"), "\(why)")
    #expect(why.contains("transformations runs as 'predefined_sql' instead of 'nl_to_sql'"), "\(why)")
    try project.letGo()
    try wait(process, &events, to: "normal")
    process.signal(SIGTERM)
    #expect(try process.wait() == .exited(143), "\(process.errors)")
    events.read()
    #expect(moves(events) == ["normal level_1 high_latency", "level_1 normal recovered"])
    let rows = try project.rowsToEnd(batchRows: 10)
    try project.write("slow.yaml", pipeline("slow", rows: rows, read: "[]"))
    let next = try HeadraceSummary(try start(project).0)
    #expect(next.isSuccess && next.rowsDead == 0, "\(next)")
    #expect(try LakeOracle().counts(project.home, ["bronze.numbers"]) == [rows])
  }

  @Test func twoFailingDependenciesLeadToLevelTwoAndBackOneStepAtATime() throws {
    let project = try project(
      "several", rows: 600, read: #"["ok", "ok until=go"]"#, degradation: "failing_dependencies: 2")
    var (process, events) = try start(project)
    try process.wait("nothing is read") {
      events.read()
      return events.count("split_opened") > 0
    }
    _ = try text(project, ["breaker", "scripted", "force-open"])
    _ = try text(project, ["breaker", "map", "force-open"])
    try wait(process, &events, to: "level_2")
    let why = try project.said(["why", "transformations"], of: process, once: "(multiple_failures)")
    #expect(why.contains("map and scripted refuse calls"), "\(why)")
    _ = try text(project, ["breaker", "scripted", "close"])
    _ = try text(project, ["breaker", "map", "close"])
    try wait(process, &events, to: "normal")
    try project.letGo()
    try end(process, &events, rows: 600)
    #expect(
      moves(events) == ["normal level_2 multiple_failures", "level_2 level_1 recovered", "level_1 normal recovered"])
  }

  /// The memory that is in use is above one percent on every machine; that one percent is too little is mended by a reload.
  @Test func exhaustedComputeLeadsToLevelTwoAndBack() throws {
    let project = try project(
      "exhausted", rows: 600, read: #"["ok until=go"]"#, degradation: "memory: 1%, compute_hold: 0s")
    var (process, events) = try start(project)
    try wait(process, &events, to: "level_2")
    let why = try project.said(["why", "transformations"], of: process, once: "(compute_exhausted)")
    #expect(why.contains("% of the memory is in use"), "\(why)")
    _ = try project.said(["status"], of: process, once: "level of the platform: level_2")
    try project.write("headrace.yaml", platform("memory: 100%, compute_hold: 0s"))
    try wait(process, &events, to: "normal")
    try project.letGo()
    try end(process, &events, rows: 600)
    #expect(
      moves(events) == ["normal level_2 compute_exhausted", "level_2 level_1 recovered", "level_1 normal recovered"])
  }

  /// No disk has an exbibyte left; what is read meanwhile is queued, and replayed once the level returns.
  @Test func aCriticalFailureLeadsToEmergencyAndBackOneStepAtATime() throws {
    let project = try project(
      "critical", rows: 2000, read: #"["ok until=low", "ok until=go from_row=1000 forever"]"#,
      degradation: "disk_free: 1024TiB")
    var (process, events) = try start(project)
    try wait(process, &events, to: "emergency")
    try project.letGo("low")
    try process.wait("nothing is queued") {
      events.read()
      return events.count("queue_started") > 0
    }
    let why = try project.said(["why", "data_ingestion"], of: process, once: "(critical_failure)")
    #expect(why.contains("data_ingestion runs as 'buffer' instead of 'full'"), "\(why)")
    #expect(why.contains("MiB are left on the disk"), "\(why)")
    try project.write("headrace.yaml", platform("disk_free: 0MiB"))
    try wait(process, &events, to: "normal")
    try project.letGo()
    try end(process, &events, rows: 2000)
    #expect(events.count("queue_replayed") == 1)
    #expect(
      moves(events) == [
        "normal emergency critical_failure", "emergency level_2 recovered", "level_2 level_1 recovered",
        "level_1 normal recovered",
      ])
  }
}
