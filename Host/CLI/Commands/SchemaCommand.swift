import ArgumentParser
import HostFormats
import HostPipelines
import HostPluginRuntime

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of a file, for editors.")

  enum File: String, ExpressibleByArgument, CaseIterable {
    case pipeline, manifest, platform
  }

  @Argument(help: "pipeline, manifest or platform.")
  var file: File

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let schema =
      switch file {
      case .pipeline: PipelineFile.jsonSchema
      case .manifest: PluginManifest.schema
      case .platform: PlatformFile.jsonSchema
      }
    Terminal.line(schema.text(.pretty))
  }
}
