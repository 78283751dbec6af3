import ArgumentParser
import HostFormats
import HostPipelines
import HostPluginRuntime
import HostPolicyFile

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of a file, for editors.")

  enum File: String, ExpressibleByArgument, CaseIterable {
    case pipeline, manifest, platform, check
    case policyTest = "policy-test"
  }

  @Argument(help: "pipeline, manifest, platform, check or policy-test.")
  var file: File

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let schema =
      switch file {
      case .pipeline: PipelineFile.jsonSchema
      case .manifest: PluginManifest.schema
      case .platform: PlatformFile.jsonSchema
      case .check: CheckFile.schema
      case .policyTest: TraceFile.jsonSchema
      }
    Terminal.line(schema.text(.pretty))
  }
}
