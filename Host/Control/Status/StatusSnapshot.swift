package import HostFormats
package import HostGate
package import HostModel
import HostPolicy

/// What a running pipeline tells of itself, once a second, in `HOME/state/runs/PIPELINE.json`: for `headrace status` and
/// `headrace why`, which run in other processes. Times are microseconds since 1970.
package enum StatusSnapshot {
  /// Where the snapshots of a home are.
  package static func folder(home: String) -> String { "\(home)/state/runs" }

  package static func json(
    gate: Gate, monitor: DegradationMonitor, pipeline: LevelScope, at now: Instant, wallTime: WallTime
  ) -> JSONObject {
    let clock = WallClockOffset(now: now, wallTime: wallTime)
    return [
      "at_us": .integer(wallTime.microseconds),
      "levels": .array([gate.platform, pipeline].map { level($0, monitor, clock) }),
      "features": .array(features(gate, pipeline)),
      "dependencies": .array(gate.dependencies.map { dependency($0, pipeline, clock) }),
    ]
  }

  /// Instants mean nothing to other processes; calendar time does.
  private struct WallClockOffset {
    let now: Instant
    let wallTime: WallTime

    func microseconds(_ instant: Instant) -> JSONValue {
      let (sum, overflow) = wallTime.microseconds.addingReportingOverflow(
        instant.duration(since: now).wholeNanoseconds / 1000)
      return .integer(overflow ? .max : sum)
    }
  }

  private static func level(
    _ scope: LevelScope, _ monitor: DegradationMonitor, _ clock: WallClockOffset
  ) -> JSONValue {
    let state = scope.state
    var object: JSONObject = [
      "scope": .string(scope.origin.map { "pipeline \($0.pipeline)" } ?? "platform"),
      "level": .string(state.level.name), "reported": .string(state.reported.name),
      "pinned": .bool(state.pin != nil),
    ]
    if let change = state.lastChange {
      object["cause"] = .string(change.cause.rawValue)
      object["evidence"] = change.evidence?.json ?? .null
      object["because"] = .string(change.evidence?.explanation ?? "an operator said so")
    }
    if let next = monitor.nextChange(of: scope, at: clock.now) { object["next_change_us"] = clock.microseconds(next) }
    return .object(object)
  }

  private static func features(_ gate: Gate, _ pipeline: LevelScope) -> [JSONValue] {
    let level = DegradationLevel.effective(platform: gate.platform.level, pipeline: pipeline.level)
    return Feature.allCases.map { feature in
      .object([
        "name": .string(feature.name), "mode": .string(DegradationMatrix.mode(of: feature, at: level).name),
        "full_mode": .string(DegradationMatrix.mode(of: feature, at: .normal).name),
      ])
    }
  }

  private static func dependency(
    _ dependency: Dependency, _ pipeline: LevelScope, _ clock: WallClockOffset
  ) -> JSONValue {
    let metrics = dependency.metrics()
    var object: JSONObject = [
      "name": .string(metrics.key.description), "plugin": .string(metrics.key.plugin),
      "endpoint": .string(metrics.key.endpoint), "breaker": .string(metrics.breaker.rawValue),
      "features": .array(
        Set(dependency.uses.filter { $0.scope === pipeline }.map(\.feature.name)).sorted().map { .string($0) }),
      "window": [
        "calls": .integer(Int64(metrics.window.calls)), "failures": .integer(Int64(metrics.window.failures)),
        "slow": .integer(Int64(metrics.window.slow)),
      ],
      "in_flight": .integer(Int64(metrics.inFlight)), "waiting": .integer(Int64(metrics.waiting)),
      "retry_budget": .integer(Int64(metrics.retryBudget)), "calls": .integer(Int64(metrics.counters.calls)),
      "failures": .integer(Int64(metrics.counters.failureCount)),
      "retries": .integer(Int64(metrics.counters.retries)),
      "rejected": .integer(Int64(metrics.counters.rejectedCount)),
    ]
    for (name, percent) in [("p50_ns", 50.0), ("p95_ns", 95), ("p99_ns", 99)] {
      object[name] = metrics.latencies.percentile(percent).map { .integer($0.wholeNanoseconds) } ?? .null
    }
    if let rejection = metrics.rejection {
      object["since_us"] = clock.microseconds(rejection.since)
      object["cause"] = rejection.cause.json
      object["because"] = .string(rejection.cause.explanation)
      if let retryAt = rejection.retryAt { object["retry_at_us"] = clock.microseconds(retryAt) }
    }
    if let last = metrics.lastFailure {
      object["last_failure"] = [
        "status": .string(last.status.name), "message": last.message.map { .string($0) } ?? .null,
        "at_us": .integer(last.at.microseconds),
      ]
    }
    return .object(object)
  }
}
