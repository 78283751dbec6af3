import Foundation
import HostModel
import HostSystem
import TestSupport
import Testing

/// Private copies of libraries in `HOME/plugins`, through the real program.
@Suite struct LibraryCopyTests {
  private let project: HeadraceProject

  init() throws {
    project = try HeadraceProject("copies", "version: 1\n")
    chmod(project.folder, 0o755)
  }

  /// Checks a build of its own; each is another library.
  private func check(_ number: Int) throws -> HeadraceProcess {
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    let folder = "\(project.folder)/build-\(number)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: built + "/libheadrace-test-zoo.so"))
    try (bytes + Data("build \(number)".utf8)).write(to: URL(fileURLWithPath: folder + "/libzoo.so"))
    try project.write(
      "build-\(number)/zoo.yaml", "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: libzoo.so\n")
    return try project.start(
      ["plugin", "check", "build-\(number)/zoo.yaml", "--only", "SRC-1,SRC-2,SRC-3,SRC-4"], output: "text")
  }

  private var copies: [String] {
    let found = try? FileManager.default.contentsOfDirectory(atPath: project.home + "/plugins")
    return (found ?? []).sorted().map { project.home + "/plugins/" + $0 }
  }

  private func age(_ copy: String) {
    let times = [timespec](repeating: timespec(tv_sec: time(nil) - 7 * 86_400, tv_nsec: 0), count: 2)
    #expect(utimensat(AT_FDCWD, copy + "/.lock", times, 0) == 0)
  }

  @Test func aCopyStaysForTheCommandThatRunsAndGoesAfterwards() throws {
    let running = try check(1)
    try running.wait("the copy") {
      copies.first.map { FileManager.default.fileExists(atPath: $0 + "/libzoo.so") } == true
    }
    running.signal(SIGSTOP)
    let copy = try #require(copies.first)
    age(copy)
    #expect(try check(2).wait() == .exited(0))
    #expect(copies.count == 2 && FileManager.default.fileExists(atPath: copy + "/libzoo.so"))
    running.signal(SIGCONT)
    #expect(try running.wait() == .exited(0), "\(running.output)\(running.errors)")
    age(copy)
    #expect(try check(3).wait() == .exited(0))
    #expect(copies.count == 2 && !copies.contains(copy))
  }
}
