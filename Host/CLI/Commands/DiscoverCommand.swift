import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct DiscoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discover", abstract: "Asks a source for its streams: columns, keys and cursors.")

  @Argument(help: "The source plugin.")
  var plugin: String

  @Option(help: "The plugin's configuration, as JSON.")
  var config: String = "{}"

  @Option(name: .customLong("streams"), help: "Names or patterns, separated by commas; all unless given.")
  var patterns: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let host = try composition.pipelineHost()
    let discovery = Discovery(host, folder: Composition.absolute("."))
    let names = patterns.map { $0.split(separator: ",").map(String.init) } ?? []
    let streams = try discovery.streams(plugin, config: config, patterns: names)
    if global.isJSON {
      Terminal.json(.object(["schema_version": 1, "streams": .array(streams.map(Discovery.json))]))
    } else {
      for stream in streams { Terminal.write(Discovery.text(stream)) }
    }
  }
}
