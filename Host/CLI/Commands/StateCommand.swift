import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Shows how far the streams of a pipeline were read, and forgets it.",
    subcommands: [Show.self, Reset.self])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows positions, as the tables keep them.")
    @Argument(help: "The pipeline file.")
    var file: String
    @OptionGroup var variables: VariableOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let pipeline = try PipelineLoader().load(file, overrides: variables.overrides, into: composition)
      let states = try PipelineState(composition.openLake().lake).streams(of: pipeline.name)
      if global.isJSON {
        Terminal.json(.object(["schema_version": 1, "streams": .array(states.map(\.json))]))
      } else if states.isEmpty {
        Terminal.line("nothing was read yet")
      } else {
        for state in states { Terminal.write(state.text) }
      }
    }
  }

  struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forgets positions: the next run reads everything again. Rows stay in the tables.")
    @Argument(help: "The pipeline file.")
    var file: String
    @Argument(help: "One stream; all of the pipeline unless given.")
    var stream: String?
    @OptionGroup var variables: VariableOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let pipeline = try PipelineLoader().load(file, overrides: variables.overrides, into: composition)
      try composition.spool.forget(pipeline.name, stream: stream, lanes: composition.lanes)
      let forgotten = try PipelineState(composition.openLake().lake).reset(pipeline.name, stream: stream)
      if global.isJSON {
        Terminal.json(.object(["schema_version": 1, "reset": .array(forgotten.map { .string($0) })]))
      } else {
        Terminal.line(
          forgotten.isEmpty ? "there was nothing to forget" : "forgotten: \(forgotten.joined(separator: ", "))")
      }
    }
  }
}
