import Foundation
import TestSupport
import Testing

/// What a stranger does: from an installation alone, a new plugin in each language and of each kind is built with the
/// language's usual tool, passes its own tests and the check, and runs.
@Suite(.serialized) struct AuthoringTests {
  struct Language: Sendable, CustomStringConvertible {
    var name: String
    /// The usual commands.
    var build: String
    var test: String
    var description: String { name }
  }

  private static let languages = [
    Language(name: "c", build: "make", test: "make test"),
    Language(name: "cpp", build: "cmake -B build && cmake --build build", test: "ctest --test-dir build"),
    Language(name: "rust", build: "cargo build --release", test: "cargo test --release"),
    Language(name: "swift", build: "swift build -c release", test: "swift test"),
  ]
  private static let kinds = ["source", "transform", "detector", "llm"]

  /// An installation in a folder of its own, which holds nothing of the checkout's but what `make install` puts there.
  private static let prefix: Result<String, any Error> = Result {
    let folder = NSTemporaryDirectory() + "headrace-installed-\(getpid())"
    let root = HeadraceInstallation.root
    let process = try HeadraceProcess(
      "/bin/bash", [root + "/scripts/install.sh"], in: root,
      environment: ProcessInfo.processInfo.environment.merging(["PREFIX": folder]) { $1 })
    guard try process.wait() == .exited(0) else {
      throw HeadraceProcess.Stuck(description: process.output + process.errors)
    }
    atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "headrace-installed-\(getpid())") }
    return folder
  }

  /// A shell line as a stranger types it.
  private func type(
    _ line: String, in folder: String, _ prefix: String, exit code: Int32 = 0, seconds: Double = 400
  ) throws -> String {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .filter { !$0.contains("/.cargo") }.joined(separator: ":")
    let process = try HeadraceProcess(
      "/bin/bash", ["-c", line], in: folder,
      environment: ["PATH": "\(prefix)/bin:\(path)", "HOME": folder, "LC_ALL": "C.UTF-8"])
    let end = try process.wait(seconds: seconds)
    let said = process.output + process.errors
    #expect(end == .exited(code), "\(line): \(end)\n\(said.suffix(4000))")
    return said
  }

  @Test(arguments: languages) func aNewPluginOfEachKindIsRightAsItIs(_ language: Language) throws {
    let prefix = try Self.prefix.get()
    let folder = try temporaryFolder()
    for kind in Self.kinds {
      let name = "my-\(kind)"
      let project = "\(folder)/\(name)"
      _ = try type("headrace plugin new \(name) --kind \(kind) --lang \(language.name)", in: folder, prefix)
      #expect(try lines(project) < 120, "\(language) \(kind)")
      _ = try type(language.build, in: project, prefix)
      // Of the slowest tool one kind is enough: what the tests of the others would build is checked below.
      if language.name != "swift" || kind == "source" { _ = try type(language.test, in: project, prefix) }
      let checked = try type("headrace plugin check \(name).yaml --seed 1", in: project, prefix)
      #expect(checked.contains("clauses:") && !checked.contains("BROKEN"), "\(checked)")
      let made = try type("headrace plugin run \(name).yaml --rows 3", in: project, prefix)
      #expect(made.contains("{\""), "\(language) \(kind): \(made)")
      if kind != "llm" { try runInPipeline(name, kind, project, prefix) }
      print("\(language) \(kind): \(try lines(project)) lines; \(checked.split(separator: "\n").last ?? "")")
    }
  }

  private func runInPipeline(_ name: String, _ kind: String, _ project: String, _ prefix: String) throws {
    _ = try type("headrace plugin install \(name).yaml", in: project, prefix)
    _ = try type("headrace run pipeline.yaml", in: project, prefix)
    let (table, expected) = kind == "source" ? ("bronze.numbers", 10_000) : ("bronze.sample", 5)
    let counted = try type(
      "headrace lake sql \"SELECT count(*) AS n FROM \(table)\" --output json", in: project, prefix)
    #expect(counted.contains("\"\(expected)\""), "\(counted)")
    if kind == "detector" {
      let found = try type("headrace lake sql 'SELECT * FROM bronze.sample__findings'", in: project, prefix)
      #expect(found.contains("above_limit"), "\(found)")
    }
  }

  /// The layer in Rust has tests of its own, which compare its structures with those of the headers.
  @Test func theCrateForRustTestsItself() throws {
    let prefix = try Self.prefix.get()
    let folder = try temporaryFolder()
    let manifest = "\(prefix)/share/headrace/PluginAPI/Rust/Cargo.toml"
    let said = try type(
      "cargo test --offline --locked --manifest-path \(manifest) --target-dir target", in: folder, prefix)
    #expect(said.contains("test result: ok") && !said.contains("FAILED"), "\(said.suffix(2000))")
  }

  @Test func aPackedPluginIsInstalledFromItsArchive() throws {
    let prefix = try Self.prefix.get()
    let folder = try temporaryFolder()
    _ = try type("headrace plugin new packed --kind source --lang c && cd packed && make", in: folder, prefix)
    _ = try type("headrace plugin keygen key && headrace plugin trust add key.pub --name me", in: folder, prefix)
    let packed = try type("headrace plugin pack packed/packed.yaml --key key", in: folder, prefix)
    #expect(packed.contains("packed-0.1.0.tar.gz: libpacked.so, packed.yaml, packed.yaml.sig, signed"), "\(packed)")
    _ = try type("headrace plugin install packed-0.1.0.tar.gz", in: folder, prefix)
    #expect(try type("headrace plugin verify packed", in: folder, prefix).contains("signed by me"))
    // Who nobody vouches for does not decide to run in the host's own process.
    _ = try type("echo 'isolation: in_process' >> packed/packed.yaml", in: folder, prefix)
    let stranger = try type("headrace plugin install packed/packed.yaml", in: folder, prefix, exit: 2)
    #expect(stranger.contains("packed.yaml") && stranger.contains("nobody vouches for its library"), "\(stranger)")
    let letIn = try type("headrace plugin install packed/packed.yaml --allow-in-process", in: folder, prefix)
    #expect(letIn.contains("it may do all that headrace may: it is not signed, let in by the operator"), "\(letIn)")
    // The word is kept with the hash: no later command has to be told again.
    let trusted = try type("headrace plugin trust list", in: folder, prefix)
    #expect(trusted.contains("let in   sha256:") && trusted.contains("  packed\n"), "\(trusted)")
    _ = try type("headrace plugin install packed/packed.yaml", in: folder, prefix)
    _ = try type("cp packed/pipeline.yaml . && headrace run pipeline.yaml", in: folder, prefix)
    try pin(folder, prefix)
    // A file that is no archive, and an archive of something else.
    let refused = try type("headrace plugin install key.tar.gz", in: folder, prefix, exit: 2)
    #expect(refused.contains("key.tar.gz: there is no such file"), "\(refused)")
    _ = try type("tar -czf other.tar.gz /etc/hostname 2>/dev/null", in: folder, prefix)
    let other = try type("headrace plugin install other.tar.gz", in: folder, prefix, exit: 2)
    #expect(other.contains("is no archive of a plugin: etc/hostname"), "\(other)")
  }

  /// The report of a check is pinned in the manifest, handed on with it, and of no other library.
  private func pin(_ folder: String, _ prefix: String) throws {
    let checked = try type(
      "headrace plugin check packed/packed.yaml --report packed/packed.yaml.check.json", in: folder, prefix)
    let line = try #require(checked.split(separator: "\n").last { $0.contains("can be pinned in the manifest: ") })
    let pin = try #require(line.range(of: "checked: \""))
    _ = try type("echo '\(line[pin.lowerBound...])' >> packed/packed.yaml", in: folder, prefix)
    let packed = try type("headrace plugin pack packed/packed.yaml --to pinned.tar.gz", in: folder, prefix)
    #expect(packed.contains("libpacked.so, packed.yaml, packed.yaml.check.json, not signed"), "\(packed)")
    _ = try type("headrace plugin install pinned.tar.gz", in: folder, prefix)
    _ = try type("headrace plan pipeline.yaml", in: folder, prefix)
    _ = try type("echo changed >> packed/libpacked.so", in: folder, prefix)
    let stale = try type("headrace plugin pack packed/packed.yaml", in: folder, prefix, exit: 2)
    #expect(stale.contains("packed.yaml.check.json, is of another library, sha256:"), "\(stale)")
  }

  @Test func mistakesAreToldWithWhatToDo() throws {
    let prefix = try Self.prefix.get()
    let folder = try temporaryFolder()
    let cases: [(String, String)] = [
      ("new Bad --kind source --lang c", "'Bad' is no name for a plugin"),
      ("new good --kind sorce --lang c", "there is no kind of plugin 'sorce'; did you mean 'source'?"),
      ("new good --kind source --lang java", "there is no template in the language 'java'"),
      ("new good --kind format --lang c", "see docs/plugins/format.md"),
      ("check nothing.yaml", "nothing.yaml: there is no such file"),
      ("check library.so", "library.so: is no manifest"),
    ]
    for (arguments, expected) in cases {
      let said = try type("headrace plugin \(arguments)", in: folder, prefix, exit: 2)
      #expect(said.contains(expected), "\(arguments): \(said)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    _ = try type("headrace plugin new good --kind source --lang c", in: folder, prefix)
    let again = try type("headrace plugin new good --kind source --lang c", in: folder, prefix, exit: 2)
    #expect(again.contains("is there already"), "\(again)")
    // Before it was built.
    let unbuilt = try type("headrace plugin check good/good.yaml", in: folder, prefix, exit: 3)
    #expect(unbuilt.contains("libgood.so"), "\(unbuilt)")
  }

  private func temporaryFolder() throws -> String {
    let folder = NSTemporaryDirectory() + "headrace-author-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    chmod(folder, 0o755)
    return folder
  }

  /// Of the project's own files: source, build file, manifest and tests.
  private func lines(_ project: String) throws -> Int {
    let shared: Set<String> = ["README.md", "check.yaml", "pipeline.yaml", "sample.csv", ".gitignore", "rustfmt.toml"]
    let walked = FileManager.default.enumerator(atPath: project)
    var count = 0
    while let path = walked?.nextObject() as? String {
      let name = (path as NSString).lastPathComponent
      if ["build", "target", ".build", "plugins.d", ".headrace"].contains(name) { walked?.skipDescendants() }
      let isText = ["c", "cpp", "rs", "swift", "toml", "txt", "yaml", ""].contains((name as NSString).pathExtension)
      guard isText, !shared.contains(name),
        let text = try? String(contentsOfFile: "\(project)/\(path)", encoding: .utf8)
      else { continue }
      count += text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
    }
    return count
  }
}
