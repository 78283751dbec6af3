import ArgumentParser
import HostModel

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "The folder of catalog, lake, state and logs (or HEADRACE_HOME; ./.headrace unless given).")
  var home: String?

  @Option(help: "A folder with plugin manifests (plugins.d unless given). May be repeated.")
  var plugins: [String] = []

  @Option(help: "text or json.")
  var output: OutputFormat = .text

  @Option(help: "The platform file (headrace.yaml if there is one).")
  var platform: String?

  @Option(help: "The environment of the platform file.")
  var env: String?

  var isJSON: Bool { output == .json }
}

/// The variables of a pipeline file that are set on the command line.
struct VariableOptions: ParsableArguments {
  @Option(name: .customLong("set"), help: "A variable of the pipeline file: vars.NAME=VALUE. May be repeated.")
  var overrides: [String] = []
}
