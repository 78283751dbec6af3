import ArgumentParser
import HostControl
import HostFormats
import HostModel

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows breakers, retry budgets, levels and queues of running pipelines.")

  @Argument(help: "One pipeline, by its name; all that have run unless given.")
  var pipeline: String?

  @Flag(help: "Goes on showing, once a second, until the pipelines have ended or Ctrl-C.")
  var watch = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    var isRunning = true
    var linesDrawn = 0
    repeat {
      let reports = try RunSnapshots(composition).reports(pipeline, now: composition.clock.wallTime())
      isRunning = reports.contains(where: \.isRunning)
      if global.isJSON {
        show(json: reports)
      } else {
        show(text: reports, over: &linesDrawn)
      }
      if watch, isRunning { composition.sleep(.seconds(1)) }
    } while watch && isRunning
  }

  private func show(json reports: [StatusReport]) {
    let pipelines = reports.map { report -> JSONValue in
      var object = report.snapshot.objectValue ?? JSONObject()
      object["state"] = .string(report.state)
      return .object(object)
    }
    Terminal.json(.object(["schema_version": 1, "pipelines": .array(pipelines)]))
  }

  /// On a terminal each view is drawn over the one before; elsewhere they follow each other.
  private func show(text reports: [StatusReport], over linesDrawn: inout Int) {
    var lines = reports.flatMap(\.lines)
    if lines.isEmpty { lines = ["no pipeline has run here yet"] }
    lines = lines.map(Terminal.printable)
    if watch, let width = Terminal.width(.output) {
      if linesDrawn > 0 { Terminal.write("\u{1B}[\(linesDrawn)A\u{1B}[J") }
      lines = lines.map { String($0.prefix(max(20, width) - 1)) }
      linesDrawn = lines.count
    }
    Terminal.write(lines.map { $0 + "\n" }.joined())
  }
}
