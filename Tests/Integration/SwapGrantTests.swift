import Foundation
import TestSupport
import Testing

/// What a plugin may ask for when it has taken another's place in a running pipeline: what its own manifest grants.
@Suite struct SwapGrantTests {
  private static let slow = "read: [\"ok sleep_ms=20 forever\"]"
  private static let environment = ["FIRST_TOKEN": "first-secret", "SECOND_TOKEN": "second-secret"]

  private func project(_ isolation: String) throws -> HeadraceProject {
    let project = try HeadraceProject(
      "granted-\(isolation.prefix(2))",
      """
      version: 1
      pipeline: granted
      source: {plugin: scripted, config: {rows: \(HeadraceProject.endlessRows), batch_rows: 200}}
      transforms:
        - {plugin: scripted}
      destination: {table: "bronze.{stream.name}", write: replace, commit: {every: 200ms}}
      """)
    try FileManager.default.createDirectory(atPath: project.folder + "/manifests", withIntermediateDirectories: true)
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    let library = project.folder + "/manifests/libgranted.so"
    try FileManager.default.copyItem(atPath: built + "/libheadrace-scripted.so", toPath: library)
    try project.letIn(library)
    return project
  }

  private func write(_ project: HeadraceProject, _ isolation: String, grants variables: String, _ step: String) throws {
    try project.write(
      "manifests/scripted.yaml",
      """
      manifest: 1
      name: scripted
      version: 1.0.0
      kinds: [source, transform]
      library: libgranted.so
      isolation: \(isolation)
      permissions: {env: [\(variables)]}
      config: {script: {\(Self.slow), apply: ["\(step) forever"]}}

      """)
  }

  /// A transform that fails with what it was told about a secret: as a newcomer it is taken back, and the event has the answer.
  @Test(arguments: ["in_process", "worker"])
  func aNewcomerIsGrantedWhatItsOwnManifestSays(_ isolation: String) throws {
    let project = try project(isolation)
    try write(project, isolation, grants: "FIRST_TOKEN, UNSET_TOKEN", "ok")
    let path = project.newEvents()
    let process = try project.start(
      events: path, options: ["--plugins", project.folder + "/manifests"], environment: Self.environment)
    var events = RunEvents(path: path)
    func until(_ event: String, above before: Int = 0) throws {
      try process.wait("no \(event)") {
        events.read()
        return events.count(event) > before
      }
    }
    func answer(to secret: String, granted variables: String) throws -> String {
      let before = events.count("plugin_taken_back")
      try write(project, isolation, grants: variables, "fatal secret=env:\(secret)")
      process.signal(SIGHUP)
      try until("plugin_taken_back", above: before)
      return events.all.last { $0.name == "plugin_taken_back" }?.text ?? ""
    }
    try until("commit_finished")
    // It asks for less than the one before, or for what that had not, or for what nobody can give.
    let less = try answer(to: "FIRST_TOKEN", granted: "SECOND_TOKEN")
    #expect(less.contains("may not read 'env:FIRST_TOKEN'") && less.contains("permissions: env"), "\(less)")
    let more = try answer(to: "SECOND_TOKEN", granted: "SECOND_TOKEN")
    #expect(more.contains("it is '***'") && !more.contains("second-secret"), "\(more)")
    let unset = try answer(to: "UNSET_TOKEN", granted: "UNSET_TOKEN")
    #expect(unset.contains("'env:UNSET_TOKEN' is not set"), "\(unset)")
    // Permissions alone make another plugin of it.
    let replaced = events.count("plugin_replaced")
    try write(project, isolation, grants: "SECOND_TOKEN", "ok")
    process.signal(SIGHUP)
    try until("plugin_replaced", above: replaced)
    try until("commit_finished", above: events.count("commit_finished") + 2)
    #expect(events.count("run_failing") == 0)
    process.signal(SIGTERM)
    #expect(try HeadraceSummary(process).end == .exited(143))
  }
}
