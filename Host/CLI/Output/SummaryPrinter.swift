import Glibc
import HostFormats
import HostGate
import HostModel
import HostPipelines
import HostPluginCalls

/// Prints how a run ended: a few lines for people, one JSON object for programs.
struct SummaryPrinter {
  private let summary: RunSummary
  private let gate: Gate
  private let pluginMetrics: PluginMetrics

  init(_ summary: RunSummary, gate: Gate, _ pluginMetrics: PluginMetrics) {
    self.summary = summary
    self.gate = gate
    self.pluginMetrics = pluginMetrics
  }

  func print(json: Bool) {
    if let failure = summary.failure { Terminal.report(failure) }
    json ? Terminal.json(.object(object)) : Terminal.write(text)
  }

  private var seconds: Double { Double(summary.duration.wholeNanoseconds) / 1e9 }
  private func sum(_ value: (RunSummary.Stream) -> Int) -> Int { summary.streams.reduce(0) { $0 + value($1) } }

  // MARK: For people

  private var text: String {
    var lines: [String] = []
    for stream in summary.streams {
      var line = "\(stream.name) -> \(stream.table): \(grouped(stream.rowsRead)) rows read, "
      line += "\(grouped(stream.rowsWritten)) written"
      if stream.rowsDead > 0 { line += ", \(grouped(stream.rowsDead)) dead letters" }
      if stream.findings > 0 { line += ", \(grouped(stream.findings)) findings" }
      lines.append(line)
    }
    for dependency in gate.dependencies.map({ $0.metrics() }) {
      let counters = dependency.counters
      guard counters.failureCount > 0 || counters.rejectedCount > 0 || counters.retries > 0 else { continue }
      lines.append(
        "plugin \(dependency.key): \(counters.failureCount) failures, \(counters.retries) retries, "
          + "\(counters.rejectedCount) rejected, breaker \(dependency.breaker.rawValue)")
    }
    let rate = seconds > 0 ? Int(Double(sum(\.rowsRead)) / seconds) : 0
    lines.append("\(summary.status.rawValue) in \(Self.decimal(seconds, 2)) s, \(grouped(rate)) rows/s")
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: For programs

  private var object: JSONObject {
    let rate = seconds > 0 ? Double(sum(\.rowsRead)) / seconds : 0
    var object: JSONObject = [
      "schema_version": 1, "pipeline": .string(summary.pipeline), "status": .string(summary.status.rawValue),
      "streams": .array(summary.streams.map(stream)),
      "rows_read": .integer(Int64(sum(\.rowsRead))), "rows_written": .integer(Int64(sum(\.rowsWritten))),
      "rows_dead": .integer(Int64(sum(\.rowsDead))), "findings": .integer(Int64(sum(\.findings))),
      "seconds": .number(Self.decimal(seconds, 3)), "rows_per_second": .integer(Int64(rate)),
      "peak_rss_bytes": .integer(Self.peakMemory), "level": .string(gate.platform.level.name),
      "plugins": .array(plugins), "plugin_metrics": pluginMetrics.json,
    ]
    if let failure = summary.failure {
      object["error"] = .object([
        "message": .string(Terminal.shown(failure.message)),
        "advice": failure.advice.map { .string(Terminal.shown($0)) } ?? .null,
        "status": failure.status.map { .string($0.name) } ?? .null,
        "details": .object(
          JSONObject(failure.details.map { (Terminal.shown($0.key), .string(Terminal.shown($0.value))) })),
      ])
    }
    return object
  }

  private func stream(_ stream: RunSummary.Stream) -> JSONValue {
    .object([
      "name": .string(stream.name), "table": .string(stream.table.description),
      "rows_read": .integer(Int64(stream.rowsRead)), "rows_written": .integer(Int64(stream.rowsWritten)),
      "rows_dead": .integer(Int64(stream.rowsDead)),
      "snapshot_id": stream.snapshotID.map { .string(String($0)) } ?? .null,
    ])
  }

  private var plugins: [JSONValue] {
    gate.dependencies.map { dependency in
      let metrics = dependency.metrics()
      return .object([
        "name": .string(metrics.key.plugin), "endpoint": .string(metrics.key.endpoint),
        "calls": .integer(Int64(metrics.counters.calls)), "failures": .integer(Int64(metrics.counters.failureCount)),
        "retries": .integer(Int64(metrics.counters.retries)),
        "rejected": .integer(Int64(metrics.counters.rejectedCount)), "breaker": .string(metrics.breaker.rawValue),
      ])
    }
  }

  /// The most memory that this process and the children it waited for have had, in bytes. Linux counts in KiB.
  private static var peakMemory: Int64 {
    var own = rusage()
    var children = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &children)
    return Int64(own.ru_maxrss + children.ru_maxrss) * 1024
  }

  /// A number with a fixed count of decimals.
  static func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    return DecimalText.text(Int128((value * scale).rounded()), scale: places)
  }
}

/// A number with its thousands apart: `1,234,567`.
func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return number < 0 ? "-" + text : text
}
