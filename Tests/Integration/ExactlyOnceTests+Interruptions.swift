import Foundation
import TestSupport
import Testing

extension ExactlyOnceTests {
  @Test(arguments: [(SIGTERM, Int32(143)), (SIGINT, Int32(130))])
  func aSignalCommitsWhatIsCompleteAndTheNextRunGoesOn(signal: Int32, code: Int32) throws {
    let project = try ExactlyOnceFixture.csv(files: 40, rows: 1500, seed: 17)
    let oracle = try LakeOracle()
    try #require(try project.run().isSuccess)
    let reference = project.home
    let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
    project.home += "-signalled"
    var run = try FollowedRun(project)
    run.wait(for: "file_closed")
    let process = run.process
    process.signal(signal)
    let ended = try HeadraceSummary(process)
    #expect(ended.end == .exited(code) && ended.status == "interrupted", "\(ended)")
    let state = try project.state()
    #expect(!state.isFinished && ended.rowsWritten > 0, "\(ended)")
    let counts = try oracle.counts(project.home, ExactlyOnceFixture.tables)
    #expect(counts[0] == ended.rowsWritten && counts[1] == ended.rowsDead)
    #expect(counts[0] + counts[1] == state.total)
    let next = try project.run()
    #expect(next.isSuccess && next.rowsWritten == expected[0].rows - ended.rowsWritten, "\(next)")
    try compare(project, reference, expected, oracle, "signal \(signal)")
  }

  @Test func aFullDiskLosesNothingAndTheNextRunGoesOn() throws {
    let project = try ExactlyOnceFixture.csv(files: 40, rows: 1500, seed: 18)
    let oracle = try LakeOracle()
    try #require(try project.run().isSuccess)
    let reference = project.home
    let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
    let whole = try Self.bytes(of: reference)
    let lake = try Self.bytes(of: reference + "/lake")
    project.home = project.folder + "/small"
    try FileManager.default.createDirectory(atPath: project.home, withIntermediateDirectories: true)
    let mount = ["-t", "tmpfs", "-o", "size=\(whole - lake / 2)", "tmpfs", project.home]
    guard try Self.tool("mount", mount, project) else {
      print("skipped: this user may not mount a tmpfs, so there is no disk to fill")
      return
    }
    defer { _ = try? Self.tool("umount", ["-l", project.home], project) }
    let full = try project.run()
    print("full disk: \(full)")
    #expect(full.end == .exited(3) || full.end == .exited(1), "\(full)")
    #expect(full.errors.contains("space") && full.errors.contains("run again"), "\(full)")
    _ = try Self.tool("mount", ["-o", "remount,size=\(whole * 4)", project.home], project)
    let next = try project.run()
    #expect(next.isSuccess, "\(next)")
    try compare(project, reference, expected, oracle, "full disk")
  }

  private static func tool(_ name: String, _ arguments: [String], _ project: HeadraceProject) throws -> Bool {
    let process = try HeadraceProcess(
      "/usr/bin/env", [name] + arguments, in: project.folder, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    return try process.wait() == .exited(0)
  }

  private static func bytes(of folder: String) throws -> Int {
    var sum = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
      // A tmpfs keeps whole pages.
      sum += ((attributes[.size] as? Int ?? 0) + 4095) / 4096 * 4096
    }
    return sum
  }
}
