import Foundation
import TestSupport
import Testing

/// Plugins in worker processes, through the real program: the same results as in the host's own process, and nothing but the
/// worker is lost when one dies.
@Suite struct WorkerTests {
  private static let rows = 5_000

  /// A pipeline through every kind of first-party plugin that works on batches.
  private func project(_ name: String) throws -> HeadraceProject {
    let project = try HeadraceProject(
      name,
      """
      version: 1
      pipeline: \(name)
      source: {plugin: file, config: {path: "data/*.csv", stream: orders}}
      transforms:
        - {plugin: map, config: {rename: {name: title}}}
        - {plugin: sql, config: {query: "SELECT *, amount * 2 AS double FROM input WHERE id % 7 <> 0"}}
      detectors:
        - {plugin: threshold, config: {columns: {amount: {min: 0, max: 900}}}}
        - {plugin: statistical, config: {columns: [amount]}}
      destination: {table: "bronze.{stream.name}", metadata_columns: []}
      on_error: {record: dead_letter, max: 5%}
      """)
    for file in 0..<3 {
      var text = "id,name,amount,at\n"
      for row in 0..<Self.rows {
        let id = file * Self.rows + row
        text += "\(id),\"naïve, \(id)\",\(Double(id % 997) + 0.5),2026-03-0\(1 + id % 9)T10:00:00Z"
        text += id % 911 == 0 ? ",too many\n" : "\n"
      }
      try project.write("data/orders-\(file).csv", text)
    }
    return project
  }

  /// The installed manifests, all of them in one isolation.
  private func install(_ project: HeadraceProject, isolation: String) throws -> [String] {
    let folder = "\(project.folder)/\(isolation)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = HeadraceInstallation.manifests
    for name in try FileManager.default.contentsOfDirectory(atPath: source) where name.hasSuffix(".yaml") {
      var text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
      #expect(text.contains("isolation: in_process"))
      text.replace("isolation: in_process", with: "isolation: \(isolation)")
      try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }
    return ["--plugins", folder]
  }

  @Test func theSameLibrariesGiveTheSameTablesInBothIsolations() throws {
    let project = try project("both")
    let oracle = try LakeOracle()
    let tables = ["bronze.orders", "bronze.orders__dead_letters", "bronze.orders__findings"]
    var found: [[LakeOracle.Contents]] = []
    for isolation in ["in_process", "worker"] {
      try project.newHome()
      let process = try project.start(options: try install(project, isolation: isolation))
      let summary = try HeadraceSummary(process)
      #expect(
        summary.isSuccess && summary.rowsWritten > 0 && summary.rowsDead > 0 && summary.findings > 0, "\(summary)")
      found.append(try oracle.contents(project.home, tables))
    }
    #expect(found[0] == found[1])
    // A worker ends with its host, which takes a moment.
    for _ in 0..<6000 where !Self.workers(of: project).isEmpty { usleep(10_000) }
    #expect(Self.workers(of: project).isEmpty)
  }

  @Test func sqlOverTheLakeHasTheSameAnswerInBothIsolations() throws {
    let project = try project("asked")
    _ = try project.run()
    let sql = """
      SELECT o.*, [o.id, NULL] AS pair, o.amount::DECIMAL(20, 4) AS price, NULL::INTEGER AS nothing,
        DATE '2026-03-01' + CAST(o.id % 9 AS INTEGER) AS day, f.rule
      FROM bronze.orders o LEFT JOIN bronze.orders__findings f ON f."row" = o.id ORDER BY ALL
      """
    var answers: [String] = []
    for isolation in ["in_process", "worker"] {
      let options = try install(project, isolation: isolation)
      let process = try project.start(["lake", "sql", sql] + options)
      let end = try process.wait()
      #expect(end == .exited(0), "\(isolation): \(process.errors)")
      answers.append(process.output)
    }
    #expect(answers[0] == answers[1])
    #expect(answers[0].count { $0.isNewline } > 10_000, "\(answers[0].prefix(1000))")
  }

  /// The command lines of workers that are left: each names its library, which lies in the project's home.
  private static func workers(of project: HeadraceProject) -> [String] {
    Footprint.processes("headrace-worker", on: project.folder)
  }

  /// A scripted source in a worker.
  private func scripted(
    _ name: String, read: String, policy: String = "{}", write: String = "replace"
  ) throws -> (HeadraceProject, [String]) {
    let project = try HeadraceProject(
      name,
      """
      version: 1
      pipeline: \(name)
      source: {plugin: scripted, config: {rows: 200, batch_rows: 10, script: {read: \(read)}}}
      destination: {table: "bronze.{stream.name}", write: \(write)}
      policy: \(policy)
      """)
    let options = try project.installScripted()
    let manifest = project.folder + "/manifests/scripted.yaml"
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    try (text + "isolation: worker\n").write(toFile: manifest, atomically: false, encoding: .utf8)
    return (project, options)
  }

  /// A worker dies after every batch; what the host has of memory, descriptors and children does not grow with them. Batches of
  /// one row and a single commit: a table's snapshots and an open file take memory, too.
  @Test(arguments: ["null_dereference", "abort", "exit_0", "stack_overflow"])
  func twoHundredDeathsLeaveTheHostAsItWas(name: String) throws {
    let project = try HeadraceProject(
      "rounds",
      """
      version: 1
      pipeline: rounds
      source:
        plugin: zoo
        config: {misbehaviour: \(name), at: read, after: 1, every: true, rows: 200, batch_rows: 1}
      destination: {table: bronze.animals, commit: {every: 10m}}
      policy: {breaker: {failure_threshold: 0, failure_rate_threshold: 0%}, retry_budget: {percent_of_calls: 100%}}
      """)
    let manifests = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    try project.write(
      "manifests/zoo.yaml",
      "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source, transform]\nlibrary: libheadrace-test-zoo.so\n")
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", manifests])
    var events = RunEvents(path: path)
    func wait(for deaths: Int) throws {
      try process.wait("not \(deaths) deaths") {
        events.read()
        return events.count("retry") >= deaths
      }
    }
    try wait(for: 20)
    let early = Footprint.least(process.pid)
    try wait(for: 150)
    var late = Footprint.least(process.pid)
    // A worker that is just being replaced is one more; what each death left would stay.
    while !late.isNoMore(than: early) {
      let next = Footprint.least(process.pid)
      guard process.isRunning else { break }
      late = .least([late, next])
    }
    let summary = try HeadraceSummary(process)
    events.read()
    print("rounds: \(name): \(events.count("retry")) deaths; \(early), then \(late)")
    #expect(summary.isSuccess && summary.rowsWritten == 200, "\(summary)")
    #expect(events.count("retry") >= 199)
    #expect(late.isNoMore(than: early))
  }

  @Test(arguments: ["abort", "segv", "exit"])
  func aWorkerThatDiesIsReplacedAndItsBatchIsReadAgain(how: String) throws {
    let (project, options) = try scripted(
      "dies-\(how)", read: #"["ok", "ok", "die=\#(how)"]"#, policy: "{breaker: {failure_threshold: 1000}}")
    let path = project.newEvents()
    let process = try project.start(events: path, options: options)
    let summary = try HeadraceSummary(process)
    #expect(summary.isSuccess && summary.rowsWritten == 200, "\(summary)")
    var events = RunEvents(path: path)
    events.read()
    #expect(events.all.contains { $0.name == "retry" && $0.text.contains("crashed") }, "\(events.all.map(\.text))")
  }
}
