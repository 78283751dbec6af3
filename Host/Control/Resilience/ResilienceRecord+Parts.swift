package import HostFormats
import HostGate
import HostModel
package import HostPolicy

extension KeptBreaker {
  var json: JSONValue {
    let tallies = record.tallies.map { entry -> JSONValue in
      [
        .integer(Int64(entry.age)), .integer(Int64(entry.tally.calls)), .integer(Int64(entry.tally.failures)),
        .integer(Int64(entry.tally.slow)),
      ]
    }
    return .object([
      "plugin": .string(key.plugin), "endpoint": .string(key.endpoint), "at_us": .integer(at.microseconds),
      "state": .string(record.state.rawValue), "cause": record.cause?.json ?? .null,
      "since_ns": .integer(record.sinceNanoseconds), "remaining_ns": .integer(record.remainingNanoseconds),
      "openings": .integer(Int64(record.openings)),
      "consecutive_failures": .integer(Int64(record.consecutiveFailures)), "window": .array(tallies),
      "last_failure": lastFailure?.json ?? .null,
    ])
  }

  init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    guard let state = BreakerStateName(rawValue: try object.string("state")) else { throw .init(key: "state") }
    var tallies: [BreakerRecord.AgedTally] = []
    for entry in try object.array("window") {
      let numbers = (entry.arrayValue ?? []).compactMap { $0.integerValue.map { Int(clamping: $0) } }
      guard numbers.count == 4, numbers.allSatisfy({ 0...1_000_000_000 ~= $0 }) else { throw .init(key: "window") }
      let tally = BreakerTally(calls: numbers[1], failures: numbers[2], slow: numbers[3])
      tallies.append(.init(age: numbers[0], tally: tally))
    }
    var cause: BreakerCause?
    if let value = object.optional("cause") { cause = try BreakerCause(value) }
    let record = BreakerRecord(
      state: state, cause: cause, sinceNanoseconds: max(0, try object.integer("since_ns")),
      remainingNanoseconds: max(0, try object.integer("remaining_ns")), openings: max(0, try object.int("openings")),
      consecutiveFailures: max(0, try object.int("consecutive_failures")), tallies: tallies)
    let key = DependencyKey(plugin: try object.string("plugin"), endpoint: try object.string("endpoint"))
    var lastFailure: LastFailure?
    // Written since 2026-11: a file of before has none.
    if let value = object.optional("last_failure") { lastFailure = try LastFailure(value) }
    self.init(
      key: key, record: record, at: WallTime(microseconds: try object.integer("at_us")), lastFailure: lastFailure)
  }
}

extension LastFailure {
  fileprivate var json: JSONValue {
    .object([
      "status": .string(status.name), "message": message.map { .string($0) } ?? .null,
      "at_us": .integer(at.microseconds),
    ])
  }

  fileprivate init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    let name = try object.string("status")
    guard let status = Status.allCases.first(where: { $0.name == name }) else { throw .init(key: "status") }
    self.init(
      status: status, message: object.optional("message")?.stringValue,
      at: WallTime(microseconds: try object.integer("at_us")))
  }
}

extension BreakerCause {
  package var json: JSONValue {
    var object: JSONObject = ["name": .string(name)]
    switch self {
    case .failures(let count), .consecutiveFailures(let count): object["failures"] = .integer(Int64(count))
    case .failureRate(let failures, let calls):
      object["failures"] = .integer(Int64(failures))
      object["calls"] = .integer(Int64(calls))
    case .probesFailed(let failures, let calls):
      object["failures"] = .integer(Int64(failures))
      object["probes"] = .integer(Int64(calls))
    case .slowRate(let slow, let calls):
      object["slow"] = .integer(Int64(slow))
      object["calls"] = .integer(Int64(calls))
    case .instanceLost(let status), .probeFailed(let status): object["status"] = .integer(Int64(status))
    case .probesSucceeded(let count): object["successes"] = .integer(Int64(count))
    case .openTimePassed, .probeOverdue, .operatorCommand: break
    }
    return .object(object)
  }

  init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    switch try object.string("name") {
    case "failure_threshold": self = .failures(try object.int("failures"))
    case "consecutive_failures": self = .consecutiveFailures(try object.int("failures"))
    case "failure_rate" where object.optional("probes") != nil:
      self = .probesFailed(failures: try object.int("failures"), calls: try object.int("probes"))
    case "failure_rate": self = .failureRate(failures: try object.int("failures"), calls: try object.int("calls"))
    case "slow_call_rate": self = .slowRate(slow: try object.int("slow"), calls: try object.int("calls"))
    case "instance_lost": self = .instanceLost(status: Int32(clamping: try object.integer("status")))
    case "probe_failed": self = .probeFailed(status: Int32(clamping: try object.integer("status")))
    case "probes_succeeded": self = .probesSucceeded(try object.int("successes"))
    case "open_time_passed": self = .openTimePassed
    case "probe_overdue": self = .probeOverdue
    case "operator": self = .operatorCommand
    default: throw .init(key: "name")
    }
  }

  /// The cause in words, after "because".
  package var explanation: String {
    func status(_ raw: Int32) -> String { Status(rawValue: raw)?.name ?? String(raw) }
    return switch self {
    case .failures(let count): "\(count) calls failed within the window"
    case .failureRate(let failures, let calls): "\(failures) of \(calls) calls failed"
    case .slowRate(let slow, let calls): "\(slow) of \(calls) calls were slow"
    case .consecutiveFailures(let count): "\(count) calls in a row failed"
    case .instanceLost(let raw): "its instance was lost (\(status(raw)))"
    case .openTimePassed: "its open time has passed"
    case .probeFailed(let raw): "its test call failed (\(status(raw)))"
    case .probesFailed(let failures, let calls): "\(failures) of \(calls) test calls failed"
    case .probeOverdue: "its test call did not return"
    case .probesSucceeded(let count): "\(count) test calls succeeded"
    case .operatorCommand: "an operator said so"
    }
  }
}

extension KeptLevel {
  var json: JSONValue {
    .object([
      "pipeline": pipeline.map { .string($0) } ?? .null, "level": .string(level.name),
      "cause": reason.map { .string($0.cause.rawValue) } ?? .null, "evidence": reason?.evidence.json ?? .null,
    ])
  }

  init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    guard let level = DegradationLevel(name: try object.string("level")) else { throw .init(key: "level") }
    var reason: DegradationCondition?
    if let name = object.optional("cause")?.stringValue, let evidence = object.optional("evidence") {
      guard let cause = DegradationCause(rawValue: name) else { throw .init(key: "cause") }
      reason = DegradationCondition(cause, try DegradationEvidence(evidence))
    }
    self.init(pipeline: object.optional("pipeline")?.stringValue, level: level, reason: reason)
  }
}

extension DegradationEvidence {
  package var json: JSONValue {
    switch self {
    case .unavailable(let names): ["kind": "unavailable", "dependencies": .array(names.map { .string($0) })]
    case .slow(let dependency, let p95, let baseline):
      [
        "kind": "slow", "dependency": .string(dependency), "p95_ns": .integer(p95.wholeNanoseconds),
        "baseline_ns": .integer(baseline.wholeNanoseconds),
      ]
    case .nearDeadline(let dependency, let p95, let timeout):
      [
        "kind": "near_deadline", "dependency": .string(dependency), "p95_ns": .integer(p95.wholeNanoseconds),
        "timeout_ns": .integer(timeout.wholeNanoseconds),
      ]
    case .cpu(let percent): ["kind": "cpu", "percent": .integer(Int64(percent))]
    case .memory(let percent): ["kind": "memory", "percent": .integer(Int64(percent))]
    case .queue(let depth): ["kind": "queue", "depth": .integer(Int64(depth))]
    case .disk(let bytes): ["kind": "disk", "free_bytes": .integer(bytes)]
    case .lanes(let lost, let most):
      ["kind": "lanes", "lost": .integer(Int64(lost)), "most": .integer(Int64(most))]
    case .quiet: ["kind": "quiet"]
    }
  }

  init(_ json: JSONValue) throws(JSONShape.Wrong) {
    let object = try JSONShape(json)
    func duration(_ key: String) throws(JSONShape.Wrong) -> Duration { .nanoseconds(try object.integer(key)) }
    switch try object.string("kind") {
    case "unavailable": self = .unavailable(try object.array("dependencies").compactMap(\.stringValue))
    case "slow":
      self = .slow(
        dependency: try object.string("dependency"), p95: try duration("p95_ns"), baseline: try duration("baseline_ns"))
    case "near_deadline":
      self = .nearDeadline(
        dependency: try object.string("dependency"), p95: try duration("p95_ns"), timeout: try duration("timeout_ns"))
    case "cpu": self = .cpu(percent: try object.int("percent"))
    case "memory": self = .memory(percent: try object.int("percent"))
    case "queue": self = .queue(depth: try object.int("depth"))
    case "disk": self = .disk(freeBytes: try object.integer("free_bytes"))
    case "lanes": self = .lanes(lost: try object.int("lost"), of: try object.int("most"))
    case "quiet": self = .quiet
    default: throw .init(key: "kind")
    }
  }

  /// The evidence in words, after "because".
  package var explanation: String {
    switch self {
    case .unavailable(let names): names.count == 1 ? "\(names[0]) refuses calls" : "\(list(names)) refuse calls"
    case .slow(let dependency, let p95, let baseline):
      "the 95th percentile of \(dependency) is \(latencyText(p95)), usually \(latencyText(baseline))"
    case .nearDeadline(let dependency, let p95, let timeout):
      "the 95th percentile of \(dependency) is \(latencyText(p95)), and a call may take \(latencyText(timeout))"
    case .cpu(let percent): "other programs use \(percent)% of the processors"
    case .memory(let percent): "\(percent)% of the memory is in use"
    case .queue(let depth): "\(depth) batches wait in the queue"
    case .disk(let bytes): "\(bytes >> 20) MiB are left on the disk"
    case .lanes(let lost, let most): "\(lost) of \(most) threads are stuck in plugin calls that never returned"
    case .quiet: "nothing calls for it any more"
    }
  }

  private func list(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }
}

/// A latency with the digits that matter: `850us`, `12ms`, `2.5s`.
package func latencyText(_ duration: Duration) -> String {
  let microseconds = duration.wholeNanoseconds / 1000
  if microseconds < 1000 { return "\(microseconds)us" }
  if microseconds < 1_000_000 { return "\(microseconds / 1000)ms" }
  let tenths = microseconds / 100_000
  return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
}

extension DegradationLevel {
  package init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }
}
