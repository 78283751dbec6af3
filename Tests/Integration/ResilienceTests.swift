import Foundation
import TestSupport
import Testing

/// Breakers, levels and operators' hands through the real program: what the summary, the events, `status` and `why` say is
/// one story.
@Suite struct ResilienceTests {
  /// Rows in batches of ten, through a plugin that answers to `read` by script.
  private func project(
    _ name: String, rows: Int = 100, read steps: String, policy: String, transforms: String = ""
  ) throws -> HeadraceProject {
    let project = try HeadraceProject(
      name,
      """
      version: 1
      pipeline: \(name)
      source: {plugin: scripted, config: {rows: \(rows), batch_rows: 10, script: {read: \(steps)}}}
      \(transforms)
      destination: {table: "bronze.{stream.name}", write: replace}
      policy: \(policy)
      """)
    _ = try project.installScripted(["source", "transform"])
    return project
  }

  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    return (process, RunEvents(path: path))
  }

  private func run(_ project: HeadraceProject) throws -> (HeadraceSummary, RunEvents) {
    var (process, events) = try start(project)
    let summary = try HeadraceSummary(process)
    events.read()
    return (summary, events)
  }

  /// A command whose answer is text.
  private func text(_ project: HeadraceProject, _ arguments: [String]) throws -> String {
    let process = try project.start(arguments, output: "text")
    let end = try process.wait()
    #expect(end == .exited(0), "\(arguments): \(end): \(process.errors)")
    return process.output
  }

  private func moves(_ events: RunEvents) -> [String] {
    events.all.filter { $0.name == "breaker" }.map { event in
      let object = (try? JSONSerialization.jsonObject(with: Data(event.text.utf8)) as? [String: Any]) ?? [:]
      return "\(object["from"] as? String ?? "") \(object["to"] as? String ?? "") \(object["cause"] as? String ?? "")"
    }
  }

  // MARK: The breaker

  @Test func aBreakerOpensIsTestedAndClosesInOneRun() throws {
    let project = try project(
      "cycle", read: #"["ok", "transient message=reset", "transient message=reset", "transient message=reset", "ok"]"#,
      policy: "{breaker: {failure_threshold: 3, timeout: 300ms}}")
    let (summary, events) = try run(project)
    #expect(summary.isSuccess && summary.rowsRead == 100 && summary.rowsWritten == 100, "\(summary)")
    #expect(
      moves(events) == [
        "closed open failure_threshold", "open half_open open_time_passed", "half_open closed probes_succeeded",
      ])
    #expect(summary.output.contains(#""breaker":"closed""#))
    let why = try text(project, ["why", "scripted"])
    #expect(why.contains("scripted: breaker closed") && why.contains("was transient: reset"), "\(why)")
  }

  @Test func anOutageSurvivesTheRunThatSawItAndIsWaitedOut() throws {
    let project = try project(
      "outage", read: #"["ok", "transient message=gone forever"]"#, policy: "{breaker: {timeout: 8s, max_wait: 60s}}")
    let (failed, first) = try run(project)
    #expect(failed.end == .exited(1) && moves(first) == ["closed open failure_threshold"], "\(failed)")
    #expect(try text(project, ["why"]).contains("scripted: breaker open since"))
    try project.write(
      "outage.yaml",
      try String(contentsOfFile: project.folder + "/outage.yaml", encoding: .utf8)
        .replacingOccurrences(of: #"["ok", "transient message=gone forever"]"#, with: "[]"))
    let (summary, events) = try run(project)
    #expect(summary.isSuccess, "\(summary)")
    #expect(summary.rowsRead + failed.rowsRead == 100, "\(summary)")
    #expect(moves(events) == ["open half_open open_time_passed", "half_open closed probes_succeeded"])
    #expect(events.count("waiting") == 1)
  }

  @Test func withoutPatienceAnOpenBreakerRejectsAtOnce() throws {
    let project = try project(
      "impatient", read: #"["transient message=gone forever"]"#, policy: "{breaker: {timeout: 60s, max_wait: 0s}}")
    _ = try run(project)
    let (second, events) = try run(project)
    #expect(second.end == .exited(1) && second.errors.contains("the circuit breaker is open"), "\(second)")
    #expect(events.count("waiting") == 0 && moves(events) == [])
    // An operator who knows better.
    _ = try text(project, ["breaker", "scripted", "close"])
    let (third, _) = try run(project)
    #expect(third.errors.contains("gone"), "it was called again: \(third)")
  }

  @Test func anOperatorHoldsABreakerOpenInARunningPipeline() throws {
    let project = try project(
      "held", rows: 6000, read: #"["ok sleep_ms=100 unless=go forever"]"#, policy: "{breaker: {max_wait: 60s}}")
    var (process, events) = try start(project)
    try process.wait("nothing was read") {
      events.read()
      return events.count("split_opened") > 0
    }
    _ = try text(project, ["breaker", "scripted", "force-open"])
    try process.wait("the breaker was not held") {
      events.read()
      return events.count("waiting") > 0
    }
    let status = try project.said(["status", "held"], of: process, once: "scripted: breaker forced_open")
    #expect(status.contains("held: running"), "\(status)")
    _ = try text(project, ["breaker", "scripted", "close"])
    try project.letGo()
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsWritten == 6000, "\(summary)")
    #expect(moves(events) == ["closed forced_open operator", "forced_open closed operator"])
    #expect(try text(project, ["status"]).contains("held: succeeded"))
  }

  // MARK: Levels

  @Test func aPinnedLevelHoldsTheStagesThatItForbidsAndLosesNothing() throws {
    let project = try project(
      "pinned", read: "[]", policy: "{}",
      transforms: #"transforms: [{plugin: scripted, config: {}}]"#)
    _ = try text(project, ["level", "pin", "level_2", "--pipeline", "pinned"])
    var (process, events) = try start(project)
    try process.wait("nothing waits") {
      events.read()
      return events.count("waiting") > 0
    }
    let why = try project.said(
      ["why", "transformations"], of: process, once: "transformations runs as 'pass_through' instead of 'nl_to_sql'")
    #expect(why.contains("the pipeline pinned is at 'level_2' (operator, pinned by an operator)"), "\(why)")
    #expect(process.isRunning)
    _ = try text(project, ["level", "release", "--pipeline", "pinned"])
    let summary = try HeadraceSummary(process)
    events.read()
    #expect(summary.isSuccess && summary.rowsRead == 100 && summary.rowsWritten == 100, "\(summary)")
    let levels = events.all.filter { $0.name == "level" }.map(\.text)
    #expect(levels.count == 2 && levels.allSatisfy { $0.contains(#""cause":"operator""#) }, "\(levels)")
  }

  @Test func aWaitingRunStopsWhenItIsAsked() throws {
    let project = try project(
      "stopped", read: "[]", policy: "{}", transforms: "transforms: [{plugin: scripted, config: {}}]")
    _ = try text(project, ["level", "pin", "level_2"])
    var (process, events) = try start(project)
    try process.wait("nothing waits") {
      events.read()
      return events.count("waiting") > 0
    }
    process.signal(SIGTERM)
    let summary = try HeadraceSummary(process)
    #expect(summary.end == .exited(143), "\(summary)")
    _ = try text(project, ["level", "release"])
    let (next, _) = try run(project)
    #expect(next.isSuccess && next.rowsWritten == 100, "\(next)")
  }

  @Test func levelsAndBreakersOfAKilledRunAreRemembered() throws {
    let project = try project(
      "killed", read: #"["ok", "transient message=gone forever"]"#,
      policy: "{breaker: {timeout: 1h, failure_threshold: 2, max_wait: 2h}}")
    var (process, events) = try start(project)
    try process.wait("the breaker did not open") {
      events.read()
      return events.count("breaker") > 0
    }
    // It is written down within a second, whatever the process comes to.
    let kept = project.home + "/state/resilience/killed.json"
    try process.wait("nothing is kept") { FileManager.default.fileExists(atPath: kept) }
    process.signal(SIGKILL)
    _ = try process.wait()
    #expect(try text(project, ["status"]).contains("killed: killed"))
    (process, events) = try start(project)
    try process.wait("the breaker is not open") {
      events.read()
      return events.count("waiting") > 0
    }
    #expect(moves(events) == [])
    process.signal(SIGTERM)
    #expect(try process.wait() == .exited(143))
  }

  // MARK: Notifications

  @Test func anOperatorIsToldOfABreakerOnceByAReceiverThatFailsFirst() throws {
    let receiver = try HTTPReceiver([.status(503)])
    defer { receiver.stop() }
    let project = try project(
      "told", read: #"["ok", "transient message=reset", "transient message=reset", "transient message=reset", "ok"]"#,
      policy: "{breaker: {failure_threshold: 3, timeout: 300ms}}")
    try project.write(
      "headrace.yaml",
      """
      version: 1
      notifications:
        ops: {webhook: "http://127.0.0.1:\(receiver.port)/hook", headers: {Authorization: "Bearer hidden-token"}}
      """)
    let (summary, events) = try run(project)
    #expect(summary.isSuccess, "\(summary)")
    #expect(moves(events).count == 3)
    let told = receiver.requests.dropFirst().compactMap { request in
      (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any]
    }
    #expect(told.map { $0["key"] as? String } == ["breaker/scripted", "breaker/scripted"], "\(told)")
    #expect(told.map { $0["state"] as? String } == ["open", "closed"])
    #expect(receiver.requests.allSatisfy { $0.headers["authorization"] == "Bearer hidden-token" })
    #expect(!summary.output.contains("hidden-token") && !summary.errors.contains("hidden-token"))
  }

  /// `on_state_change` of a breaker: the nearest file says who is told.
  @Test(arguments: [("quiet", [0, 2]), ("[quiet, ops]", [2, 2]), ("[]", [0, 0])])
  func aBreakerNamesWhoIsTold(_ named: String, _ told: [Int]) throws {
    let receivers = [try HTTPReceiver(), try HTTPReceiver()]
    defer { receivers.forEach { $0.stop() } }
    let project = try project(
      "named", read: #"["ok", "transient message=reset", "transient message=reset", "transient message=reset", "ok"]"#,
      policy: "{breaker: {failure_threshold: 3, timeout: 300ms, on_state_change: \(named)}}")
    try project.write(
      "headrace.yaml",
      """
      version: 1
      policy: {breaker: {on_state_change: ops}}
      notifications:
        ops: {webhook: "http://127.0.0.1:\(receivers[0].port)/hook"}
        quiet: {webhook: "http://127.0.0.1:\(receivers[1].port)/hook"}
      """)
    let (summary, _) = try run(project)
    #expect(summary.isSuccess, "\(summary)")
    #expect(receivers.map(\.requests.count) == told)
  }

  @Test func aTargetThatIsNotThereIsRefusedWhereverItIsNamed() throws {
    let project = try project("nobody", read: "[]", policy: "{breaker: {on_state_change: [ops, pagre]}}")
    let notifications = "notifications: {ops: {command: [/bin/true]}, pager: {command: [/bin/true]}}"
    try project.write("headrace.yaml", "version: 1\n\(notifications)\n")
    let process = try start(project).0
    #expect(try process.wait() == .exited(2))
    #expect(
      process.errors.contains("nobody.yaml:6:43: there is no notification target 'pagre', did you mean 'pager'?"),
      "\(process.errors)")
    try project.write(
      "headrace.yaml", "version: 1\npolicy: {breaker: {on_state_change: opps}}\n\(notifications)\n")
    let platform = try start(project).0
    #expect(try platform.wait() == .exited(2))
    #expect(
      platform.errors.contains("headrace.yaml:2:37: there is no notification target 'opps', did you mean 'ops'?"),
      "\(platform.errors)")
  }

  // MARK: Policies as files

  @Test func policyTestTellsWhatDiffersAndWhere() throws {
    let project = try project("traces", read: "[]", policy: "{}")
    try project.write(
      "right.yaml",
      "version: 1\ntrace: [{at: 0s, calls: {to: a, results: SS}}]\noutcomes: {a: SS}\n")
    #expect(
      try text(project, ["policy", "test", "right.yaml"]) == "right.yaml: as expected, 0 events\n")
    try project.write(
      "wrong.yaml",
      "version: 1\ntrace: [{at: 0s, calls: {to: a, results: SS}}]\nexpect: [{at: 1s, breaker: a}]\n")
    let process = try project.start(["policy", "test", "right.yaml", "wrong.yaml"], output: "text")
    #expect(try process.wait() == .exited(1))
    #expect(process.errors == "wrong.yaml:3:10: the timeline ends before this event\n")
    try project.write("broken.yaml", "version: 1\ntrcae: []\n")
    let broken = try project.start(["policy", "test", "broken.yaml"])
    #expect(try broken.wait() == .exited(2))
    #expect(broken.errors.contains("broken.yaml:2:1: unknown key 'trcae', did you mean 'trace'?"), "\(broken.errors)")
  }

  @Test func policyCheckRefusesAProtectionThatCannotAct() throws {
    let project = try project("checked", read: "[]", policy: "{breaker: {window_calls: 3}}")
    let options = ["--plugins", project.folder + "/manifests"]
    let process = try project.start(["policy", "check", "checked.yaml"] + options)
    #expect(try process.wait() == .exited(2))
    #expect(process.output.contains("source 'scripted' (db_query): works at every level"), "\(process.output)")
    #expect(process.output.contains("error: breaker.minimum_calls: the window holds 3 calls"), "\(process.output)")
    #expect(process.output.contains("anomaly_detection  ml_ensemble"), "\(process.output)")
  }

  @Test func whyOfNothingSaysWhatToDo() throws {
    let project = try project("fresh", read: "[]", policy: "{}")
    let process = try project.start(["why"])
    #expect(try process.wait() == .exited(2))
    #expect(process.errors.contains("no pipeline has run in"), "\(process.errors)")
    _ = try run(project)
    let unknown = try project.start(["why", "transformation"])
    #expect(try unknown.wait() == .exited(2))
    #expect(unknown.errors.contains("did you mean 'transformations'?"), "\(unknown.errors)")
  }
}
