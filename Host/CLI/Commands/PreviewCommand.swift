import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct PreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Shows the first rows as they would be committed, and writes nothing.")

  @Argument(help: "The pipeline file.")
  var file: String

  @Option(help: "How many rows of each stream.")
  var rows: Int = 10

  @Option(help: "Only these streams, separated by commas.")
  var streams: String?

  @OptionGroup var variables: VariableOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...100_000).contains(rows) else { throw ValidationError("--rows takes a number from 1 to 100000") }
  }

  func run() throws {
    let composition = try Composition(global)
    let loader = PipelineLoader()
    let pipeline = try loader.load(file, overrides: variables.overrides, into: composition)
    let host = try composition.pipelineHost()
    let plan = try loader.planner(for: file, host)
      .plan(pipeline, selection: streams.map { $0.split(separator: ",").map(String.init) } ?? [])
    for preview in try PipelinePreview(host, plan).streams(rows: rows) {
      if global.isJSON { Terminal.json(preview.json) } else { show(preview) }
    }
  }

  private func show(_ preview: PipelinePreview.Stream) {
    Terminal.line("\(preview.plan.id.stream) -> \(preview.plan.table)")
    var table = preview.schema.table
    for row in preview.rows { table.add(row.texts.map { $0 ?? "NULL" }) }
    Terminal.write(table.text)
    for letter in preview.rejects {
      Terminal.line(Terminal.printable("dead letter: \(letter.place): \(letter.reason)"))
    }
  }
}
