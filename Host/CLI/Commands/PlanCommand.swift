import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks pipeline files and tells every mistake at once.")

  @Argument(help: "Pipeline files.")
  var files: [String]

  @Flag(help: "Ask no source: check the file, its plugins and their configurations only.")
  var offline = false

  @OptionGroup var variables: VariableOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    var found: [Diagnostic] = []
    var kind = FailureKind.invalidInput
    for path in files {
      do throws(Failure) { found += try check(path, composition) } catch {
        if error.diagnostics.isEmpty {
          let place = SourcePlace(file: path, line: 0, column: 0)
          found.append(Diagnostic(at: place, error.statement, suggestion: error.advice))
        } else {
          found += error.diagnostics
        }
        kind = error.kind
      }
    }
    report(found)
    if found.contains(where: { $0.severity == .error }) { throw ExitCode(kind.rawValue) }
  }

  /// What is wrong with one file.
  private func check(_ path: String, _ composition: Composition) throws(Failure) -> [Diagnostic] {
    let loader = PipelineLoader()
    let reading = try loader.read(path, overrides: variables.overrides)
    guard let file = reading.file else { return reading.diagnostics }
    composition.secrets = file.secrets
    let planner = loader.planner(for: path, try composition.pipelineHost())
    if offline { return reading.diagnostics + planner.stages(file).diagnostics }
    return reading.diagnostics + (try planner.plan(file).warnings)
  }

  private func report(_ diagnostics: [Diagnostic]) {
    if global.isJSON {
      Terminal.json(.object(["schema_version": 1, "diagnostics": .array(diagnostics.map(\.json))]))
    } else if diagnostics.isEmpty {
      Terminal.line(files.count == 1 ? "\(files[0]): valid" : "\(files.count) files are valid")
    } else {
      for diagnostic in diagnostics { Terminal.line(diagnostic.description, to: .error) }
    }
  }
}

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Shows what a run would do: streams, stages, columns, splits and policies.")

  @Argument(help: "The pipeline file.")
  var file: String

  @OptionGroup var variables: VariableOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let loader = PipelineLoader()
    let pipeline = try loader.load(file, overrides: variables.overrides, into: composition)
    let host = try composition.pipelineHost()
    let plan = try loader.planner(for: file, host).plan(pipeline)
    let report = try PlanReport(plan, host)
    if global.isJSON { Terminal.json(report.json) } else { Terminal.write(report.text) }
  }
}

extension Diagnostic {
  var json: JSONValue {
    .object([
      "severity": .string(severity.rawValue), "file": .string(place.file), "line": .integer(Int64(place.line)),
      "column": .integer(Int64(place.column)), "message": .string(Terminal.shown(message)),
      "suggestion": suggestion.map { .string(Terminal.shown($0)) } ?? .null,
    ])
  }
}
