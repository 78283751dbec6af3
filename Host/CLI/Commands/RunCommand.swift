import ArgumentParser
import HostFormats
import HostModel
import HostPipelines

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a pipeline once: reads what is new and commits it to the lake.")

  @Argument(help: "The pipeline file.")
  var file: String

  @Option(help: "Only these streams, separated by commas; patterns are allowed.")
  var streams: String?

  @Flag(help: "Forget positions and read everything again.")
  var fullRefresh = false

  @Option(help: "Append the event stream (JSON lines) to this file as well.")
  var events: String?

  @OptionGroup var variables: VariableOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    // Before any thread is started: all of them inherit the mask.
    SignalStop.block()
    let signals = SignalStop()
    do throws(Failure) { try run(signals) } catch {
      guard let number = signals.received else { throw error }
      // Whatever failed, it failed because somebody asked the run to stop.
      Terminal.exit(128 + number)
    }
  }

  private func run(_ signals: SignalStop) throws(Failure) {
    let log = EventLog()
    let composition = try Composition(global, gateEvents: { log.write($0) })
    let loader = PipelineLoader()
    let pipeline = try loader.load(file, overrides: variables.overrides, into: composition)
    try log.open(composition, pipeline: pipeline, extra: events)
    try signals.listen(on: composition.lanes)
    let board = RunBoard(pipeline: pipeline.name, startedAt: composition.clock.wallTime())
    let resilience = composition.resilience(for: pipeline, queueDepth: { board.queueDepth }) { board.json }
    // Planning already calls plugins.
    resilience.restore()
    try resilience.start(on: composition.lanes)
    do throws(Failure) {
      let summary = try run(pipeline, composition, loader, signals, log, board)
      resilience.stop(summary.status.rawValue)
      SummaryPrinter(summary, gate: composition.gate).print(json: global.isJSON)
      Terminal.exit(exitCode(summary, signals))
    } catch {
      resilience.stop(RunStatus.failed.rawValue)
      throw error
    }
  }

  private func run(
    _ pipeline: PipelineFile, _ composition: Composition, _ loader: PipelineLoader, _ signals: SignalStop,
    _ log: EventLog, _ board: RunBoard
  ) throws(Failure) -> RunSummary {
    let host = try composition.pipelineHost()
    let planner = loader.planner(for: file, host, cancellation: signals.stop)
    let selection = streams.map { $0.split(separator: ",").map(String.init) } ?? []
    let plan = try planner.plan(pipeline, selection: selection)
    for warning in plan.warnings { Terminal.line(warning.description, to: .error) }
    var options = PipelineRun.Options()
    options.fullRefresh = fullRefresh
    let run = PipelineRun(host, plan, options: options, stop: signals.stop) { log.write($0) }
    board.show(run)
    let display = ProgressDisplay(
      run, gate: composition.gate, clock: composition.clock, lanes: composition.lanes, isQuiet: global.isJSON)
    try display.start(on: composition.lanes)
    let summary = run.run()
    display.stop()
    return summary
  }

  private func exitCode(_ summary: RunSummary, _ signals: SignalStop) -> Int32 {
    switch summary.status {
    case .succeeded: 0
    case .interrupted: 128 + (signals.received ?? 2)
    case .failed, .fenced: summary.failure?.kind.rawValue ?? FailureKind.run.rawValue
    }
  }
}
