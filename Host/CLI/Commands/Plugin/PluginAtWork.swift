import ArgumentParser
import HostFormats
import HostModel
import HostPluginRuntime
import HostPolicyFile

/// A plugin that its author puts to work by hand: found by its manifest, configured by its check file.
struct PluginAtWork {
  let composition: Composition
  let plugin: InstalledPlugin
  let file: CheckFile
  let kind: PluginKind

  init(_ options: WorkOptions, _ global: GlobalOptions) throws(Failure) {
    let folder = PathText.folder(of: Composition.absolute(options.manifest))
    composition = try Composition(global, manifestFolder: folder)
    plugin = try composition.plugin(manifest: options.manifest)
    file = try composition.checkFile(of: plugin, stated: options.with)
    guard let stated = options.kind else {
      kind = plugin.manifest.kinds[0]
      return
    }
    guard let kind = plugin.manifest.kinds.first(where: { $0.rawValue == stated }) else {
      let kinds = plugin.manifest.kinds.map(\.rawValue).joined(separator: ", ")
      throw Failure(.invalidInput, "the plugin is no '\(stated)'", advice: "it is: \(kinds)")
    }
    self.kind = kind
  }

  /// - Parameter isolation: where it runs, if that is not left to its manifest and its trust.
  func drive(_ isolation: PluginManifest.Isolation? = nil) throws(Failure) -> PluginDrive {
    try drive(plugin.manifest.name.value, kind, config: file.config, isolation)
  }

  func drive(
    _ name: String, _ kind: PluginKind, config: YAMLNode, _ isolation: PluginManifest.Isolation? = nil
  ) throws(Failure) -> PluginDrive {
    let place = SourcePlace(file: plugin.path, line: 0, column: 0)
    let stage = try composition.registry.stage(
      plugin: Placed(name, at: place), kind, config: config, policy: PolicySection(), platform: PolicySection(),
      baseFolder: Composition.absolute("."), isolation: isolation)
    return PluginDrive(
      stage, PluginDrive.Host(gate: composition.gate, services: composition.services(), clock: composition.clock),
      patience: file.patience)
  }
}

struct WorkOptions: ParsableArguments {
  @Argument(help: "The plugin's manifest.")
  var manifest: String

  @Option(help: "The file with a configuration and sample columns (check.yaml beside the manifest, if there is one).")
  var with: String?

  @Option(help: "As what it works, if it is of several kinds.")
  var kind: String?
}
