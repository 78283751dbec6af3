import Foundation
import TestSupport
import Testing

/// The gate as an operator sees it: a plugin that fails by script, through the real program.
@Suite struct ScriptedPluginTests {
  private func project(_ name: String, read steps: String) throws -> HeadraceProject {
    let project = try HeadraceProject(
      name,
      """
      version: 1
      pipeline: \(name)
      source: {plugin: scripted, config: {rows: 100, batch_rows: 10, script: {read: \(steps)}}}
      destination: {table: "bronze.{stream.name}", write: replace}
      """)
    _ = try project.installScripted()
    return project
  }

  private func plugin(_ summary: HeadraceSummary, _ name: String) throws -> [String: Any] {
    let line = try #require(summary.output.split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let plugins = try #require(object?["plugins"] as? [[String: Any]])
    #expect(object?["level"] as? String == "normal")
    return try #require(plugins.first { $0["name"] as? String == name })
  }

  private func run(_ project: HeadraceProject) throws -> (HeadraceSummary, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    let summary = try HeadraceSummary(process)
    var events = RunEvents(path: path)
    events.read()
    return (summary, events)
  }

  @Test func failuresThatPassAreRetriedAndAllRowsArrive() throws {
    let project = try project("passing", read: #"["ok", "transient message=reset", "transient message=reset", "ok"]"#)
    let (summary, events) = try run(project)
    #expect(summary.isSuccess, "\(summary)")
    #expect(summary.rowsRead == 100 && summary.rowsWritten == 100)
    let scripted = try plugin(summary, "scripted")
    #expect(scripted["failures"] as? Int == 2)
    #expect(scripted["retries"] as? Int == 2)
    #expect(scripted["breaker"] as? String == "closed")
    #expect(events.count("retry") == 2)
    #expect(events.count("breaker") == 0)
  }

  @Test func failuresThatStayOpenTheBreakerAndFailTheRunWithTheirCause() throws {
    let project = try project("staying", read: #"["ok", "transient message=gone forever"]"#)
    let (summary, events) = try run(project)
    #expect(summary.end == .exited(1))
    #expect(summary.errors.contains("plugin 'scripted': read: gone"), "\(summary)")
    #expect(summary.errors.contains("(5 attempts)"))
    let scripted = try plugin(summary, "scripted")
    // The specification's row for database queries: five calls in all; five failures in the window open the breaker.
    #expect(scripted["failures"] as? Int == 5)
    #expect(scripted["retries"] as? Int == 4)
    #expect(scripted["breaker"] as? String == "open")
    #expect(events.count("retry") == 4)
    let breaker = try #require(events.all.first { $0.name == "breaker" })
    #expect(breaker.text.contains(#""from":"closed","to":"open","cause":"failure_threshold""#), "\(breaker.text)")
    // The batch before the failures is kept for the next run.
    #expect(events.count("commit_finished") == 1)
  }

  @Test func aPluginThatHangsIsGivenUpAndTheNextRunGoesOn() throws {
    let project = try project("hanging", read: #"["ok", "hang"]"#)
    let file = project.folder + "/hanging.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try project.write("hanging.yaml", text + "\npolicy: {deadlines: {db_query: 200ms}}\n")
    let (summary, events) = try run(project)
    #expect(summary.end == .exited(1) && summary.status == "failed", "\(summary)")
    #expect(summary.errors.contains("plugin 'scripted' did not return from 'read'"), "\(summary)")
    #expect(try plugin(summary, "scripted")["breaker"] as? String == "open")
    #expect(events.count("commit_finished") == 1, "the batch before is not kept")
    try project.write("hanging.yaml", text.replacingOccurrences(of: #", "hang""#, with: ""))
    let (next, _) = try run(project)
    #expect(next.isSuccess && next.rowsRead == 90 && next.rowsWritten == 90, "\(next)")
  }

  @Test func aRecordThatThePluginRefusesFailsNothingButItself() throws {
    let project = try project("rejecting", read: #"["ok rows=10 rejects=1"]"#)
    try project.write(
      "rejecting.yaml",
      try String(contentsOfFile: project.folder + "/rejecting.yaml", encoding: .utf8) + "\non_error: {max: 5%}\n")
    let (summary, _) = try run(project)
    #expect(summary.isSuccess, "\(summary)")
    #expect(summary.rowsDead == 1)
    #expect(try plugin(summary, "scripted")["failures"] as? Int == 0)
  }

  /// What a plugin says beside its message: as text wherever a person is told, whole where a program reads.
  @Test func theDetailsOfAFailureAreToldToPersonsAndPrograms() throws {
    let project = try project("detailed", read: #"["ok", "not_found message=gone detail=17 details=2"]"#)
    let (summary, events) = try run(project)
    #expect(summary.end == .exited(1) && summary.errors.contains("read: gone (attempt 1) (a=17, b=17)"), "\(summary)")
    let line = try #require(summary.output.split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let error = try #require(object?["error"] as? [String: Any])
    #expect(error["details"] as? [String: String] == ["a": "17", "b": "17"])
    #expect((error["message"] as? String)?.hasSuffix("read: gone (attempt 1)") == true)
    let failing = try #require(events.all.first { $0.name == "run_failing" })
    #expect(failing.text.contains("gone (attempt 1) (a=17, b=17)"), "\(failing.text)")
  }

  @Test func theDetailsOfATransformsFailureStandInTheDeadLetter() throws {
    let project = try HeadraceProject(
      "odd",
      """
      version: 1
      pipeline: odd
      source: {plugin: scripted, config: {rows: 10}}
      transforms:
        - {plugin: scripted, config: {script: {apply: ["bad_record forever message=odd detail=17"]}}}
      destination: {table: "bronze.{stream.name}", write: replace}
      on_error: {max: 100%}
      """)
    let options = try project.installScripted(["source", "transform"])
    let summary = try project.run(options: options)
    #expect(summary.rowsDead == 10, "\(summary)")
    let letter = try project.command(
      ["lake", "sql", "SELECT DISTINCT reason FROM bronze.numbers__dead_letters"])
    #expect((letter["reason"] as? String)?.hasSuffix("apply: odd (attempt 1) (a=17)") == true, "\(letter)")
  }
}
