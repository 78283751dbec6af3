import ArgumentParser
import HostFormats
import HostGate
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
    let bell = OperatorBell()
    let composition = try Composition(global) { event in
      log.write(event)
      bell.ring(event)
    }
    let loader = PipelineLoader()
    let pipeline = try loader.load(file, overrides: variables.overrides, into: composition)
    let origin = CallOrigin(tenant: .standard, sourceID: pipeline.sourceID, pipeline: pipeline.name)
    try log.open(composition, origin: origin, extra: events)
    let files = policyFiles(pipeline, composition, log)
    try signals.listen(on: composition.lanes) { files.readAgain() }
    let board = RunBoard(pipeline: pipeline.name, startedAt: composition.clock.wallTime())
    let monitor = DegradationMonitor(composition.gate, composition.settings.policy.degradation.configuration)
    let degradation = pipeline.policy.over(composition.settings.policy).degradation.configuration
    let resilience = composition.resilience(
      for: origin, monitor, degradation, queueDepth: { board.queueDepth.workable }, reload: { files.look() },
      status: { board.json })
    try bell.start(composition)
    // Planning already calls plugins.
    resilience.restore()
    try resilience.start(on: composition.lanes)
    do throws(Failure) {
      let run = try prepare(pipeline, composition, loader, signals, log)
      files.follow(
        PolicyReload(
          composition.policySources(global, pipeline: file, overrides: variables.overrides), plan: run.plan,
          host: run.host, monitor: monitor))
      board.show(run)
      let summary = try watch(run, composition)
      resilience.stop(summary.status.rawValue)
      bell.stop()
      SummaryPrinter(summary, gate: composition.gate, composition.pluginMetrics).print(json: global.isJSON)
      Terminal.exit(exitCode(summary, signals))
    } catch {
      resilience.stop(RunStatus.failed.rawValue)
      bell.stop()
      throw error
    }
  }

  private func policyFiles(_ pipeline: PipelineFile, _ composition: Composition, _ log: EventLog) -> PolicyFiles {
    let (clock, sourceID, name) = (composition.clock, pipeline.sourceID, pipeline.name)
    return PolicyFiles(composition, pipeline: file, log: log) { event, details in
      RunEvent(
        event, at: clock.wallTime(), tenant: .standard, sourceID: sourceID, pipeline: name, details: details)
    }
  }

  private func prepare(
    _ pipeline: PipelineFile, _ composition: Composition, _ loader: PipelineLoader, _ signals: SignalStop,
    _ log: EventLog
  ) throws(Failure) -> PipelineRun {
    let host = try composition.pipelineHost()
    let planner = loader.planner(for: file, host, cancellation: signals.stop)
    let selection = streams.map { $0.split(separator: ",").map(String.init) } ?? []
    let plan = try planner.plan(pipeline, selection: selection)
    for warning in plan.warnings { Terminal.line(warning.description, to: .error) }
    var options = PipelineRun.Options()
    options.fullRefresh = fullRefresh
    return PipelineRun(host, plan, options: options, stop: signals.stop) { log.write($0) }
  }

  private func watch(_ run: PipelineRun, _ composition: Composition) throws(Failure) -> RunSummary {
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
