package import HostFormats
package import HostModel

/// The status of one pipeline in words, from its snapshot.
package struct StatusReport: Sendable {
  package let snapshot: JSONValue
  private let now: WallTime
  private let isAlive: Bool

  /// A snapshot older than this was not written by a service that still runs.
  package static let freshness: Duration = .seconds(10)

  /// - Parameter isAlive: whether the process that wrote it still runs.
  package init(_ snapshot: JSONValue, now: WallTime, isAlive: Bool) {
    self.snapshot = snapshot
    self.now = now
    self.isAlive = isAlive
  }

  /// `running`, how it ended, or that it was killed.
  package var state: String {
    if let end = snapshot["end"]?.stringValue { return end }
    guard isAlive else { return "killed" }
    let age = now.microseconds - (snapshot["at_us"]?.integerValue ?? 0)
    return age > Self.freshness.wholeNanoseconds / 1000 ? "not responding" : "running"
  }

  package var isRunning: Bool { state == "running" }

  /// Headline, levels, streams and dependencies, one line each.
  package var lines: [String] {
    let name = snapshot["pipeline"]?.stringValue ?? "?"
    let pid = snapshot["pid"]?.integerValue.map { isRunning ? ", process \($0)" : "" } ?? ""
    return ["\(name): \(state)\(pid), \(ago("at_us", of: snapshot))"] + levels + streams + queue + dependencies
      + pluginMetrics
  }

  private var levels: [String] {
    (snapshot["levels"]?.arrayValue ?? []).map { level in
      let name = level["level"]?.stringValue ?? "?"
      var line = "  level of the \(level["scope"]?.stringValue ?? "?"): \(name)"
      if level["pinned"]?.boolValue == true { line += ", pinned by an operator" }
      if name != "normal", level["pinned"]?.boolValue != true, let because = level["because"]?.stringValue {
        line += ", because \(because)"
      }
      if let next = level["next_change_us"]?.integerValue { line += "; next step \(inTime(next)) at the earliest" }
      return line
    }
  }

  private var streams: [String] {
    (snapshot["streams"]?.arrayValue ?? []).map { stream in
      func count(_ key: String) -> Int64 { stream[key]?.integerValue ?? 0 }
      return "  stream \(stream["name"]?.stringValue ?? "?"): \(count("rows_read")) rows read, "
        + "\(count("rows_written")) written, \(count("rows_committed")) committed"
    }
  }

  private var queue: [String] {
    guard let depth = snapshot["queue_depth"]?.integerValue, depth > 0 else { return [] }
    return ["  queue: \(depth) batches wait to be replayed"]
  }

  private var dependencies: [String] {
    (snapshot["dependencies"]?.arrayValue ?? []).map { dependency in
      func count(_ key: String) -> Int64 { dependency[key]?.integerValue ?? 0 }
      var line = "  \(dependency["name"]?.stringValue ?? "?"): \(breaker(dependency)); "
      line += "\(count("calls")) calls, \(count("failures")) failures, \(count("retries")) retries, "
      line += "\(count("rejected")) rejected; \(count("in_flight")) in flight, \(count("waiting")) waiting; "
      line += "\(count("retry_budget")) retries left"
      if let p95 = dependency["p95_ns"]?.integerValue { line += "; p95 \(latencyText(.nanoseconds(p95)))" }
      return line
    }
  }

  private var pluginMetrics: [String] {
    (snapshot["plugin_metrics"]?.arrayValue ?? []).map { told in
      let values = ["counters", "gauges"].flatMap { told[$0]?.objectValue.map(Array.init) ?? [] }
      let list = values.map { "\($0) \($1.text())" }.joined(separator: ", ")
      let dropped = told["dropped"]?.integerValue ?? 0
      return "  \(told["plugin"]?.stringValue ?? "?") counts: \(list)"
        + (dropped > 0 ? "; \(dropped) reports left out" : "")
    }
  }

  /// A breaker's state, its cause, and when it is tried again.
  func breaker(_ dependency: JSONValue) -> String {
    var text = "breaker \(dependency["breaker"]?.stringValue ?? "?")"
    if let because = dependency["because"]?.stringValue {
      text += " since \(ago("since_us", of: dependency)), because \(because)"
    }
    if let retry = dependency["retry_at_us"]?.integerValue { text += ", next test \(inTime(retry))" }
    return text
  }

  func ago(_ key: String, of value: JSONValue) -> String {
    guard let then = value[key]?.integerValue else { return "at an unknown time" }
    return TimeText.timestamp(microseconds: then / 1_000_000 * 1_000_000, zoned: true)
  }

  func inTime(_ microseconds: Int64) -> String {
    let left = microseconds - now.microseconds
    return left <= 0 ? "now" : "in \((left + 999_999) / 1_000_000)s"
  }
}
