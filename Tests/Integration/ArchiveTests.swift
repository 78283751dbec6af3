import Foundation
import TestSupport
import Testing

/// What `plugin new`, `plugin pack` and `plugin install` leave behind: on a full disk, when they are killed, and of archives that
/// are none.
@Suite struct ArchiveTests {
  private func tool(_ line: String, in folder: String) throws {
    let process = try HeadraceProcess(
      "/bin/bash", ["-c", line], in: folder, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    #expect(try process.wait() == .exited(0), "\(line): \(process.output)\(process.errors)")
  }

  private func names(_ folder: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder))
  }

  /// Runs a body with a disk of so many bytes at `small`; not at all where the user may not mount one.
  private func withDisk(_ shop: InstallTests.Shop, bytes: Int, _ body: (String) throws -> Void) throws {
    let disk = shop.project.folder + "/small"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    guard mount("tmpfs", disk, "tmpfs", 0, "size=\(bytes)") == 0 else {
      print("skipped: this user may not mount a tmpfs, so there is no disk to fill")
      return
    }
    defer { umount2(disk, Int32(MNT_DETACH)) }
    try body(disk)
  }

  /// The library of the zoo is larger than the first two of these disks; the third has room for it, and none for an archive.
  @Test(arguments: [64 << 10, 256 << 10, 600 << 10])
  func aDiskThatIsTooSmallForAnArchiveIsLeftAsItWas(bytes: Int) throws {
    let shop = try InstallTests.Shop()
    try withDisk(shop, bytes: bytes) { disk in
      let said = try shop.say(["plugin", "pack", "made/zoo.yaml", "--to", "small/shop.tar.gz"], exit: 3)
      #expect(said.contains("small/shop.tar.gz: the archive is not written: "), "\(said)")
      #expect(said.contains("No space left on device; free some space"), "\(said)")
      #expect(try names(disk).isEmpty)
      #expect(mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=8m") == 0)
      _ = try shop.say(["plugin", "pack", "made/zoo.yaml", "--to", "small/shop.tar.gz"])
      #expect(try names(disk) == ["shop.tar.gz"])
    }
  }

  /// From the manifest and from an archive, which is unpacked on the disk that it lies on.
  @Test func aDiskThatIsTooSmallForAPluginKeepsTheOneThatIsThere() throws {
    let shop = try InstallTests.Shop()
    _ = try shop.say(["plugin", "pack", "made/zoo.yaml", "--to", "shop.tar.gz"])
    try withDisk(shop, bytes: 1 << 20) { disk in
      let into = ["--into", "small/plugins.d"]
      _ = try shop.say(["plugin", "install", "made/zoo.yaml"] + into)
      let before = try shop.contents(disk)
      try shop.make(2)
      let said = try shop.say(["plugin", "install", "made/zoo.yaml"] + into, exit: 3)
      #expect(said.contains("small/plugins.d: the plugin is not installed: "), "\(said)")
      #expect(said.contains("No space left on device; free some space"), "\(said)")
      #expect(try shop.contents(disk) == before)
      try tool("cp shop.tar.gz small/", in: shop.project.folder)
      let unpacked = try shop.say(["plugin", "install", "small/shop.tar.gz"], exit: 3)
      #expect(unpacked.contains("small/shop.tar.gz: cannot be unpacked: tar: No space left on device"), "\(unpacked)")
      #expect(try names(disk) == ["plugins.d", "shop.tar.gz"])
      #expect(mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=8m") == 0)
      _ = try shop.say(["plugin", "install", "made/zoo.yaml"] + into)
      #expect(try shop.contents(disk + "/plugins.d") != before)
    }
  }

  /// Kills each command where it has begun, and lets another of its kind come an hour later.
  @Test func whatAKilledCommandLeavesIsRemovedByTheNext() throws {
    let shop = try InstallTests.Shop()
    let points = try CrashPoints(in: shop.project.folder)
    _ = try shop.say(["plugin", "pack", "made/zoo.yaml", "--to", "good.tar.gz"])
    let commands = [
      ["plugin", "pack", "made/zoo.yaml", "--to", "a.tar.gz"], ["plugin", "install", "good.tar.gz"],
      ["plugin", "new", "my-shop", "--kind", "source", "--lang", "c"],
    ]
    let before = try names(shop.project.folder)
    func left() throws -> [String] { try names(shop.project.folder).filter { $0.hasSuffix(".headrace-partial") } }
    for command in commands {
      var number = 0
      while try left().isEmpty {
        number += 1
        let killed = try shop.project.start(command, environment: points.environment(number, .before), output: "text")
        let end = try killed.wait()
        guard end == .killed(signal: SIGKILL) else { throw HeadraceProcess.Stuck(description: "\(command): \(end)") }
      }
      // Another that comes at once leaves it alone.
      _ = try shop.say(commands[0])
      #expect(try left().count == 1, "\(command)")
      for name in try left() { try tool("touch -d '1 hour ago' '\(name)'", in: shop.project.folder) }
      _ = try shop.say(commands[0])
      #expect(try left().isEmpty, "\(command)")
    }
    #expect(try names(shop.project.folder).subtracting(before).isSubset(of: ["a.tar.gz", "plugins.d", ".headrace"]))
  }

  @Test func anArchiveOfLinksOrOfMoreThanAPluginIsRefusedUnopened() throws {
    let shop = try InstallTests.Shop()
    let folder = shop.project.folder
    try shop.project.write("secret", "hunter2: [\n")
    let cases = [
      ("ln -s ../secret zoo.yaml", "zoo.yaml -> ../secret"), ("mkfifo zoo.yaml", "zoo.yaml"),
      ("echo manifest: 1 > zoo.yaml; mkfifo zoo.yaml.sig", "zoo.yaml.sig"),
      ("ln -s /etc/shadow zoo.yaml.check.json; echo manifest: 1 > zoo.yaml", "zoo.yaml.check.json -> /etc/shadow"),
    ]
    for (index, (make, told)) in cases.enumerated() {
      try tool(
        "mkdir bad-\(index) && cd bad-\(index) && \(make) && cp ../made/libshop.so . && tar -czf ../bad.tar.gz *",
        in: folder)
      let said = try shop.install("bad.tar.gz", exit: 2)
      #expect(said.contains("bad.tar.gz: is no archive of a plugin: ") && said.contains(told), "\(said)")
      #expect(!said.contains("hunter2"), "\(said)")
    }
    // A few kilobytes that would become two gigabytes.
    try tool(
      "mkdir large && cd large && truncate -s 2G libshop.so && cp ../made/zoo.yaml . && tar -czSf ../large.tar.gz *",
      in: folder)
    let large = try shop.install("large.tar.gz", exit: 2)
    #expect(large.contains("libshop.so has 2147483648 bytes, and a library may have 1073741824"), "\(large)")
    try tool("head -c 2000 bad.tar.gz > half.tar.gz", in: folder)
    let half = try shop.install("half.tar.gz", exit: 2)
    #expect(half.contains("half.tar.gz: cannot be unpacked: tar: ") && half.contains("and whole?"), "\(half)")
    #expect(try names(folder).filter { $0.hasSuffix(".headrace-partial") }.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: shop.installed))
  }
}
