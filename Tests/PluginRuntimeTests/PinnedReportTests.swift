import HostFormats
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// Reports of checks that manifests pin by their hash.
@Suite struct PinnedReportTests {
  private static let library = String(repeating: "ab", count: 32)

  private static func manifest(_ more: String = "", version: String = "1.0.0") throws -> PluginManifest {
    let text = "manifest: 1\nname: scripted\nversion: \(version)\nkinds: [source]\nlibrary: libplugin.so\n\(more)"
    return try #require(PluginManifest.parse(Array(text.utf8), file: "m.yaml").manifest)
  }

  private static func report(
    library: String = library, version: String = "1.0.0", only: Set<String>? = nil, broken: String? = nil
  ) throws -> CheckReport {
    var report = CheckReport(try manifest(version: version), library: library, seed: 1)
    for clause in ["LIB-1", "LIB-2"] {
      let outcome: Verdict.Outcome = clause == broken ? .broken : .kept
      report.record(Verdict(outcome, clause, "seen"), attempted: clause, kind: "source")
    }
    return report.finished(kinds: ["source"], only: only)
  }

  private func complaint(_ bytes: [UInt8], pinned: String? = nil) throws -> String? {
    PinnedReport.complaint(
      bytes, pinned: pinned ?? LibraryStore.hash(bytes), manifest: try Self.manifest(), library: Self.library)
  }

  @Test func aReportSaysWhatWasCheckedAndByWhom() throws {
    let json = try JSONValue.parse(Self.report().file)
    #expect(json["library"]?.stringValue == Self.library && json["complete"]?.boolValue == true)
    let by = json["checked_by"]
    #expect(by?["headrace"]?.stringValue == HostVersion.text && by?["abi"]?.integerValue == 1)
    #expect(by?["clauses"]?.integerValue == Int64(Clause.all.count))
    #expect(try JSONValue.parse(Self.report(only: ["LIB-1"]).file)["complete"]?.boolValue == false)
  }

  @Test func everyComplaint() throws {
    #expect(try complaint(Self.report().file) == nil)
    let other = String(repeating: "cd", count: 32)
    let hash = LibraryStore.hash(try Self.report().file)
    #expect(
      try complaint(Self.report().file, pinned: other) == "has the SHA-256 \(hash), which is not the one that is pinned"
    )
    #expect(
      try complaint(Self.report(library: other).file)
        == "is of another library, sha256:\(other); this one is sha256:\(Self.library)")
    #expect(
      try complaint(Self.report(version: "1.0.1").file) == "is of scripted 1.0.1, not of scripted 1.0.0")
    #expect(try complaint(Self.report(broken: "LIB-2").file) == "says that clauses are broken: LIB-2")
    #expect(try complaint(Self.report(only: ["LIB-1"]).file) == "is of a check that tried only some clauses")
    // What older versions wrote does not say which library it is of.
    for text in ["", "{}", #"{"schema_version":1,"plugin":"scripted","version":"1.0.0","kept":true,"clauses":[]}"#] {
      #expect(try complaint(Array(text.utf8)) == "is no report of 'headrace plugin check'")
    }
  }

  /// What cannot be pinned offers no line to pin it by.
  @Test func onlyAWholeReportWithoutABrokenClauseIsPinned() throws {
    let report = try Self.report()
    #expect(report.pin == "checked: \"\(LibraryStore.hash(report.file))\"")
    #expect(try Self.report(only: ["LIB-1"]).pin == nil)
    #expect(try Self.report(broken: "LIB-2").pin == nil)
  }

  // MARK: - By the real registry

  private struct Installation {
    let folder: TestFolder
    let files = SystemFiles()
    let hash: String

    init() throws {
      folder = try TestFolder()
      let bytes = try files.read(Built.scripted, limit: 1 << 26)
      try files.replaceDurably(folder.path + "/libplugin.so", bytes)
      hash = LibraryStore.hash(bytes)
    }

    func write(_ report: CheckReport, pin: String) throws {
      try files.replaceDurably(folder.path + "/m.yaml.check.json", report.file)
      let text = "manifest: 1\nname: scripted\nversion: 1.0.0\nkinds: [source]\nlibrary: libplugin.so\n\(pin)\n"
      try files.replaceDurably(folder.path + "/m.yaml", Array(text.utf8))
    }

    private func plugin() throws -> (PluginRegistry, InstalledPlugin) {
      let registry = try PluginRegistry(
        folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
        executable: Built.headrace, store: folder.path + "/store")
      return (registry, try registry.installed("scripted", at: SourcePlace(file: "p.yaml", line: 1, column: 1)))
    }

    /// How loading and packing it fail; nil if both are done.
    func refusal() throws -> String? {
      let (registry, plugin) = try plugin()
      let told = [
        failure { _ = try registry.load(plugin) }, failure { _ = try registry.package(plugin) },
      ].map { $0.map { "\($0.diagnostics)" } }
      #expect(told[0] == told[1])
      return told[0]
    }

    func packed() throws -> [String] {
      let (registry, plugin) = try plugin()
      let package = try registry.package(plugin)
      try package.write(into: folder.path + "/other", files)
      #expect(try Set(files.list(folder.path + "/other")) == Set(package.names))
      return package.names
    }
  }

  @Test func aPinnedReportIsLookedAtWhereverThePluginIsLoadedOrHandedOn() throws {
    let installation = try Installation()
    let report = try Self.report(library: installation.hash)
    try installation.write(report, pin: try #require(report.pin))
    #expect(try installation.refusal() == nil)
    #expect(
      try installation.packed().sorted() == ["libplugin.so", "scripted.yaml", "scripted.yaml.check.json"])
    try installation.files.remove(installation.folder.path + "/m.yaml.check.json")
    let gone = try #require(try installation.refusal())
    #expect(gone.contains("/m.yaml:6:10: plugin 'scripted': the report that is pinned, "), "\(gone)")
    #expect(gone.contains("m.yaml.check.json, is not there"), "\(gone)")
    #expect(gone.contains("take 'checked' out"), "\(gone)")
  }

  @Test func anotherLibraryThanWasCheckedIsRefused() throws {
    let installation = try Installation()
    let report = try Self.report()
    try installation.write(report, pin: try #require(report.pin))
    let told = try #require(try installation.refusal())
    #expect(told.contains("is of another library, sha256:\(Self.library)"), "\(told)")
    #expect(told.contains("headrace plugin check"), "\(told)")
  }
}
