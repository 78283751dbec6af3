import Foundation
import TestSupport
import Testing

/// Sources are told what has become durable: only that, and sooner or later all of it.
@Suite struct AckTests {
  private static let rows = 4000

  private struct Ack: Hashable {
    var split: String
    var ordinal: Int
    var isComplete: Bool
  }

  /// - Parameters:
  ///   - ack: the steps of the script.
  ///   - read: the same; FOLDER is the project's.
  private func text(
    _ name: String, _ file: String, ack: [String], read: [String], deadline: String = "10m", every: String = "100ms"
  ) -> String {
    let read = read.map { $0.replacing("FOLDER", with: (file as NSString).deletingLastPathComponent) }
    return """
      version: 1
      pipeline: \(name)
      source:
        plugin: scripted
        config:
          {rows: \(Self.rows / 2), batch_rows: 50, n_splits: 2, ack_file: "\(file)", script: {read: \(read), ack: \(ack)}}
      destination: {table: "bronze.{stream.name}", write: replace, commit: {every: \(every)}}
      policy: {retry: {db_query: {max_retries: 1}}, deadlines: {db_query: \(deadline)}}
      """
  }

  private func project(
    _ name: String, _ isolation: String, ack: [String], read: [String], deadline: String = "10m",
    every: String = "100ms"
  ) throws -> (HeadraceProject, file: String) {
    let project = try HeadraceProject(name, "")
    let file = project.folder + "/acks"
    try project.write("\(name).yaml", text(name, file, ack: ack, read: read, deadline: deadline, every: every))
    _ = try project.installScripted()
    let path = project.folder + "/manifests/scripted.yaml"
    let manifest = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n").filter { !$0.hasPrefix("isolation:") }.joined(separator: "\n")
    try project.write("manifests/scripted.yaml", manifest + "\nisolation: \(isolation)\n")
    return (project, file)
  }

  private func options(_ project: HeadraceProject) -> [String] { ["--plugins", project.folder + "/manifests"] }

  private func acks(_ file: String) -> [Ack] {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, let ordinal = Int(words[1]) else { return nil }
      return Ack(split: words[0], ordinal: ordinal, isComplete: words[3] == "complete")
    }
  }

  /// The last acknowledgement of each split is of its end; the two may have come to it in different commits.
  private func expectEnds(in file: String) {
    for split in ["0", "1"] {
      let last = acks(file).last { $0.split == split }
      #expect(last == Ack(split: split, ordinal: Self.rows / 100, isComplete: true), "\(acks(file).suffix(5))")
    }
  }

  /// The ordinals that each commit has made durable, by split.
  private func committed(_ events: RunEvents) throws -> [[String: Int]] {
    try events.all.filter { $0.name == "commit_finished" }.map { event in
      let json = try #require(try JSONSerialization.jsonObject(with: Data(event.text.utf8)) as? [String: Any])
      let ordinals = try #require(json["ordinals"] as? [String: String])
      return ordinals.filter { $0.key != "@run" }.compactMapValues { Int($0) }
    }
  }

  @Test(arguments: ["in_process", "worker"])
  func onlyWhatWasCommittedIsAcknowledgedAndAllOfIt(_ isolation: String) throws {
    let parts = 1...3
    let part = Array(repeating: "ok", count: 10)
    let read = parts.flatMap { part + ["ok until=FOLDER/go-\($0)"] }
    let (project, file) = try project("acked-\(isolation.prefix(2))", isolation, ack: [], read: read)
    let path = project.newEvents()
    let process = try project.start(events: path, options: options(project))
    var events = RunEvents(path: path)
    // However slow commits are, there is one for each part, and one for what follows.
    for part in parts {
      try process.wait("no commit \(part)") {
        events.read()
        return events.count("commit_finished") >= part
      }
      try project.letGo("go-\(part)")
    }
    let summary = try HeadraceSummary(process)
    #expect(summary.isSuccess, "\(summary)")
    events.read()
    let commits = try committed(events)
    let made = acks(file)
    #expect(commits.count > 3 && !made.isEmpty)
    for ack in made { #expect(commits.contains { $0[ack.split] == ack.ordinal }, "\(ack)") }
    // At most once for a commit, in order, and the last one is of the end.
    for split in ["0", "1"] {
      let own = made.filter { $0.split == split }
      #expect(own.map(\.ordinal) == own.map(\.ordinal).sorted() && own.count <= commits.count)
    }
    expectEnds(in: file)
    #expect(events.count("ack_failed") == 0)
  }

  /// The source is being told when the process is killed: nothing was noted, and the next run says it before it goes on.
  @Test(arguments: ["in_process", "worker"])
  func whatAKilledRunHasCommittedIsAcknowledgedByTheNext(_ isolation: String) throws {
    let name = "killed-\(isolation.prefix(2))"
    let read = Array(repeating: "ok", count: 20) + ["ok wait forever"]
    let (project, file) = try project(name, isolation, ack: ["ok wait forever"], read: read)
    let path = project.newEvents()
    let process = try project.start(events: path, options: options(project))
    var events = RunEvents(path: path)
    try process.wait("nothing was committed") {
      events.read()
      return events.count("commit_finished") > 0
    }
    process.signal(SIGKILL)
    _ = try process.wait()
    events.read()
    #expect(acks(file).isEmpty)
    let before = try #require(try committed(events).last)
    try project.write("\(name).yaml", text(name, file, ack: [], read: []))
    let next = try HeadraceSummary(try project.start(options: options(project)))
    #expect(next.isSuccess, "\(next)")
    let first = Dictionary(acks(file).map { ($0.split, $0.ordinal) }) { first, _ in first }
    // A commit that was made as the kill came may not have been told.
    for (split, ordinal) in before { #expect(try #require(first[split]) >= ordinal) }
    expectEnds(in: file)
    #expect(try LakeOracle().distinct(project.home, "bronze.numbers", "id") == Self.rows)
  }

  /// Told, and nothing more; a crash is one of the plugin's worker. No breaker opens that reading waits for.
  @Test(arguments: [
    ("in_process", "fatal message=no"), ("worker", "ok die=segv"), ("in_process", "transient message=no"),
    ("in_process", "ok hang"), ("worker", "ok hang"),
  ])
  func aSourceThatFailsAtItLosesNothing(_ isolation: String, _ step: String) throws {
    let name = "failing-\(step.filter(\.isLetter))-\(isolation.prefix(2))"
    // What hangs is over after three seconds, in which any other call is: the start of a worker, too.
    let deadline = step.contains("hang") ? "3s" : "10m"
    let (project, _) = try project(
      name, isolation, ack: [step + " forever"], read: ["ok sleep_ms=10 forever"], deadline: deadline)
    let path = project.newEvents()
    let summary = try HeadraceSummary(try project.start(events: path, options: options(project)))
    #expect(summary.isSuccess && summary.rowsWritten == Self.rows, "\(summary)")
    var events = RunEvents(path: path)
    events.read()
    #expect(events.count("ack_failed") > 0 && events.count("level") == 0)
    #expect(!events.all.contains { $0.name == "breaker" && !$0.text.contains("scripted (ack)") })
    #expect(try LakeOracle().distinct(project.home, "bronze.numbers", "id") == Self.rows)
  }

  /// There is no commit after the one whose acknowledgement fails: the run's end is the occasion.
  @Test func whatFailsAtTheLastCommitIsTriedAgainAtTheEnd() throws {
    let (project, file) = try project("mended", "in_process", ack: ["transient message=no"], read: [], every: "10m")
    let path = project.newEvents()
    let summary = try HeadraceSummary(try project.start(events: path, options: options(project)))
    #expect(summary.isSuccess, "\(summary)")
    var events = RunEvents(path: path)
    events.read()
    #expect(events.count("commit_finished") == 1 && events.count("ack_failed") == 1)
    #expect(Set(acks(file)) == Set(["0", "1"].map { Ack(split: $0, ordinal: Self.rows / 100, isComplete: true) }))
  }

  /// A call that may take ten minutes, and does not end when it is asked to, is left behind.
  @Test(arguments: ["in_process", "worker"])
  func aStopDoesNotWaitForASourceThatHangsAtIt(_ isolation: String) throws {
    let name = "hanging-\(isolation.prefix(2))"
    let (project, file) = try project(
      name, isolation, ack: ["ok hang forever"],
      read: ["ok sleep_ms=200 until=FOLDER/never from_row=\(Self.rows / 4) forever"])
    let path = project.newEvents()
    let process = try project.start(events: path, options: options(project))
    var events = RunEvents(path: path)
    try process.wait("nothing was committed") {
      events.read()
      return events.count("commit_finished") > 1
    }
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
    events.read()
    #expect(events.count("ack_failed") == 1 && acks(file).isEmpty)
    try project.write("\(name).yaml", text(name, file, ack: [], read: []))
    let next = try HeadraceSummary(try project.start(options: options(project)))
    #expect(next.isSuccess, "\(next)")
    expectEnds(in: file)
    #expect(try LakeOracle().distinct(project.home, "bronze.numbers", "id") == Self.rows)
  }
}
