import Foundation
import TestSupport
import Testing

/// Plugins that take another's place in a running pipeline and fail at their first batch.
@Suite struct SwapTrialTests {
  private static let batchRows = 200
  private static let slow = "read: [\"ok sleep_ms=20 forever\"]"

  /// How a step of the script fails, for each function that does a batch.
  struct Misbehaviour: Sendable, CustomTestStringConvertible {
    var function: String
    var step: String

    /// The source keeps its pace: only one of a list's steps can be the first.
    var script: String {
      function == "read" ? "read: [\"\(step) forever\"]" : "\(SwapTrialTests.slow), \(function): [\"\(step) forever\"]"
    }

    var testDescription: String { "\(function): \(step)" }

    static let all =
      ["read", "apply", "inspect"].flatMap { function in
        ["ok die=segv", "ok die=exit", "ok hang", "fatal message=broken"].map { Self(function: function, step: $0) }
      } + [
        Self(function: "read", step: "ok malform=offset"),
        Self(function: "apply", step: "ok rejects=1 malform=reject_size"),
        // A row that the batch does not have.
        Self(function: "apply", step: "ok rejects=1 malform=reject_row"),
        Self(function: "inspect", step: "ok findings=2 struct_size=8"),
        Self(function: "read", step: "transient message=reset"),
        // What a detector has learnt is asked for when its first batch is done.
        Self(function: "save", step: "fatal message=broken"), Self(function: "save", step: "ok die=segv"),
      ]
  }

  /// The scripted plugin as source, transform and detector. What a manifest says is what its next instances do.
  private func project(_ name: String, isolation: String) throws -> HeadraceProject {
    let project = try HeadraceProject(name, Self.pipeline(name, rows: HeadraceProject.endlessRows))
    try FileManager.default.createDirectory(atPath: project.folder + "/manifests", withIntermediateDirectories: true)
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    let library = project.folder + "/manifests/libtried.so"
    try FileManager.default.copyItem(atPath: built + "/libheadrace-scripted.so", toPath: library)
    try project.letIn(library)
    try write(project, isolation, Self.slow)
    return project
  }

  /// A call that hangs is over after three seconds, in which any other call is: the start of a worker, too.
  private static func pipeline(_ name: String, rows: Int) -> String {
    """
    version: 1
    pipeline: \(name)
    source: {plugin: scripted, config: {rows: \(rows), batch_rows: \(batchRows)}}
    transforms:
      - {plugin: scripted}
    detectors:
      - {plugin: scripted}
    destination: {table: "bronze.{stream.name}", write: replace, commit: {every: 200ms}}
    policy: {deadlines: {db_query: 3s, api_call: 3s}}
    """
  }

  private func write(_ project: HeadraceProject, _ isolation: String, _ script: String) throws {
    try project.write(
      "manifests/scripted.yaml",
      """
      manifest: 1
      name: scripted
      version: 1.0.0
      kinds: [source, transform, detector]
      library: libtried.so
      isolation: \(isolation)
      config: {script: {\(script)}}

      """)
  }

  private func start(_ project: HeadraceProject) throws -> (HeadraceProcess, RunEvents) {
    let path = project.newEvents()
    let process = try project.start(events: path, options: ["--plugins", project.folder + "/manifests"])
    var events = RunEvents(path: path)
    try process.wait("nothing was written") {
      events.read()
      return events.count("file_closed") > 0
    }
    return (process, events)
  }

  private func goesOn(_ process: HeadraceProcess, _ events: inout RunEvents) throws {
    let before = events.count("commit_finished")
    try process.wait("the old one does not go on") {
      events.read()
      return events.count("commit_finished") > before + 2
    }
  }

  /// All rows, once each, after a run that goes on with a plugin that works.
  private func expectAllRows(_ project: HeadraceProject, _ isolation: String) throws {
    let rows = try project.rowsToEnd(batchRows: Self.batchRows)
    try project.write("\(project.pipeline).yaml", Self.pipeline(project.pipeline, rows: rows))
    try write(project, isolation, "")
    let next = try HeadraceSummary(try project.start(options: ["--plugins", project.folder + "/manifests"]))
    #expect(next.isSuccess, "\(next)")
    let oracle = try LakeOracle()
    #expect(try oracle.counts(project.home, ["bronze.numbers"]) == [rows])
    #expect(try oracle.distinct(project.home, "bronze.numbers", "id") == rows)
  }

  @Test(arguments: ["in_process", "worker"])
  func whateverFailsAtTheFirstBatchIsTakenBack(_ isolation: String) throws {
    let project = try project("tried-\(isolation.prefix(2))", isolation: isolation)
    var (process, events) = try start(project)
    for (index, misbehaviour) in Misbehaviour.all.enumerated() {
      try write(project, isolation, misbehaviour.script)
      process.signal(SIGHUP)
      try process.wait("\(misbehaviour.testDescription) was not taken back") {
        events.read()
        return events.count("plugin_taken_back") > index
      }
      try goesOn(process, &events)
      #expect(events.count("plugin_taken_back") == index + 1, "\(misbehaviour.testDescription)")
    }
    #expect(events.count("run_failing") == 0)
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
    try expectAllRows(project, isolation)
  }

  /// Nor is what was refused: only another manifest or library is tried.
  @Test func whatWasTakenBackIsNotOfferedAgain() throws {
    let project = try project("again", isolation: "in_process")
    var (process, events) = try start(project)
    func reload(_ script: String?, until event: String) throws {
      let before = events.count(event)
      if let script { try write(project, "in_process", script) }
      process.signal(SIGHUP)
      try process.wait("no \(event)") {
        events.read()
        return events.count(event) > before
      }
    }
    try reload("\(Self.slow), apply: [\"fatal message=broken forever\"]", until: "plugin_taken_back")
    let replaced = events.count("plugin_replaced")
    for _ in 0..<5 {
      try reload(nil, until: "policy_reloaded")
      try goesOn(process, &events)
    }
    #expect(events.count("plugin_taken_back") == 1 && events.count("plugin_replaced") == replaced)
    // A configuration that the plugin's schema does not allow.
    try reload("\(Self.slow)}, rows: many, more: {", until: "plugin_refused")
    try goesOn(process, &events)
    let refused = events.count("plugin_refused")
    for _ in 0..<3 { try reload(nil, until: "policy_reloaded") }
    #expect(events.count("plugin_refused") == refused)
    try reload("\(Self.slow), apply: [\"ok\"]", until: "plugin_replaced")
    try goesOn(process, &events)
    #expect(events.count("plugin_taken_back") == 1)
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
    try expectAllRows(project, "in_process")
  }
}
