import HostGate
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// An installation of one plugin: a manifest and a library in a folder, probed by the real executable.
private struct Installation {
  let folder: TestFolder
  let files = SystemFiles()
  var library: String { folder.path + "/libplugin.so" }

  init() throws { folder = try TestFolder() }

  func manifest(name: String = "broken", kinds: String = "[source]", more: String = "") throws {
    let text = """
      manifest: 1
      name: \(name)
      version: 1.0.0
      kinds: \(kinds)
      library: libplugin.so
      \(more)
      """
    try files.replaceDurably(folder.path + "/plugin.yaml", Array(text.utf8))
  }

  func registry(timeout: Duration = .seconds(30), trust: TrustStore = TrustStore()) throws -> PluginRegistry {
    try PluginRegistry(
      folders: [folder.path], files: files, spawner: SystemSpawner(), trust: trust, executable: Built.headrace,
      store: folder.path + "/store", probeTimeout: timeout)
  }

  /// How looking at the plugin fails, with the places of this test's files taken out.
  func failureOfDescribing(_ name: String = "broken", timeout: Duration = .seconds(30)) throws -> Failure {
    let registry = try registry(timeout: timeout)
    let plugin = try registry.installed(name, at: SourcePlace(file: "p.yaml", line: 1, column: 1))
    guard var told = failure({ _ = try registry.description(of: plugin) }) else {
      throw TestFailure("it was accepted")
    }
    let prefix = "\(folder.path)/plugin.yaml:5:10: plugin '\(name)': "
    guard told.message.hasPrefix(prefix) else { throw TestFailure(told.message) }
    let rest = String(told.message.dropFirst(prefix.count))
    told.message = rest.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let parts = word.split(separator: "/libplugin.so", omittingEmptySubsequences: false)
      return word.hasPrefix(folder.path) && parts.count > 1 ? "LIB" + (parts.last ?? "") : String(word)
    }.joined(separator: " ")
    return told
  }
}

@Suite struct LibraryTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let source: String
    let message: String
    let kind: FailureKind
    let status: Status
    var testDescription: String { source }
  }

  static let cases = [
    Case(
      source: "missing_symbol", message: "LIB: is not a Headrace plugin: it does not export headrace_plugin_entry",
      kind: .invalidInput, status: .fatal),
    Case(
      source: "null_entry",
      message: "LIB: the structure that headrace_plugin_entry returns is missing or shorter than 72 bytes",
      kind: .invalidInput, status: .fatal),
    Case(
      source: "short_entry",
      message: "LIB: the structure that headrace_plugin_entry returns is missing or shorter than 72 bytes",
      kind: .invalidInput, status: .fatal),
    Case(
      source: "incomplete_entry", message: "LIB: headrace_entry lacks its name or a function", kind: .invalidInput,
      status: .fatal),
    Case(
      source: "declines", message: "LIB: declines ABI versions 1 to 1: needs ABI version 7", kind: .invalidInput,
      status: .unsupported),
    Case(
      source: "version_99", message: "LIB: wants ABI version 99; this host speaks 1 to 1", kind: .invalidInput,
      status: .unsupported),
    Case(
      source: "short_table", message: "LIB: the table 'headrace.source/1' says that it is shorter than 64 bytes",
      kind: .invalidInput, status: .fatal),
    Case(
      source: "missing_function", message: "LIB: the table of kind 'source' lacks a function", kind: .invalidInput,
      status: .fatal),
    Case(
      source: "missing_factory",
      message: "LIB: the factory of kind 'transform' is missing, too short, or lacks a function", kind: .invalidInput,
      status: .fatal),
    Case(
      source: "crashes", message: "LIB: crashed with signal 6 when it was loaded: the constructor is unhappy",
      kind: .run, status: .crashed),
    Case(
      source: "exits", message: "LIB: ended the process with exit code 0 when it was loaded", kind: .run,
      status: .fatal),
    Case(
      source: "exits_3", message: "LIB: ended the process with exit code 3 when it was loaded", kind: .run,
      status: .fatal),
    Case(
      source: "writes", message: "LIB: wrote to standard output when it was loaded", kind: .run, status: .fatal),
    Case(
      source: "unresolved", message: "LIB: cannot be loaded: undefined symbol: this_is_nowhere",
      kind: .environment, status: .fatal),
    Case(
      source: "nothing", message: "the library is no source; it is: nothing", kind: .invalidInput, status: .unsupported),
  ]

  @Test(arguments: cases)
  func brokenLibraryIsRefusedWithItsReason(_ broken: Case) throws {
    let installation = try Installation()
    try installation.manifest()
    try Built.compile("Tests/Plugins/Broken/\(broken.source).c", to: installation.library)
    let told = try installation.failureOfDescribing()
    #expect(told.message == broken.message)
    #expect(told.kind == broken.kind && told.status == broken.status)
  }

  @Test func libraryThatHangsWhenLoadedIsKilled() throws {
    let installation = try Installation()
    try installation.manifest()
    try Built.compile("Tests/Plugins/Broken/hangs.c", to: installation.library)
    let told = try installation.failureOfDescribing(timeout: .milliseconds(300))
    #expect(told.message == "LIB: did not return within 0.3 seconds when it was loaded")
    #expect(told.kind == .run && told.status == .hung)
  }

  @Test func textFileIsNoLibrary() throws {
    let installation = try Installation()
    try installation.manifest()
    try installation.files.replaceDurably(installation.library, Array("#!/bin/sh\n".utf8))
    let told = try installation.failureOfDescribing()
    #expect(told.message == "LIB: is not an ELF shared object" && told.kind == .invalidInput)
  }

  @Test(arguments: [["-no-pie"], ["-fPIE", "-pie"]])
  func programIsNoLibrary(_ flags: [String]) throws {
    let installation = try Installation()
    try installation.manifest()
    try Built.compile("Tests/Plugins/Broken/program.c", to: installation.library, flags: flags)
    let told = try installation.failureOfDescribing()
    #expect(
      told.message
        == (flags.contains("-pie")
          ? "LIB: is a program, not a shared object"
          : "LIB: is an ELF file, but no 64-bit shared object for this machine"))
    #expect(told.kind == .invalidInput)
  }

  @Test(arguments: [63, 64, 200, 4096])
  func truncatedLibraryIsRefused(_ length: Int) throws {
    let installation = try Installation()
    try installation.manifest()
    let whole = try installation.files.read(Built.scripted, limit: 1 << 26)
    try installation.files.replaceDurably(installation.library, Array(whole.prefix(length)))
    let told = try installation.failureOfDescribing()
    #expect(told.message == (length < 64 ? "LIB: is not an ELF shared object" : "LIB: is a truncated ELF file"))
    #expect(told.kind == .invalidInput)
  }

  @Test func missingLibraryNamesTheFoldersThatWereSearched() throws {
    let installation = try Installation()
    try installation.manifest()
    let told = try installation.failureOfDescribing()
    let searched = "\(installation.folder.path), \(Built.folder)"
    #expect(told.message.hasPrefix("the library 'libplugin.so' is in none of \(searched)"))
    #expect(told.kind == .environment && told.status == .notFound)
  }

  @Test func wrongHashIsRefusedAtTheHashInTheManifest() throws {
    let installation = try Installation()
    let wrong = String(repeating: "0", count: 64)
    try installation.manifest(name: "scripted", more: "sha256: \"\(wrong)\"")
    try installation.files.replaceDurably(
      installation.library, try installation.files.read(Built.scripted, limit: 1 << 26))
    let registry = try installation.registry()
    let plugin = try registry.installed("scripted", at: SourcePlace(file: "p.yaml", line: 1, column: 1))
    let told = failure { _ = try registry.load(plugin) }
    let place = "\(installation.folder.path)/plugin.yaml:6:9"
    let prefix = "\(place): plugin 'scripted': \(installation.library): has the SHA-256 "
    #expect(told?.message.hasPrefix(prefix) == true && told?.message.hasSuffix("but \(wrong) is stated for it") == true)
    #expect(told?.kind == .invalidInput && told?.status == .conflict && registry.isPinned(plugin))
  }

  @Test(arguments: [
    ("other", "[source]", "", "the library is the plugin 'scripted'"),
    ("scripted", "[source]", "abi: {min: 2, max: 3}", "the library speaks ABI version 1, the manifest says 2 to 3"),
    (
      "scripted", "[source]", "platform: linux-riscv64",
      "the library was built for linux-riscv64; this host is linux-"
    ),
  ])
  func manifestThatDoesNotFitTheLibraryIsRefused(
    _ name: String, _ kinds: String, _ more: String, _ message: String
  ) throws {
    let installation = try Installation()
    try installation.manifest(name: name, kinds: kinds, more: more)
    try installation.files.replaceDurably(
      installation.library, try installation.files.read(Built.scripted, limit: 1 << 26))
    let told = try installation.failureOfDescribing(name)
    #expect(told.message.hasPrefix(message) && told.kind == .invalidInput)
  }

  @Test func soundLibraryIsProbedLoadedAndCalled() throws {
    let installation = try Installation()
    try installation.manifest(
      name: "scripted", kinds: "[source, transform, detector, format]", more: "isolation: in_process")
    try installation.files.replaceDurably(
      installation.library, try installation.files.read(Built.scripted, limit: 1 << 26))
    let registry = try installation.registry(trust: .lettingIn(installation.library, in: installation.folder))
    #expect(registry.diagnostics.isEmpty)
    let plugin = try registry.installed("scripted", at: SourcePlace(file: "p.yaml", line: 1, column: 1))
    let description = try registry.description(of: plugin)
    #expect(description.name == "scripted" && description.version == "1.0.0" && description.abiVersion == 1)
    #expect(description.schemas.keys.sorted() == ["detector", "format", "llm", "source", "transform"])
    let loaded = try registry.load(plugin)
    #expect(loaded === (try registry.load(plugin)) && loaded.description == description)
    let host = try TestHost()
    let source = try SourceInstance(loaded, config: "{}", context: host.context(), host: host.services)
    #expect(try source.discover([]).map(\.name) == ["numbers"])
  }

  @Test func unknownPluginSuggestsANameThatMayHaveBeenMeant() throws {
    let installation = try Installation()
    try installation.manifest(name: "scripted")
    let told = failure {
      _ = try installation.registry().installed("script3d", at: SourcePlace(file: "p.yaml", line: 4, column: 2))
    }
    #expect(told?.description == "p.yaml:4:2: there is no plugin 'script3d', did you mean 'scripted'?")
    #expect(told?.kind == .invalidInput)
  }

  @Test func newerPluginWithPoisonedTailsIsReadAsFarAsKnown() throws {
    let folder = try TestFolder()
    let path = folder.path + "/libgrown.so"
    try Built.compile("Tests/Plugins/Broken/grown.c", to: path)
    let plugin = try LoadedPlugin(path: path)
    let host = try TestHost()
    let detector = try DetectorInstance(
      plugin, config: "{}", stream: "numbers", schema: ExportedSchema(numbers), context: host.context(),
      host: host.services)
    let findings = try detector.inspect(numbersBatch(rows: 2))
    #expect(findings.map(\.message) == ["first", "second"] && findings.map(\.severity) == [.critical, .info])
    #expect(findings.map(\.row) == [0, 1] && findings[0].column == nil)
    #expect(try detector.save() == nil)
    #expect(try detector.finish(rows: 2, at: WallTime(microseconds: 0)).isEmpty)
  }
}

@Suite struct LibraryStoreTests {
  private let files = SystemFiles()

  @Test func replacedLibraryIsNewCodeWhileTheOldCopyStays() throws {
    let folder = try TestFolder()
    let store = LibraryStore(root: folder.path + "/store", files: files)
    let library = folder.path + "/lib.so"
    try Built.compile("Tests/Plugins/Broken/nothing.c", to: library)
    let first = try store.adopt(library, name: "lib.so", expected: nil)
    let old = try LoadedPlugin(path: first.path)
    try Built.compile("Tests/Plugins/Broken/grown.c", to: library)
    let second = try store.adopt(library, name: "lib.so", expected: nil)
    let new = try LoadedPlugin(path: second.path)
    #expect(first.hash != second.hash && first.path != second.path)
    #expect(old.description.version == "1.0.0" && new.description.version == "2.0.0")
    #expect(try files.info(first.path) != nil)
  }

  @Test func copyThatWasTamperedWithIsReplaced() throws {
    let folder = try TestFolder()
    let store = LibraryStore(root: folder.path + "/store", files: files)
    let copy = try store.adopt(Built.scripted, name: "lib.so", expected: nil)
    let sound = try files.read(copy.path, limit: 1 << 26)
    var altered = sound
    altered[altered.count - 1] ^= 1
    try files.replaceDurably(copy.path, altered)
    #expect(try store.adopt(Built.scripted, name: "lib.so", expected: copy.hash).path == copy.path)
    #expect(try files.read(copy.path, limit: 1 << 26) == sound)
  }

  @Test func copyThatIsThereIsNotWrittenAgain() throws {
    let folder = try TestFolder()
    let store = LibraryStore(root: folder.path + "/store", files: files)
    let copy = try store.adopt(Built.scripted, name: "lib.so", expected: nil)
    let written = try files.info(copy.path)?.modified
    _ = try store.adopt(Built.scripted, name: "lib.so", expected: nil)
    #expect(try files.info(copy.path)?.modified == written)
  }
}

@Suite struct PluginsLockTests {
  @Test func linesOfSha256sumAreRead() throws {
    let hash = String(repeating: "ab", count: 32)
    let lock = try PluginsLock(parsing: Array("\(hash)  liba.so\n\n".utf8), file: "plugins.lock")
    #expect(lock.hash(of: "liba.so") == hash && lock.hash(of: "libb.so") == nil)
  }

  @Test(arguments: ["nonsense", "abcd  liba.so", String(repeating: "x", count: 64) + "  liba.so"])
  func lineThatIsNoneIsToldWithItsPlace(_ line: String) {
    let told = failure { _ = try PluginsLock(parsing: Array("\n\(line)\n".utf8), file: "plugins.lock") }
    #expect(
      told?.description == "plugins.lock:2:1: expected a SHA-256 and a file name, run 'make build'")
  }
}
