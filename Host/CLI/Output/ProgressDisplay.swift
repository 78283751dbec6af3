import HostFormats
import HostGate
import HostModel
import HostPipelines

/// Shows on a terminal how a run comes along: rows, bytes and rates of each stream, breakers that are not closed, and the
/// level. Writes to standard error, a few times a second, over its own last lines.
final class ProgressDisplay: Sendable {
  private static let period: Duration = .milliseconds(250)
  private let progress: [StreamProgress]
  private let gate: Gate
  private let clock: any Clock
  private let isShown: Bool
  private let monitor: any Monitor
  private let state = DisplayState()

  /// What the drawing lane and `stop` share; guarded by the monitor.
  private final class DisplayState: @unchecked Sendable {
    var isStopped = false
    var lane: (any LaneHandle)?
    var linesDrawn = 0
  }

  init(_ run: PipelineRun, gate: Gate, clock: any Clock, lanes: any Lanes, isQuiet: Bool) {
    progress = run.progress
    self.gate = gate
    self.clock = clock
    isShown = !isQuiet && Terminal.isTerminal(.error)
    monitor = lanes.makeMonitor()
  }

  func start(on lanes: any Lanes) throws(Failure) {
    guard isShown else { return }
    let began = clock.now()
    state.lane = try lanes.start("progress") { [self] in
      while !waitForStop() { draw(clock.now().duration(since: began)) }
    }
  }

  /// Stops drawing and takes the lines away: the summary says it all.
  func stop() {
    guard isShown else { return }
    monitor.withLock {
      state.isStopped = true
      monitor.signalAll()
    }
    state.lane?.join()
    Terminal.write(erasure, to: .error)
  }

  private func waitForStop() -> Bool {
    let next = clock.now().advanced(by: Self.period)
    return monitor.withLock {
      while !state.isStopped, clock.now() < next { _ = monitor.wait(until: next) }
      return state.isStopped
    }
  }

  /// Moves up over the lines that were drawn, and clears them.
  private var erasure: String { state.linesDrawn > 0 ? "\u{1B}[\(state.linesDrawn)A\u{1B}[J" : "" }

  private func draw(_ elapsed: Duration) {
    let seconds = max(0.001, Double(elapsed.wholeNanoseconds) / 1e9)
    var lines = progress.map { line($0, seconds) }
    for metrics in gate.dependencies.map({ $0.metrics() }) where metrics.breaker != .closed {
      lines.append("  breaker \(metrics.breaker.rawValue): \(metrics.key)")
    }
    if gate.platform.level != .normal { lines.append("  level: \(gate.platform.level.name)") }
    let width = Terminal.width(.error) ?? 80
    let text = lines.map { String($0.prefix(width - 1)) + "\n" }.joined()
    Terminal.write(erasure + text, to: .error)
    state.linesDrawn = lines.count
  }

  private func line(_ progress: StreamProgress, _ seconds: Double) -> String {
    let rate = grouped(Int(Double(progress.rowsRead) / seconds))
    let megabytes = SummaryPrinter.decimal(Double(progress.sourceBytes) / 1e6, 1)
    var line =
      "\(progress.stream.stream): \(grouped(progress.rowsRead)) read, \(grouped(progress.rowsWritten)) written, "
    line += "\(grouped(progress.rowsCommitted)) committed, \(rate) rows/s, \(megabytes) MB"
    if progress.rowsDead > 0 { line += ", \(grouped(progress.rowsDead)) dead" }
    if progress.findings > 0 { line += ", \(grouped(progress.findings)) findings" }
    return line
  }
}
