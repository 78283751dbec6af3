package import HostFormats
package import HostModel
import HostPluginCalls
package import HostPolicyFile

extension PluginRegistry {
  /// A plugin in its place: installed, of the kind, loaded, and with a configuration that its own schema allows.
  /// - Parameters:
  ///   - policy: of whoever names the plugin; the manifest and the platform follow.
  ///   - baseFolder: where relative paths of the configuration begin; nil for plugins that read none.
  ///   - isolation: where it runs, if that is not left to its manifest and its trust.
  package func stage(
    plugin name: Placed<String>, _ kind: PluginKind, config: YAMLNode, policy: PolicySection, platform: PolicySection,
    baseFolder: String? = nil, isolation: PluginManifest.Isolation? = nil
  ) throws(Failure) -> PlannedStage {
    if name.isSecret, plugins[name.value] == nil {
      throw .invalid([Diagnostic(at: name.place, "there is no plugin of the name that is not shown")])
    }
    let installed = try installed(name.value, at: name.place)
    guard installed.manifest.kinds.contains(kind) else {
      let kinds = installed.manifest.kinds.map(\.rawValue).joined(separator: ", ")
      throw .invalid([
        Diagnostic(at: name.place, "the plugin \(name.shown(name.value)) is no \(kind.rawValue); it is: \(kinds)")
      ])
    }
    let (plugin, placement, copy) = try place(installed, ordered: isolation)
    let schema = try schema(of: plugin, kind)
    let tree = withBaseFolder(
      config.merged(over: installed.manifest.config), schema.json, baseFolder)
    let checked = PluginConfiguration.checked(tree, against: schema.schema)
    guard let configuration = checked.configuration else { throw .invalid(checked.diagnostics) }
    return PlannedStage(
      plugin: plugin, placement: placement, name: name.value, kind: kind, configuration: configuration,
      place: name.place,
      endpoint: Endpoint.of(configuration.json, schema.json),
      policy: policy.over(installed.manifest.policy.over(platform)),
      behaviour: installed.manifest.behaviour(as: kind),
      statement: PlannedStage.Statement(config: config, baseFolder: baseFolder), copy: copy)
  }

  /// The same place with the plugin that is installed now.
  ///
  /// - Parameter policy: of the pipeline file and the platform as they are now; the manifest's lies between them.
  package func stage(
    again stage: PlannedStage, policy: PolicySection, platform: PolicySection
  ) throws(Failure) -> PlannedStage {
    try self.stage(
      plugin: Placed(stage.name, at: stage.place), stage.kind, config: stage.statement.config, policy: policy,
      platform: platform, baseFolder: stage.statement.baseFolder)
  }

  private func schema(
    of plugin: LoadedPlugin, _ kind: PluginKind
  ) throws(Failure) -> (schema: JSONSchema, json: JSONValue) {
    let text = plugin.description.schemas[kind.rawValue] ?? "{}"
    do {
      let json = try JSONValue.parse(text)
      return (try JSONSchema(json), json)
    } catch {
      throw Failure(
        .run, "plugin '\(plugin.description.name)': the schema of its configuration is wrong: \(error)", status: .fatal)
    }
  }

  /// A plugin that reads paths gets the pipeline file's folder, unless the file says another.
  private func withBaseFolder(_ config: YAMLNode, _ schema: JSONValue, _ folder: String?) -> YAMLNode {
    let key = "base_directory"
    guard let folder, schema["properties"]?[key] != nil, config[key] == nil, let entries = config.entries else {
      return config
    }
    let value = YAMLNode(
      .scalar(YAMLScalar(text: folder, style: .doubleQuoted, value: .string(folder))), at: config.place)
    return YAMLNode(
      .mapping(entries + [YAMLEntry(key: key, keyPlace: config.place, value: value)]), at: config.place)
  }
}
