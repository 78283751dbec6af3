import Foundation
import TestSupport
import Testing

/// Plugins that are replaced under a running pipeline.
@Suite struct SwapTests {
  private static let batchRows = 200

  /// A source and a transform by script and a detector of the build's, in a folder of the test's own.
  private func project(_ name: String, pause: Int) throws -> HeadraceProject {
    let project = try HeadraceProject(name, Self.pipeline(name, rows: HeadraceProject.endlessRows, pause: pause))
    try FileManager.default.createDirectory(atPath: project.folder + "/manifests", withIntermediateDirectories: true)
    for (plugin, kinds) in [("scripted", "source, transform"), ("statistical", "detector")] {
      try FileManager.default.copyItem(
        atPath: "\(Self.built)/libheadrace-\(plugin).so", toPath: Self.library(project, plugin))
      let manifest =
        try plugin == "scripted"
        ? Self.manifest("scripted", kinds)
        : String(contentsOfFile: "\(HeadraceInstallation.manifests)/\(plugin).yaml", encoding: .utf8)
          .replacingOccurrences(of: "libheadrace-", with: "libswapped-")
      try project.write("manifests/\(plugin).yaml", manifest)
      try project.letIn(Self.library(project, plugin))
    }
    return project
  }

  /// Under a name that the build's list of hashes does not have.
  private static func library(_ project: HeadraceProject, _ plugin: String) -> String {
    "\(project.folder)/manifests/libswapped-\(plugin).so"
  }

  private static let built =
    (try? HeadraceInstallation.binary()).map { ($0 as NSString).deletingLastPathComponent } ?? ""

  private static func manifest(_ name: String, _ kinds: String) -> String {
    """
    manifest: 1
    name: \(name)
    version: 1.0.0
    kinds: [\(kinds)]
    library: libswapped-\(name).so
    isolation: in_process

    """
  }

  private static func pipeline(_ name: String, rows: Int, pause: Int) -> String {
    """
    version: 1
    pipeline: \(name)
    source: {plugin: scripted, config: {rows: \(rows), batch_rows: \(batchRows), script: {read: ["ok sleep_ms=\(pause) forever"]}}}
    transforms:
      - {plugin: scripted}
    detectors:
      - {plugin: statistical, config: {columns: [id]}}
    destination: {table: "bronze.{stream.name}", write: replace, commit: {every: 200ms}}
    """
  }

  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    var events = RunEvents(path: path)
    try process.wait("nothing was read") {
      events.read()
      return events.count("split_opened") > 0
    }
    return (process, events)
  }

  /// Another build of a library: the same code with another hash, put in the place of the old one in one step.
  private func rebuild(_ project: HeadraceProject, _ plugin: String, _ number: Int, isBroken: Bool = false) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.built)/libheadrace-\(plugin).so"))
    // Most of the file is for debuggers: of its head alone there are no segments.
    if isBroken { bytes = bytes.prefix(4096) }
    bytes.append(Data("build \(number)".utf8))
    // Before it is there: a run that goes on may read the folder at any time.
    let made = project.folder + "/made.so"
    try bytes.write(to: URL(fileURLWithPath: made))
    try project.letIn(made)
    try bytes.write(to: URL(fileURLWithPath: Self.library(project, plugin)), options: .atomic)
  }

  /// Two hundred times, of each kind by turns, one in ten of them broken: no row is lost or doubled.
  @Test func twoHundredSwapsUnderLoadLoseNothing() throws {
    let swaps = 200
    let project = try project("swapped", pause: 30)
    var (process, events) = try start(project)
    var counts = (replaced: 0, refused: 0)
    let began = Date()
    for number in 1...swaps {
      let plugin = ["scripted", "statistical"][number % 2]
      let isBroken = number % 10 == 0
      try rebuild(project, plugin, number, isBroken: isBroken)
      process.signal(SIGHUP)
      try process.wait("swap \(number) of \(plugin), broken: \(isBroken)") {
        events.read()
        let now = (replaced: events.count("plugin_replaced"), refused: events.count("plugin_refused"))
        return isBroken ? now.refused > counts.refused : now.replaced > counts.replaced
      }
      counts = (events.count("plugin_replaced"), events.count("plugin_refused"))
      // What is broken is refused at every reading until it is mended.
      if isBroken { try rebuild(project, plugin, number + swaps) }
    }
    print(
      "swaps: in \(Int(Date().timeIntervalSince(began))) s \(counts.replaced) took over, \(counts.refused) refusals, \(events.count("plugin_taken_back")) taken back"
    )
    #expect(counts.replaced >= swaps * 9 / 10 && counts.refused >= swaps / 10)
    #expect(events.count("plugin_taken_back") == 0)
    process.signal(SIGTERM)
    let stopped = try HeadraceSummary(process)
    #expect(stopped.end == .exited(143), "\(stopped)")
    let rows = try project.rowsToEnd(batchRows: Self.batchRows)
    try project.write("swapped.yaml", Self.pipeline("swapped", rows: rows, pause: 0))
    let next = try HeadraceSummary(try project.start(options: ["--plugins", project.folder + "/manifests"]))
    #expect(next.isSuccess, "\(next)")
    let oracle = try LakeOracle()
    #expect(try oracle.counts(project.home, ["bronze.numbers"]) == [rows])
    #expect(try oracle.distinct(project.home, "bronze.numbers", "id") == rows)
  }

  /// A format needs libraries that a stranger's may not see, so each build of it is signed by a key that is trusted.
  @Test func aFormatIsReplacedAfterACommit() throws {
    let project = try project("formats", pause: 30)
    func say(_ arguments: [String]) throws {
      let process = try project.start(arguments + ["--plugins", project.folder + "/manifests"], output: "text")
      #expect(try process.wait() == .exited(0), "\(arguments): \(process.output)\(process.errors)")
    }
    let manifest = try String(contentsOfFile: "\(HeadraceInstallation.manifests)/parquet.yaml", encoding: .utf8)
    try project.write("manifests/parquet.yaml", manifest.replacingOccurrences(of: "libheadrace-", with: "libswapped-"))
    let key = project.folder + "/key"
    try say(["plugin", "keygen", key])
    try say(["plugin", "trust", "add", key + ".pub"])
    try rebuild(project, "parquet", 0)
    try say(["plugin", "sign", "parquet", "--key", key])
    var (process, events) = try start(project)
    for number in 1...5 {
      try rebuild(project, "parquet", number)
      try say(["plugin", "sign", "parquet", "--key", key])
      process.signal(SIGHUP)
      try process.wait("swap \(number)") {
        events.read()
        return events.count("plugin_replaced") >= number
      }
      let before = events.count("file_closed")
      try process.wait("files of build \(number)") {
        events.read()
        return events.count("file_closed") > before + 2
      }
    }
    #expect(events.count("plugin_taken_back") == 0)
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
    let rows = try project.rowsToEnd(batchRows: Self.batchRows)
    try project.write("formats.yaml", Self.pipeline("formats", rows: rows, pause: 0))
    let next = try HeadraceSummary(try project.start(options: ["--plugins", project.folder + "/manifests"]))
    #expect(next.isSuccess, "\(next)")
    #expect(try LakeOracle().distinct(project.home, "bronze.numbers", "id") == rows)
  }

  /// A library that loads, takes its configuration and fails at its first use: the one before goes on.
  @Test func whatFailsAtItsFirstUseIsTakenBack() throws {
    let project = try project("back", pause: 30)
    var (process, events) = try start(project)
    // By its manifest every later instance of the plugin cannot be bound.
    try project.write(
      "manifests/scripted.yaml",
      Self.manifest("scripted", "source, transform")
        + "config: {script: {bind: [\"invalid_config message=no forever\"]}}\n")
    process.signal(SIGHUP)
    try process.wait("it was not taken back") {
      events.read()
      return events.count("plugin_taken_back") > 0
    }
    let before = events.count("file_closed")
    try process.wait("the old one does not go on") {
      events.read()
      return events.count("file_closed") > before + 3
    }
    #expect(events.all.contains { $0.name == "plugin_taken_back" && $0.text.contains("no") })
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
  }

  /// A worker of the old library ends, and its successor goes on: no process is left behind.
  @Test func workersOfAnOldLibraryEnd() throws {
    let project = try project("workers", pause: 30)
    try project.write(
      "manifests/scripted.yaml",
      Self.manifest("scripted", "source, transform").replacingOccurrences(of: "in_process", with: "worker"))
    var (process, events) = try start(project)
    var seen: [Int] = []
    for number in 1...12 {
      try rebuild(project, "scripted", number)
      process.signal(SIGHUP)
      try process.wait("swap \(number)") {
        events.read()
        return events.count("plugin_replaced") >= number
      }
      // The old ones end when the lanes have changed over.
      try process.wait("the workers of the old library") { Footprint(process.pid).children <= 8 }
      seen.append(Footprint(process.pid).children)
    }
    print("swaps in workers: children after each \(seen)")
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
  }
}
