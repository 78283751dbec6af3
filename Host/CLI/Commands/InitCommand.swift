import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Writes a commented pipeline file for what it finds in a source.")

  @Option(
    name: .customLong("from"),
    help: "postgres://USER@HOST/DATABASE, or a file or pattern such as 'data/*.csv'. A template unless given.")
  var source: String?

  @Option(help: "The pipeline's name; after the source unless given.")
  var name: String?

  @Argument(help: "The file to write; NAME.yaml unless given.")
  var file: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let name = try name.map { text throws(Failure) in try DraftSource.checkedName(text) }
    // Before a server is asked for anything.
    if let file { try refuseExisting(file) }
    let draft = try draft(name: name)
    let path = file ?? draft.name + ".yaml"
    try refuseExisting(path)
    let writer = try UserFile.create(path)
    try writer.writeAll(Array(draft.text.utf8))
    try writer.sync()
    try writer.close()
    global.isJSON ? Terminal.json(json(draft, path)) : Terminal.write(text(draft, path))
  }

  private func draft(name: String?) throws -> PipelineDraft {
    guard let source else { return PipelineDraft(name: name ?? "pipeline", origin: .template) }
    let from = try DraftSource(source)
    let composition = try Composition(global)
    composition.secrets = from.secrets
    let folder = file.map { PathText.folder(of: Composition.absolute($0)) }
    let pipelines = PipelineInit(try composition.pipelineHost(), workingFolder: Composition.absolute("."))
    return try pipelines.draft(from: from, name: name, folder: folder)
  }

  private func refuseExisting(_ path: String) throws(Failure) {
    guard try UserFile.exists(path) else { return }
    throw Failure(
      .invalidInput, "\(path): is already there, and init replaces nothing", advice: "name another file",
      status: .conflict)
  }

  private func text(_ draft: PipelineDraft, _ path: String) -> String {
    var lines = ["wrote \(path)" + (draft.streams.isEmpty ? "" : ": " + counted(draft))]
    if let export = draft.exportLine { lines.append("first:  \(export)") }
    lines.append("next:   headrace validate \(path)" + (draft.streams.isEmpty ? " --offline" : ""))
    lines.append("then:   headrace preview \(path)")
    return lines.joined(separator: "\n") + "\n"
  }

  private func counted(_ draft: PipelineDraft) -> String {
    let columns = draft.streams.reduce(0) { $0 + $1.schema.fields.count }
    let streams = draft.streams.count
    return "\(streams) \(streams == 1 ? "stream" : "streams"), \(columns) \(columns == 1 ? "column" : "columns")"
  }

  private func json(_ draft: PipelineDraft, _ path: String) -> JSONValue {
    .object([
      "schema_version": 1, "file": .string(path), "pipeline": .string(draft.name),
      "streams": .array(draft.streams.map { .string($0.name) }),
      "environment": .array(draft.variable.map { [.string($0)] } ?? []),
    ])
  }
}
