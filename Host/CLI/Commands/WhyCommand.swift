import ArgumentParser
import HostControl
import HostFormats
import HostModel

struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract:
      "Explains why a feature or a plugin is as it is: from the level and the breaker to the plugin's own error.")

  @Argument(help: "A feature (data_ingestion, transformations, ...) or a plugin; all that is not normal unless given.")
  var target: String?

  @Option(help: "Only this pipeline.")
  var pipeline: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let reports = try RunSnapshots(composition).reports(pipeline, now: composition.clock.wallTime())
    guard !reports.isEmpty else {
      throw Failure(.invalidInput, "no pipeline has run in \(composition.home)", advice: "run one first")
    }
    var explained: [(StatusReport, Explanation)] = []
    var unknown: Failure?
    for report in reports {
      do throws(Failure) { explained.append((report, try Explanation(target, report))) } catch { unknown = error }
    }
    if explained.isEmpty, let unknown { throw unknown }
    for (report, explanation) in explained { show(report, explanation) }
  }

  private func show(_ report: StatusReport, _ explanation: Explanation) {
    let name = report.snapshot["pipeline"]?.stringValue ?? "?"
    if global.isJSON {
      let lines = explanation.lines.map { JSONValue.string($0) }
      Terminal.json(
        .object([
          "schema_version": 1, "pipeline": .string(name), "state": .string(report.state), "chain": .array(lines),
        ]))
      return
    }
    Terminal.line("\(name) (\(report.state))")
    for line in explanation.lines { Terminal.line("  " + Terminal.printable(line)) }
  }
}
