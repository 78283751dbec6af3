import Foundation
import Glibc
import HostModel
import HostPluginRuntime
import HostSystem
import TestSupport
import Testing

/// Files of a plugin that belong together, on a disk that has no room for all of them: the state after is the state
/// before.
@Suite struct FullDiskTests {
  private let files = SystemFiles()

  /// Runs a body with a disk of so many bytes; not at all where the user may not mount one.
  private func withDisk(bytes: Int, _ body: (String) throws -> Void) throws {
    let disk = NSTemporaryDirectory() + "headrace-full-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try files.createDirectory(disk)
    defer { rmdir(disk) }
    guard mount("tmpfs", disk, "tmpfs", 0, "size=\(bytes)") == 0 else {
      print("skipped: this user may not mount a tmpfs, so there is no disk to fill")
      return
    }
    defer { umount2(disk, Int32(MNT_DETACH)) }
    try body(disk)
  }

  private func contents(_ folder: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let isFile = try files.info("\(folder)/\(path)")?.kind == .file
      found[path] = isFile ? try files.read("\(folder)/\(path)", limit: 1 << 24) : []
    }
    return found
  }

  private func failure(_ body: () throws -> Void) -> Failure? {
    do { try body() } catch { return error as? Failure }
    return nil
  }

  @Test(arguments: PluginProject.Language.allCases)
  func aProjectThatDoesNotFitLeavesNothingBehind(_ language: PluginProject.Language) throws {
    let project = try PluginProject(
      name: "my-orders", kind: .source, language: language, kit: HeadraceInstallation.root + "/PluginAPI")
    try withDisk(bytes: 16 << 10) { disk in
      let told = failure { _ = try project.write(to: disk + "/new/my-orders", files) }
      let message = try #require(told).description
      #expect(message.hasPrefix("\(disk)/new/my-orders: the project is not written: "), "\(message)")
      #expect(message.contains("No space left on device; free some space"), "\(message)")
      #expect(told?.kind == .environment && told?.status == .quotaExhausted)
      #expect(try contents(disk).isEmpty)
      #expect(mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=1m") == 0)
      let written = try project.write(to: disk + "/new/my-orders", files)
      #expect(Set(try contents(disk + "/new/my-orders").filter { !$0.value.isEmpty }.keys).isSubset(of: written))
      #expect(try files.list(disk + "/new") == ["my-orders"])
    }
  }

  /// A library that fits and a manifest that does not: neither is replaced.
  @Test func filesThatBelongTogetherAreAllReplacedOrNone() throws {
    try withDisk(bytes: 64 << 10) { disk in
      let (folder, small) = (disk + "/plugins.d", [UInt8](repeating: 1, count: 4000))
      try files.replaceTogether(in: folder, [("lib.so", small), ("p.yaml.sig", small), ("p.yaml", small)])
      let before = try contents(disk)
      let (library, manifest) = ([UInt8](repeating: 2, count: 8000), [UInt8](repeating: 2, count: 60_000))
      let told = failure {
        try files.replaceTogether(in: folder, [("lib.so", library), ("p.yaml", manifest)], removing: "p.yaml.sig")
      }
      #expect(
        told?.description.contains("p.yaml") == true && told?.advice == Failure.freeSpaceAdvice,
        "\(String(describing: told))")
      #expect(try contents(disk) == before)
      try files.replaceTogether(in: folder, [("lib.so", library), ("p.yaml", library)], removing: "p.yaml.sig")
      #expect(try contents(folder) == ["lib.so": library, "p.yaml": library])
      // A folder that the attempt has made goes with it.
      #expect(failure { try files.replaceTogether(in: disk + "/a/b", [("p.yaml", manifest)]) } != nil)
      #expect(try files.list(disk) == ["plugins.d"])
    }
  }

  /// Neither half of a pair of keys stays: it would stand in the way of the next attempt.
  ///
  /// - Parameter pages: how much of the disk is free: for neither of both, or for the secret one alone.
  @Test(arguments: [0, 1]) func aPairOfKeysThatDoesNotFitLeavesNoHalf(pages: Int) throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    try withDisk(bytes: 2 * page) { disk in
      let filling = [UInt8](repeating: 1, count: (2 - pages) * page)
      try files.replaceDurably(disk + "/filling", filling)
      let project = try HeadraceProject("keys", "version: 1\n")
      let refused = try project.start(["plugin", "keygen", disk + "/key"], output: "text")
      #expect(try refused.wait() == .exited(3), "\(refused.output)\(refused.errors)")
      let half = pages == 0 ? "\(disk)/key" : "\(disk)/key.pub"
      #expect(refused.errors.contains("\(half): "), "\(refused.errors)")
      #expect(refused.errors.contains("No space left on device; free some space"), "\(refused.errors)")
      #expect(refused.output.isEmpty)
      #expect(try contents(disk) == ["filling": filling])
      try files.remove(disk + "/filling")
      let made = try project.start(["plugin", "keygen", disk + "/key"], output: "text")
      #expect(try made.wait() == .exited(0), "\(made.errors)")
      #expect(Set(try contents(disk).keys) == ["key", "key.pub"])
    }
  }
}
