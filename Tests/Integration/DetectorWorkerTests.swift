import Foundation
import HostModel
import HostSystem
import TestSupport
import Testing

/// A stranger's detector that learns, through the real program, and whose worker is killed at seeded places: the lake has the
/// findings of a run in which nothing happened.
@Suite struct DetectorWorkerTests {
  /// Twenty batches in a run.
  private static let batches = 20

  private func project(_ places: [String]) throws -> (HeadraceProject, options: [String]) {
    let project = try HeadraceProject(
      "learning",
      """
      version: 1
      pipeline: learning
      source: {plugin: scripted, config: {rows: 200, batch_rows: 10}}
      detectors:
        - {plugin: learns, config: {at: "\(places.joined(separator: " "))", marks: MARKS}}
      destination: {table: bronze.numbers, write: replace, metadata_columns: []}
      policy: {breaker: {failure_threshold: 1000}, retry_budget: {percent_of_calls: 100%}}
      """)
    let options = try project.installScripted()
    let marks = project.folder + "/marks"
    try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
    for folder in [project.folder, marks] { chmod(folder, folder == marks ? 0o777 : 0o755) }
    let pipeline = try String(contentsOfFile: project.folder + "/learning.yaml", encoding: .utf8)
    try project.write("learning.yaml", pipeline.replacing("MARKS", with: marks))
    try project.write(
      "manifests/learns.yaml",
      """
      manifest: 1
      name: learns
      version: 1.0.0
      kinds: [detector]
      library: liblearns.so
      permissions: {write: ["\(marks)"]}

      """)
    try compile(project.folder + "/manifests/liblearns.so")
    return (project, options)
  }

  private func compile(_ library: String) throws {
    let root = HeadraceInstallation.root
    let includes = ["C/include", "C/kit", "Arrow/include"].flatMap { ["-I", "\(root)/PluginAPI/\($0)"] }
    let result = try SystemSpawner().run(
      ProcessRequest(
        executable: "/usr/bin/cc",
        arguments: ["-std=c11", "-D_GNU_SOURCE", "-fPIC", "-shared", "-fvisibility=hidden"] + includes
          + [root + "/Tests/Plugins/Broken/learns.c", "-o", library], environment: ["PATH": "/usr/bin:/bin"]))
    #expect(result.exit == .code(0), "\(String(decoding: result.errorOutput, as: UTF8.self))")
  }

  /// Where the worker dies in two runs over the same rows; the second goes on from what the first has taught.
  private func places(_ seed: UInt64) -> [String] {
    var generator = SeededGenerator(seed: seed)
    var places: [String] = []
    for batch in 0..<2 * Self.batches where Int.random(in: 0..<3, using: &generator) == 0 {
      // No call fails more than twice, which is what the host repeats.
      let kinds = ["before", "learnt", "save", "transient"].shuffled(using: &generator)
      places += kinds.prefix(Int.random(in: 1...2, using: &generator)).map { "\(batch):\($0)" }
    }
    return places + ["\(Self.batches):finish", "\(2 * Self.batches):finish"]
  }

  @Test func killedAtSeededPlacesItFindsTheSame() throws {
    let oracle = try LakeOracle()
    let tables = ["bronze.numbers", "bronze.numbers__findings"]
    func found(_ places: [String]) throws -> (contents: [LakeOracle.Contents], marks: Set<String>) {
      let (project, options) = try project(places)
      for _ in 1...2 {
        let summary = try project.run(options: options)
        guard summary.isSuccess, summary.findings == Self.batches + 1 else {
          throw HeadraceProcess.Stuck(description: "\(summary)")
        }
      }
      let marks = try FileManager.default.contentsOfDirectory(atPath: project.folder + "/marks")
      return (try oracle.contents(project.home, tables), Set(marks.map { $0.replacing("-", with: ":") }))
    }
    let calm = try found([])
    try SimulationSeeds.forEach(2) { seed in
      let places = places(seed)
      let disturbed = try found(places)
      print("detector in a run: seed \(seed): \(disturbed.marks.count) ends of a worker in \(2 * Self.batches) batches")
      guard disturbed.marks == Set(places) else {
        throw HeadraceProcess.Stuck(description: "of \(places) only \(disturbed.marks) happened")
      }
      guard disturbed.contents == calm.contents else {
        throw HeadraceProcess.Stuck(description: "\(disturbed.contents), not \(calm.contents)")
      }
    }
  }
}
