import ArgumentParser
import Glibc
import HostFormats
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostSystem

/// `headrace plugin check`: every rule of the ABI, tried on one plugin.
struct PluginCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tries every rule of the plugin interface on a plugin; exit code 1 if one is broken.")

  @Argument(help: "The plugin's manifest.")
  var manifest: String

  @Option(help: "The file with a configuration and sample columns (check.yaml beside the manifest, if there is one).")
  var with: String?

  @Option(help: "Only these clauses, separated by commas.")
  var only: String?

  @Option(help: "Of what is made up; any number gives the same check again.")
  var seed: UInt64?

  @Flag(help: "Tell of the clauses that are kept too.")
  var all = false

  @Option(help: "Write the report as JSON to this file as well.")
  var report: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global, manifestFolder: PathText.folder(of: Composition.absolute(manifest)))
    let plugin = try composition.plugin(manifest: manifest)
    let file = try composition.checkFile(of: plugin, stated: with)
    let check = PluginCheck(
      composition.registry, spawner: SystemSpawner(), file: file, seed: seed ?? .random(in: 0...999_999),
      parent: getpid())
    let found = try check.run(plugin, only: try clauses())
    if let report {
      try composition.files.replaceDurably(Composition.absolute(report), found.file)
    }
    if global.isJSON { Terminal.json(found.json) } else { show(found) }
    if let report, !global.isJSON, let pin = found.pin {
      Terminal.line("\(report) can be pinned in the manifest: \(pin)")
    }
    guard found.isKept else { throw ExitCode(FailureKind.run.rawValue) }
  }

  private func clauses() throws(Failure) -> Set<String>? {
    guard let only else { return nil }
    let ids = only.split(separator: ",").map(String.init)
    for id in ids where Clause.named(id) == nil {
      throw Failure(
        .invalidInput, "there is no clause '\(id)'",
        advice: EditDistance.suggestion(for: id, among: Clause.all.map(\.id)) ?? "see docs/plugins/checker.md")
    }
    for id in ids where Clause.named(id)?.isTried == false {
      throw Failure(
        .invalidInput, "\(id) is watched while other clauses are tried, and has no attempt of its own",
        advice: "name the clauses to try, or leave --only out")
    }
    return Set(ids)
  }

  private func show(_ report: CheckReport) {
    Terminal.line("\(report.plugin) \(report.version), \(report.kinds.joined(separator: ", ")), seed \(report.seed)")
    if let lack = Confinement.told(report.unenforced) { Terminal.line("  \(lack); what it lets pass is not seen") }
    for entry in report.entries where all || entry.outcome != .kept {
      let kind = entry.kind.map { report.kinds.count > 1 ? " as \($0)" : "" } ?? ""
      Terminal.line("  \(entry.clause)\(kind) \(entry.outcome.told): \(Terminal.printable(entry.evidence))")
      if entry.outcome == .broken { Terminal.line("      \(Clause.named(entry.clause)?.rule ?? "")") }
    }
    let counts: [(CheckReport.Outcome, String)] = [
      (.kept, "kept"), (.broken, "broken"), (.unshown, "not shown"), (.inapplicable, "do not apply"),
      (.skipped, "left out"),
    ]
    let told = counts.filter { report.count($0.0) > 0 || $0.0 == .kept }.map { "\(report.count($0.0)) \($0.1)" }
    Terminal.line("\(report.entries.count) clauses: \(told.joined(separator: ", "))")
  }
}

extension CheckReport.Outcome {
  fileprivate var told: String {
    switch self {
    case .kept: "is kept"
    case .broken: "IS BROKEN"
    case .inapplicable: "does not apply"
    case .skipped: "is left out"
    case .unshown: "is not shown"
    }
  }
}

extension Composition {
  /// The plugin of a manifest.
  ///
  /// - Throws: what is wrong with the file.
  func plugin(manifest: String) throws(Failure) -> InstalledPlugin {
    let path = Self.absolute(manifest)
    if let plugin = registry.plugins.values.first(where: { $0.path == path }) { return plugin }
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml") else {
      throw Failure(
        .invalidInput, "\(manifest): is no manifest", advice: "name the YAML file that stands beside the library")
    }
    let bytes = try UserFile.read(manifest, advice: "name the plugin's manifest")
    let read = PluginManifest.parse(bytes, file: manifest)
    guard read.manifest == nil else {
      throw Failure(.invalidInput, "\(manifest): another manifest beside it has the same name")
    }
    throw .invalid(read.diagnostics)
  }

  /// The check file of a plugin: as stated, or beside its manifest, or the one that says nothing.
  func checkFile(of plugin: InstalledPlugin, stated: String?) throws(Failure) -> CheckFile {
    let path = stated ?? plugin.folder + "/check.yaml"
    let isThere = try files.info(path) != nil
    guard stated != nil || isThere else {
      return try CheckFile.parse(Array("check: 1\n".utf8), file: path)
    }
    let bytes = try UserFile.read(path, advice: "leave --with out for check.yaml beside the manifest")
    return try CheckFile.parse(bytes, file: path)
  }
}
