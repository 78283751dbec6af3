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
    let ended = try signalled(project, signal)
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

  /// How a run ended that was told to stop when it had closed its first file. A machine may be so busy that it has come to its
  /// end by the time it is told.
  private func signalled(_ project: HeadraceProject, _ signal: Int32) throws -> HeadraceSummary {
    let reference = project.home
    for attempt in 1...20 {
      project.home = "\(reference)-signalled-\(attempt)"
      var run = try FollowedRun(project)
      run.wait(for: "file_closed")
      run.process.signal(signal)
      let ended = try HeadraceSummary(run.process)
      guard try ended.isSuccess || project.state().isFinished else { return ended }
    }
    throw HeadraceProcess.Stuck(description: "no run was told to stop before its end")
  }

  @Test func aFullDiskLosesNothingAndTheNextRunGoesOn() throws {
    let project = try ExactlyOnceFixture.csv(files: 40, rows: 1500, seed: 18)
    let oracle = try LakeOracle()
    try #require(try project.run().isSuccess)
    let reference = project.home
    let expected = try oracle.contents(reference, ExactlyOnceFixture.tables)
    let whole = try Self.bytes(of: reference)
    var size = whole - (try Self.bytes(of: reference + "/lake")) / 2
    project.home = project.folder + "/small"
    try FileManager.default.createDirectory(atPath: project.home, withIntermediateDirectories: true)
    func mount(_ options: String) throws -> Bool {
      try Self.tool("mount", ["-t", "tmpfs", "-o", options, "tmpfs", project.home], project)
    }
    guard try mount("size=\(size)") else {
      print("skipped: this user may not mount a tmpfs, so there is no disk to fill")
      return
    }
    defer { _ = try? Self.tool("umount", ["-l", project.home], project) }
    var full = try project.run()
    // How much a run writes besides its rows depends on how many commits it makes: the reference may have made more of them.
    while full.isSuccess, size > 100_000 {
      size /= 2
      _ = try Self.tool("umount", ["-l", project.home], project)
      try #require(try mount("size=\(size)"))
      full = try project.run()
    }
    print("full disk: \(full)")
    #expect(full.end == .exited(3) || full.end == .exited(1), "\(full)")
    #expect(full.errors.contains("space") && full.errors.contains("run again"), "\(full)")
    try #require(try mount("remount,size=\(whole * 4)"))
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
