import Foundation
import HostSystem
import TestSupport
import Testing

/// Where `plugin install` puts a plugin, while it is killed, raced and lied to.
@Suite struct InstallTests {
  /// A source of the zoo's that its author has in `made`, and the pipelines in `plugins.d`.
  struct Shop {
    let project: HeadraceProject
    var made: String { project.folder + "/made" }
    var installed: String { project.folder + "/plugins.d" }

    init() throws {
      project = try HeadraceProject(
        "shop",
        """
        version: 1
        pipeline: shop
        source: {plugin: zoo, config: {rows: 500}}
        destination: {table: bronze.animals, write: replace}
        """)
      try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
      chmod(project.folder, 0o755)
      try make(1)
    }

    /// Another build, with another manifest: each of the two goes with its own.
    func make(_ number: Int) throws {
      let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
      let bytes = try Data(contentsOf: URL(fileURLWithPath: built + "/libheadrace-test-zoo.so"))
      try (bytes + Data("build \(number)".utf8)).write(to: URL(fileURLWithPath: made + "/libshop.so"))
      try project.write(
        "made/zoo.yaml",
        "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: libshop.so\ndescription: \"build \(number)\"\n"
      )
    }

    func say(
      _ arguments: [String], exit code: Int32 = 0, environment: [String: String] = [:]
    ) throws -> String {
      let process = try project.start(arguments, environment: environment, output: "text")
      #expect(try process.wait() == .exited(code), "\(arguments): \(process.output)\(process.errors)")
      return process.output + process.errors
    }

    func install(_ what: String = "made/zoo.yaml", exit code: Int32 = 0) throws -> String {
      try say(["plugin", "install", what], exit: code)
    }

    /// What a pipeline makes of what is installed; nil if it can be run.
    func refusal() throws -> String? {
      let process = try project.start(["plan", "shop.yaml", "--plugins", installed], output: "text")
      let end = try process.wait()
      return end == .exited(0) ? nil : "\(end): \(process.output)\(process.errors)"
    }

    func contents(_ folder: String) throws -> [String: Data] {
      var found: [String: Data] = [:]
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        found[path] = FileManager.default.contents(atPath: folder + "/" + path)
      }
      return found
    }
  }

  /// Whoever meets half of it is told what to do, and the next installation is whole.
  @Test func aKillAtAnyOperationLeavesOneVersionOrSaysHowToFinish() throws {
    let shop = try Shop()
    let points = try CrashPoints(in: shop.project.folder)
    _ = try shop.install()
    let old = try shop.contents(shop.installed)
    try shop.make(2)
    // What comes once for a library, its copy and the probe, is done before.
    _ = try shop.install()
    let log = shop.project.folder + "/operations"
    _ = try shop.say(["plugin", "install", "made/zoo.yaml"], environment: points.environment(0, .before, log: log))
    let new = try shop.contents(shop.installed)
    #expect(Set(new.keys) == ["libshop.so", "zoo.yaml"] && Set(old.keys) == Set(new.keys) && old != new)
    let count = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count
    var ends = (old: 0, new: 0, between: 0)
    for number in 1...count {
      try? FileManager.default.removeItem(atPath: shop.installed)
      try FileManager.default.createDirectory(atPath: shop.installed, withIntermediateDirectories: true)
      for (name, bytes) in old { try bytes.write(to: URL(fileURLWithPath: shop.installed + "/" + name)) }
      let killed = try shop.project.start(
        ["plugin", "install", "made/zoo.yaml"], environment: points.environment(number, .before), output: "text")
      #expect(try killed.wait() == .killed(signal: SIGKILL), "operation \(number) of \(count)")
      let visible = try shop.contents(shop.installed).filter { !$0.key.hasPrefix(".incoming") }
      if let told = try shop.refusal() {
        ends.between += 1
        #expect(told.contains("is under way or was interrupted"), "\(number): \(told)")
        #expect(told.contains("finish it with 'headrace plugin install'"), "\(number): \(told)")
      } else if visible == new {
        ends.new += 1
      } else {
        ends.old += 1
        #expect(visible == old, "\(number): \(visible.keys)")
      }
      _ = try shop.install()
      #expect(try shop.contents(shop.installed) == new && shop.refusal() == nil, "\(number)")
    }
    print("kills of an installation: \(count) operations, \(ends)")
    #expect(ends.old > 3 && ends.new > 0 && ends.between > 0)
  }

  /// Of a plugin that was never there, nothing but its manifest may be missing; any other's installation brings it.
  @Test func whoMissesAPluginIsToldThatItsInstallationWasInterrupted() throws {
    let shop = try Shop()
    _ = try shop.install()
    let incoming = shop.installed + "/.incoming"
    try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: shop.installed + "/zoo.yaml", toPath: incoming + "/zoo.yaml")
    try shop.project.write("plugins.d/.incoming/.list", "+ libshop.so\n+ zoo.yaml\n")
    let told = try #require(try shop.refusal())
    #expect(told.hasPrefix("exit 2") && told.contains("there is no plugin 'zoo'"), "\(told)")
    #expect(told.contains("an installation into") && told.contains("was interrupted"), "\(told)")
    let other = shop.project.folder + "/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    try FileManager.default.copyItem(atPath: built + "/libheadrace-test-http.so", toPath: other + "/libhttp.so")
    try shop.project.write(
      "other/http.yaml", "manifest: 1\nname: http\nversion: 1.0.0\nkinds: [llm]\nlibrary: libhttp.so\n")
    #expect(try shop.install("other/http.yaml").contains("an installation that was interrupted is finished"))
    #expect(try shop.refusal() == nil)
    #expect(Set(try shop.contents(shop.installed).keys) == ["libshop.so", "zoo.yaml", "libhttp.so", "http.yaml"])
  }

  /// What says that an installation was interrupted, and that none has left, is not followed out of the folder.
  @Test func aListThatNoInstallationHasLeftIsRefusedWithWhatToDo() throws {
    let shop = try Shop()
    _ = try shop.install()
    let incoming = shop.installed + "/.incoming"
    try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
    try shop.project.write("plugins.d/.incoming/.list", "+ libshop.so\n- ../shop.yaml\n")
    let before = try shop.contents(shop.installed)
    let told = try shop.install(exit: 3)
    #expect(told.contains("no installation has left it; remove /"), "\(told)")
    #expect(told.contains("/plugins.d/.incoming, and install again"), "\(told)")
    #expect(try shop.contents(shop.installed) == before)
    #expect(FileManager.default.fileExists(atPath: shop.project.folder + "/shop.yaml"))
    try FileManager.default.removeItem(atPath: incoming)
    _ = try shop.install()
    #expect(try shop.refusal() == nil)
  }

  @Test func ofManyInstallationsAtOnceEachIsWholeOrIsToldToWait() throws {
    let shop = try Shop()
    let others = try (1...2).map { number in
      try shop.make(number)
      try FileManager.default.copyItem(atPath: shop.made, toPath: "\(shop.project.folder)/made-\(number)")
      return "made-\(number)/zoo.yaml"
    }
    for _ in 1...5 {
      let racing = try (0..<6).map { number in
        try shop.project.start(["plugin", "install", others[number % 2]], output: "text")
      }
      var done = 0
      for process in racing {
        let end = try process.wait()
        if end == .exited(0) { done += 1 } else { #expect(end == .exited(3), "\(process.output)\(process.errors)") }
        if end != .exited(0) {
          #expect(process.errors.contains("plugins.d: another command is changing a plugin there; try again"))
        }
      }
      #expect(try done > 0 && shop.refusal() == nil)
      #expect(Set(try shop.contents(shop.installed).keys) == ["libshop.so", "zoo.yaml"])
    }
  }

  /// Each waits for the other, and adds its signature to what it finds then.
  @Test func ofManySignaturesAtOnceNoneIsLost() throws {
    let shop = try Shop()
    _ = try shop.install()
    let plugins = ["--plugins", shop.installed]
    for number in 1...6 { _ = try shop.say(["plugin", "keygen", "key-\(number)"]) }
    for round in 1...3 {
      try? FileManager.default.removeItem(atPath: shop.installed + "/zoo.yaml.sig")
      let signing = try (1...6).map { number in
        try shop.project.start(["plugin", "sign", "zoo", "--key", "key-\(number)"] + plugins, output: "text")
      }
      var ids: [Substring] = []
      for process in signing {
        #expect(try process.wait() == .exited(0), "\(process.output)\(process.errors)")
        ids += process.output.firstMatch(of: #/is signed by ([0-9a-f]{16}):/#).map { [$0.1] } ?? []
      }
      let signed = try String(contentsOfFile: shop.installed + "/zoo.yaml.sig", encoding: .utf8)
      #expect(Set(ids).count == 6 && ids.allSatisfy(signed.contains), "\(round): \(ids) in \(signed)")
    }
  }

  @Test func aFolderThatIsNotLetGoIsTold() throws {
    let shop = try Shop()
    _ = try shop.install()
    _ = try shop.say(["plugin", "keygen", "key"])
    let before = try shop.contents(shop.installed)
    let lock = try #require(try SystemFiles().lockFolder(shop.installed))
    for arguments in [["install", "made/zoo.yaml"], ["sign", "zoo", "--key", "key", "--plugins", shop.installed]] {
      let told = try shop.say(["plugin"] + arguments, exit: 3)
      #expect(told.contains("another command is changing a plugin there; try again when it has ended"), "\(told)")
    }
    #expect(try shop.contents(shop.installed) == before)
    withExtendedLifetime(lock) {}
  }

  /// A file system that has no locks, as some of networks have none.
  @Test func aFolderThatCannotBeLockedIsRefusedWithWhatToDo() throws {
    let shop = try Shop()
    let shim = shop.project.folder + "/no-locks.so"
    try shop.project.write(
      "no-locks.c",
      """
      #include <errno.h>
      int flock(int descriptor, int operation) { (void)descriptor, (void)operation; errno = ENOLCK; return -1; }

      """)
    let compiler = try HeadraceProcess(
      "/usr/bin/cc", ["-shared", "-fPIC", "no-locks.c", "-o", shim], in: shop.project.folder,
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(try compiler.wait() == .exited(0), "\(compiler.errors)")
    let told = try shop.say(
      ["plugin", "install", "made/zoo.yaml"], exit: 3, environment: ["LD_PRELOAD": shim])
    #expect(
      told.contains("plugins.d: its file system has no locks: No locks available; keep plugins in a folder"), "\(told)")
    #expect(!FileManager.default.fileExists(atPath: shop.installed))
    _ = try shop.install()
    #expect(try shop.refusal() == nil)
  }

  /// Libraries stand side by side: the one of another plugin is not to be replaced by what has the same file name.
  @Test func noPluginTakesTheLibraryOrTheNameOfAnother() throws {
    let shop = try Shop()
    _ = try shop.install()
    let before = try shop.contents(shop.installed)
    let other = shop.project.folder + "/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    try FileManager.default.copyItem(atPath: built + "/libheadrace-test-http.so", toPath: other + "/libshop.so")
    try shop.project.write(
      "other/http.yaml", "manifest: 1\nname: http\nversion: 1.0.0\nkinds: [llm]\nlibrary: libshop.so\n")
    let refused = try shop.install("other/http.yaml", exit: 2)
    #expect(
      refused.contains("zoo.yaml:5:10: the plugin 'zoo' has a library of the same name, 'libshop.so'"), "\(refused)")
    #expect(refused.contains("--into"), "\(refused)")
    #expect(try shop.contents(shop.installed) == before && shop.refusal() == nil)
    let told = try shop.say(["plugin", "install", "other/http.yaml", "--into", "more.d"])
    #expect(told.contains("http 1.0.0 is installed in more.d: libshop.so, http.yaml"), "\(told)")
    // The same plugin by another file.
    try FileManager.default.moveItem(atPath: shop.installed + "/zoo.yaml", toPath: shop.installed + "/shop.yaml")
    let twice = try shop.install(exit: 2)
    #expect(twice.contains("plugins.d/shop.yaml: is the plugin 'zoo' already; remove that file"), "\(twice)")
    // Another plugin's manifest has the name of this one's.
    try shop.project.write(
      "plugins.d/zoo.yaml", "manifest: 1\nname: http\nversion: 1.0.0\nkinds: [llm]\nlibrary: libother.so\n")
    try FileManager.default.removeItem(atPath: shop.installed + "/shop.yaml")
    let taken = try shop.install(exit: 2)
    #expect(taken.contains("plugins.d/zoo.yaml: is the manifest of the plugin 'http'; give that file"), "\(taken)")
  }

  /// What a library says while it is looked at is shown, and does nothing to the terminal.
  @Test func aStrangersLastWordsDoNotCommandTheTerminal() throws {
    let shop = try Shop()
    try shop.project.write(
      "last.c",
      """
      #include <unistd.h>
      __attribute__((constructor)) static void speak(void) {
        static const char words[] = "\\033[2J\\033]0;mine\\007\\rzoo 1.0.0 is installed";
        (void)!write(2, words, sizeof words - 1);
        _exit(7);
      }
      """)
    let compiled = try HeadraceProcess(
      "/usr/bin/cc", ["-shared", "-fPIC", "last.c", "-o", shop.made + "/libshop.so"], in: shop.project.folder,
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(try compiled.wait() == .exited(0), "\(compiled.errors)")
    let said = try shop.install(exit: 1)
    #expect(said.contains("ended the process with exit code 7") && said.contains("zoo 1.0.0 is installed"), "\(said)")
    #expect(!said.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" }, "\(said)")
  }

  /// Nobody vouches for it: whoever installs it sees what it is let do.
  @Test func whatAStrangersManifestGrantsIsShown() throws {
    let shop = try Shop()
    #expect(try shop.install().contains("it may do nothing beyond its own work: it is not signed, and confined"))
    let manifest = try String(contentsOfFile: shop.made + "/zoo.yaml", encoding: .utf8)
    try shop.project.write(
      "made/zoo.yaml",
      manifest
        + "permissions: {http: [\"*.example.com\", a.org], env: [\"PG*\"], read: [/data], network: [\"*:5432\"]}\n")
    let told = try shop.install()
    #expect(
      told.contains("it may connect to *:5432; ask *.example.com, a.org over HTTP; read /data; see the secrets PG*: "),
      "\(told)")
  }

  /// Line breaks of another system; the library is pinned all the same.
  @Test func aManifestOfAnotherSystemIsPinned() throws {
    let shop = try Shop()
    let manifest = try String(contentsOfFile: shop.made + "/zoo.yaml", encoding: .utf8)
    try shop.project.write("made/zoo.yaml", manifest.split(separator: "\n").map { $0 + "\r\n" }.joined())
    _ = try shop.install()
    let installed = try String(contentsOfFile: shop.installed + "/zoo.yaml", encoding: .utf8)
    #expect(installed.contains("sha256: \"") && installed.contains("library: libshop.so\r\n"), "\(installed)")
    #expect(try shop.refusal() == nil)
  }

  /// A manifest in which the library's name cannot be replaced is refused, and not installed without its library.
  /// Operators keep plugins on another disk.
  @Test func theFolderMayBeALink() throws {
    let shop = try Shop()
    let disk = shop.project.folder + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: shop.installed, withDestinationPath: disk)
    _ = try shop.install()
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk).sorted() == ["libshop.so", "zoo.yaml"])
    #expect(try shop.refusal() == nil)
  }

  @Test func aManifestThatCannotBePinnedIsRefused() throws {
    let shop = try Shop()
    try FileManager.default.createDirectory(atPath: shop.made + "/build", withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: shop.made + "/libshop.so", toPath: shop.made + "/build/libshop.so")
    try shop.project.write(
      "made/zoo.yaml",
      "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: \"build\\x2flibshop.so\"\n")
    let refused = try shop.install(exit: 2)
    #expect(refused.contains("zoo.yaml:5:10: the manifest cannot be pinned to its library's hash"), "\(refused)")
    #expect(!FileManager.default.fileExists(atPath: shop.installed))
  }
}
