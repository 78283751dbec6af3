import Foundation
import TestSupport
import Testing

/// Policies that are changed under a running pipeline.
@Suite struct ReloadTests {
  private static let batchRows = 10

  /// A source that takes its time until there is a file `go`, so that there is a run to change things under.
  private func project(_ name: String, rows: Int, pause: Int, every: String = "200ms") throws -> HeadraceProject {
    let text = Self.pipeline(name, rows: rows, pause: pause, policy: "{}", every: every)
    let project = try HeadraceProject(name, text)
    _ = try project.installScripted()
    return project
  }

  private static func pipeline(
    _ name: String, rows: Int, pause: Int, policy: String, every: String = "200ms"
  ) -> String {
    """
    version: 1
    pipeline: \(name)
    source: {plugin: scripted, config: {rows: \(rows), batch_rows: \(batchRows), script: {read: ["ok sleep_ms=\(pause) unless=go forever"]}}}
    destination: {table: "bronze.{stream.name}", write: replace, commit: {every: \(every)}}
    policy: \(policy)
    """
  }

  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    return (process, RunEvents(path: path))
  }

  @Test func aChangedFileReachesTheNextCallAndABadOneIsRefusedWhole() throws {
    let project = try project("changed", rows: 10_000, pause: 100)
    var (process, events) = try start(project)
    try process.wait("nothing was read") {
      events.read()
      return events.count("split_opened") > 0
    }
    // Slow calls open the breaker, once the policy says what slow is.
    let bad = Self.pipeline(
      "changed", rows: 10_000, pause: 100, policy: "{breaker: {slow_call_durashun: 50ms}, rety: {}}")
    try project.write("changed.yaml", bad)
    try process.wait("the bad file was not refused") {
      events.read()
      return events.count("policy_refused") == 1
    }
    #expect(
      process.errors.contains("changed.yaml:5:20: unknown key 'slow_call_durashun', did you mean"), "\(process.errors)")
    #expect(process.errors.contains("unknown key 'rety', did you mean 'retry'?"), "\(process.errors)")
    #expect(events.count("breaker") == 0)
    let slow = "{breaker: {slow_call_duration: 50ms, slow_call_rate_threshold: 50%, minimum_calls: 3, timeout: 100ms}}"
    try project.write("changed.yaml", Self.pipeline("changed", rows: 10_000, pause: 100, policy: slow))
    try process.wait("slow calls do not open the breaker") {
      events.read()
      return events.all.contains { $0.text.contains("slow_call_rate") }
    }
    #expect(events.count("policy_reloaded") == 1)
    // And back, by the signal: the platform's file is one of those that are read.
    try project.write("changed.yaml", Self.pipeline("changed", rows: 10_000, pause: 100, policy: "{}"))
    try process.wait("it was not reloaded") {
      events.read()
      return events.count("policy_reloaded") == 2
    }
    process.signal(SIGHUP)
    try process.wait("the signal does nothing") {
      events.read()
      return events.count("policy_reloaded") == 3
    }
    try project.letGo()
    let summary = try HeadraceSummary(process)
    #expect(summary.isSuccess && summary.rowsWritten == 10_000, "\(summary)")
  }

  /// Whatever is wrong is found before anything is applied: the policies beside a bad list of trusted keys do not count.
  @Test func aBadListOfTrustedKeysIsRefusedWithAllThatCameWithIt() throws {
    let project = try project("distrusted", rows: HeadraceProject.endlessRows, pause: 100)
    var (process, events) = try start(project)
    try process.wait("nothing was read") {
      events.read()
      return events.count("split_opened") > 0
    }
    let keys = project.home + "/trust/keys.json"
    try FileManager.default.createDirectory(atPath: project.home + "/trust", withIntermediateDirectories: true)
    try Data("{".utf8).write(to: URL(fileURLWithPath: keys))
    let slow = "{breaker: {slow_call_duration: 50ms, slow_call_rate_threshold: 50%, minimum_calls: 3, timeout: 100ms}}"
    try project.write(
      "distrusted.yaml",
      Self.pipeline("distrusted", rows: HeadraceProject.endlessRows, pause: 100, policy: slow))
    try process.wait("the bad list was not refused") {
      events.read()
      return events.count("policy_refused") == 1
    }
    #expect(process.errors.contains("is no list of trusted keys"), "\(process.errors)")
    // Each file holds batches that were slow by the new policy.
    let before = events.count("file_closed")
    try process.wait("nothing goes on") {
      events.read()
      return events.count("file_closed") > before + 6
    }
    #expect(events.count("breaker") == 0 && events.count("policy_reloaded") == 0)
    try FileManager.default.removeItem(atPath: keys)
    process.signal(SIGHUP)
    try process.wait("slow calls do not open the breaker") {
      events.read()
      return events.all.contains { $0.text.contains("slow_call_rate") }
    }
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
  }

  /// A thousand times, one in ten of them wrong, while rows pass: nothing is lost or doubled, and nothing piles up. Few
  /// commits, since a table takes some memory for each of its own.
  @Test func aThousandReloadsUnderLoadLoseNothing() throws {
    let reloads = 1000
    let project = try project("loaded", rows: HeadraceProject.endlessRows, pause: 1, every: "2s")
    var (process, events) = try start(project)
    try process.wait("nothing was read") {
      events.read()
      return events.count("split_opened") > 0
    }
    var measured: [Footprint] = []
    var (number, goal) = (0, reloads)
    while answers(events) < goal {
      number += 1
      let policy = number % 10 == 0 ? "many" : "\(number % 100 + 5)"
      try project.write(
        "loaded.yaml",
        Self.pipeline(
          "loaded", rows: HeadraceProject.endlessRows, pause: 1,
          policy: "{breaker: {failure_threshold: \(policy)}}", every: "2s"))
      // What the watch has seen before the signal came is answered twice, and signals that come together once.
      let before = answers(events)
      process.signal(SIGHUP)
      try process.wait("reload \(number)") {
        events.read()
        return answers(events) > before
      }
      if answers(events) >= (measured.count + 1) * reloads / 10 { measured.append(try measure(process, &events)) }
      // The heap of a run is half a mebibyte larger or smaller from one moment to the next, by itself. What reloads left would be
      // more each time.
      if answers(events) >= goal, goal < 2 * reloads, !hasSettled(measured) { goal += 3 * reloads / 10 }
    }
    let (reloaded, refused) = (events.count("policy_reloaded"), events.count("policy_refused"))
    #expect(refused >= reloads / 20 && reloaded >= reloads / 2, "\(reloaded) and \(refused)")
    #expect(
      process.errors.contains("loaded.yaml:5:39: expected a whole number from 0 to 1000000"),
      "\(process.errors.prefix(300))")
    print("reloads: \(answers(events)), KiB after each hundred: \(measured.map(\.kilobytes)); \(lastTwo(measured))")
    #expect(hasSettled(measured))
    process.signal(SIGTERM)
    let stopped = try HeadraceSummary(process)
    #expect(stopped.end == .exited(143), "\(stopped)")
    // Each row that was committed is there once: the next run goes on and ends with all of them.
    let rows = try project.rowsToEnd(batchRows: Self.batchRows)
    try project.write("loaded.yaml", Self.pipeline("loaded", rows: rows, pause: 0, policy: "{}"))
    let next = try HeadraceSummary(
      try project.start(options: ["--plugins", project.folder + "/manifests"]))
    #expect(next.isSuccess, "\(next)")
    let oracle = try LakeOracle()
    #expect(try oracle.counts(project.home, ["bronze.numbers"]) == [rows])
    #expect(try oracle.distinct(project.home, "bronze.numbers", "id") == rows)
  }

  /// What the run had over the last six measures, three and three.
  private func lastTwo(_ measured: [Footprint]) -> (before: Footprint, after: Footprint) {
    (.least(measured.suffix(6).prefix(3)), .least(measured.suffix(3)))
  }

  private func hasSettled(_ measured: [Footprint]) -> Bool {
    let (before, after) = lastTwo(measured)
    return after.isNoMore(than: before)
  }

  private func answers(_ events: RunEvents) -> Int {
    events.count("policy_reloaded") + events.count("policy_refused")
  }

  /// What the run has when it has just made a commit: between two of them rows gather.
  private func measure(_ process: HeadraceProcess, _ events: inout RunEvents) throws -> Footprint {
    let before = events.count("commit_finished")
    try process.wait("no commit") {
      events.read()
      return events.count("commit_finished") > before
    }
    return Footprint.least((0..<20).map { _ in Footprint(process.pid) })
  }
}
