import ArgumentParser
import HostFormats
import HostModel
import HostPipelines
import HostPluginCalls
import HostPluginRuntime

struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins", abstract: "Lists the installed plugins, and describes one.",
    subcommands: [List.self, Info.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the installed plugins.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let registry = try Composition(global).registry
      let plugins = registry.plugins.values.map(\.manifest).sorted { $0.name.value < $1.name.value }
      if global.isJSON {
        Terminal.json(.object(["schema_version": 1, "plugins": .array(plugins.map(\.json))]))
      } else {
        var table = TextTable(["name", "version", "kinds", "description"])
        for plugin in plugins {
          let kinds = plugin.kinds.map(\.rawValue).joined(separator: ", ")
          table.add([plugin.name.value, plugin.version.value, kinds, plugin.description])
        }
        Terminal.write(table.text)
      }
      if !registry.diagnostics.isEmpty { throw Failure.invalid(registry.diagnostics) }
    }
  }

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describes a plugin: its library, its hash, and the schema of its configuration.")
    @Argument(help: "The plugin's name.")
    var name: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let registry = try Composition(global).registry
      let plugin = try registry.installed(name, at: SourcePlace(file: "plugins info", line: 0, column: 0))
      let description = try registry.description(of: plugin)
      if global.isJSON {
        Terminal.json(.object(["schema_version": 1, "plugin": plugin.json(description, registry)]))
        return
      }
      Terminal.line("\(description.name) \(description.version), ABI version \(description.abiVersion)")
      if !plugin.manifest.description.isEmpty { Terminal.line(plugin.manifest.description) }
      Terminal.line("manifest: \(plugin.path)")
      Terminal.line(
        "library: \(plugin.manifest.library.value)"
          + (registry.isPinned(plugin) ? ", hash checked" : ", not pinned to a hash"))
      for (kind, schema) in description.schemas.sorted(by: { $0.key < $1.key }) {
        Terminal.line("configuration as \(kind):")
        Terminal.line((try? JSONValue.parse(schema).text(.pretty)) ?? schema)
      }
    }
  }
}

extension PluginManifest {
  fileprivate var json: JSONValue {
    .object([
      "name": .string(name.value), "version": .string(version.value),
      "kinds": .array(kinds.map { .string($0.rawValue) }), "library": .string(library.value),
      "description": .string(description), "isolation": isolation.map { .string($0.value.rawValue) } ?? .null,
    ])
  }
}

extension InstalledPlugin {
  fileprivate func json(_ description: PluginDescription, _ registry: PluginRegistry) -> JSONValue {
    let schemas = description.schemas.sorted { $0.key < $1.key }.map { kind, text in
      (kind, (try? JSONValue.parse(text)) ?? .null)
    }
    return .object([
      "name": .string(description.name), "version": .string(description.version),
      "abi": .integer(Int64(description.abiVersion)), "manifest": .string(path),
      "library": .string(manifest.library.value), "pinned": .bool(registry.isPinned(self)),
      "schemas": .object(JSONObject(schemas)),
    ])
  }
}
