import HostFormats
package import HostModel
import HostPolicy

/// Why a feature or a plugin is as it is: the causal chain from what a user sees to what a dependency said, and when it is
/// tried again. Read from a snapshot, so that it tells what the pipeline itself knew.
package struct Explanation: Sendable {
  /// From effect to cause, each line the reason of the one before.
  package private(set) var lines: [String] = []

  private let report: StatusReport

  /// - Parameter target: a feature's name, a plugin's, `plugin@endpoint`, or nil for everything that is not normal.
  /// - Throws: a failure of invalid input for a target that the pipeline does not have.
  package init(_ target: String?, _ report: StatusReport) throws(Failure) {
    self.report = report
    guard let target else {
      explainAll()
      return
    }
    if let feature = features.first(where: { $0["name"]?.stringValue == target }) {
      explain(feature: feature)
      return
    }
    let named = dependencies.filter {
      $0["plugin"]?.stringValue == target || $0["name"]?.stringValue == target
    }
    guard !named.isEmpty else { throw unknown(target) }
    for dependency in named { explain(dependency: dependency, indent: "") }
  }

  private var features: [JSONValue] { report.snapshot["features"]?.arrayValue ?? [] }
  private var dependencies: [JSONValue] { report.snapshot["dependencies"]?.arrayValue ?? [] }
  private var levels: [JSONValue] { report.snapshot["levels"]?.arrayValue ?? [] }

  private func unknown(_ target: String) -> Failure {
    let known = (features + dependencies).compactMap { $0["name"]?.stringValue }
    return Failure(
      .invalidInput, "the pipeline has no feature and no plugin \(quoted(target))",
      advice: EditDistance.suggestion(for: target, among: known) ?? "it has \(choices(known, joinedBy: "and"))")
  }

  private mutating func explainAll() {
    let degraded = features.filter { $0["mode"] != $0["full_mode"] }
    if let first = degraded.first { explain(feature: first, others: degraded.count - 1) }
    for dependency in dependencies where isTold(dependency) { explain(dependency: dependency, indent: "") }
    if lines.isEmpty { lines = ["Everything is normal: every feature runs in full, every breaker is closed."] }
  }

  /// Whether a dependency is worth a line that no level has told about.
  private func isTold(_ dependency: JSONValue) -> Bool {
    let name = dependency["name"]?.stringValue ?? ""
    return dependency["breaker"]?.stringValue != "closed" && !lines.contains { $0.contains("\(name): breaker") }
  }

  private mutating func explain(feature: JSONValue, others: Int = 0) {
    let name = feature["name"]?.stringValue ?? "?"
    let (mode, full) = (feature["mode"]?.stringValue ?? "?", feature["full_mode"]?.stringValue ?? "?")
    guard mode != full else {
      lines.append("\(name) runs in full ('\(mode)').")
      for dependency in dependencies where serves(dependency, name) { explain(dependency: dependency, indent: "  ") }
      return
    }
    let more = others > 0 ? " (and \(others) more features are degraded with it)" : ""
    lines.append("\(name) runs as '\(mode)' instead of '\(full)'\(more)")
    let highest = levels.compactMap { DegradationLevel(name: $0["level"]?.stringValue ?? "") }.max()
    for level in levels where level["level"]?.stringValue == highest?.name { explain(level: level) }
  }

  private mutating func explain(level: JSONValue) {
    let name = level["level"]?.stringValue ?? "?"
    let pin = level["pinned"]?.boolValue == true ? ", pinned by an operator" : ""
    let cause = level["cause"]?.stringValue ?? "?"
    lines.append("  because the \(level["scope"]?.stringValue ?? "?") is at '\(name)' (\(cause)\(pin))")
    if pin.isEmpty, let because = level["because"]?.stringValue { lines.append("    because \(because)") }
    let named = level["evidence"]?["dependencies"]?.arrayValue ?? []
    let single = [level["evidence"]?["dependency"]].compactMap { $0 }
    for dependency in dependencies where (named + single).contains(dependency["name"] ?? .null) {
      explain(dependency: dependency, indent: "      ")
    }
    if let next = level["next_change_us"]?.integerValue {
      lines.append("    the next step is \(report.inTime(next)) at the earliest")
    } else if pin.isEmpty {
      lines.append("    the level is left when what called for it is gone, one step at a time")
    } else {
      lines.append("    the level stays until an operator releases it")
    }
  }

  private func serves(_ dependency: JSONValue, _ feature: String) -> Bool {
    (dependency["features"]?.arrayValue ?? []).contains(.string(feature))
  }

  private mutating func explain(dependency: JSONValue, indent: String) {
    lines.append("\(indent)\(dependency["name"]?.stringValue ?? "?"): \(report.breaker(dependency))")
    guard let last = dependency["last_failure"] else { return }
    let status = last["status"]?.stringValue ?? "?"
    let message = last["message"]?.stringValue.map { ": \($0)" } ?? ""
    lines.append("\(indent)  its last failure, at \(report.ago("at_us", of: last)), was \(status)\(message)")
  }
}
