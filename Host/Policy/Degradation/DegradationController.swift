package import HostModel

/// Decides the level of one scope, the platform or a pipeline, from conditions that come and go.
///
/// A condition counts once it has held for its time. The highest level that a counting condition calls for is entered at
/// once, whatever lies between: waiting on the steps would protect nobody. Back it goes one step at a time, each after
/// nothing has called for the present level during the whole recovery time; a condition that returns meanwhile begins
/// that time anew. So a scope changes at most once up and once down in a recovery time, however its measurements jump.
package struct DegradationController: Sendable, Equatable {
  /// A change that the conditions call for.
  package struct Decision: Sendable, Equatable {
    package let level: DegradationLevel
    package let condition: DegradationCondition
  }

  private struct Held: Sendable, Equatable {
    var since: Instant
    var condition: DegradationCondition
  }

  package let configuration: DegradationConfiguration
  package private(set) var level: DegradationLevel
  /// What the present level was entered for; nil at the normal level.
  package private(set) var reason: DegradationCondition?
  private var held: [DegradationCause: Held] = [:]
  /// Since when nothing has called for the present level.
  private var quietSince: Instant?

  /// - Parameter level: as it was kept across a restart. It is left like any other, once its recovery has held.
  package init(
    _ configuration: DegradationConfiguration, level: DegradationLevel = .normal, reason: DegradationCondition? = nil
  ) {
    self.configuration = configuration
    self.level = level
    self.reason = reason
  }

  /// A measurement: these conditions hold, all others do not.
  package mutating func observed(_ conditions: [DegradationCondition], at now: Instant) -> Decision? {
    remember(conditions, at: now)
    let calling = counting(at: now)
    let wanted = calling?.condition.cause.level ?? .normal
    if wanted > level, let calling { return enter(wanted, calling.condition) }
    guard wanted < level else {
      quietSince = nil
      if wanted == level, let calling { reason = calling.condition }
      return nil
    }
    let since = quietSince ?? now
    quietSince = since
    guard now >= since.advanced(by: configuration.recoveryHold) else { return nil }
    // The next step has to wait for its own time.
    quietSince = now
    let below = DegradationLevel(rawValue: level.rawValue - 1) ?? .normal
    return leave(to: max(below, wanted), calling?.condition)
  }

  /// When the level can next change by itself if the measurements stay as they are; nil if it will not.
  package func nextChange(at now: Instant) -> Instant? {
    let pending = held.values.filter { $0.condition.cause.level > level }
      .map { $0.since.advanced(by: configuration.hold(of: $0.condition.cause)) }
    let recovery = quietSince.map { $0.advanced(by: configuration.recoveryHold) }
    return (pending + [recovery].compactMap { $0 }).min()
  }

  private mutating func remember(_ conditions: [DegradationCondition], at now: Instant) {
    var next: [DegradationCause: Held] = [:]
    for condition in conditions {
      next[condition.cause] = Held(since: held[condition.cause]?.since ?? now, condition: condition)
    }
    held = next
  }

  /// The counting condition that calls for the highest level; of several, the one that has held longest.
  private func counting(at now: Instant) -> Held? {
    held.values
      .filter { now >= $0.since.advanced(by: configuration.hold(of: $0.condition.cause)) }
      .max { a, b in
        let (first, second) = (a.condition.cause, b.condition.cause)
        if first.level != second.level { return first.level < second.level }
        if a.since != b.since { return a.since > b.since }
        return first.rawValue > second.rawValue
      }
  }

  private mutating func enter(_ next: DegradationLevel, _ condition: DegradationCondition) -> Decision {
    level = next
    reason = condition
    quietSince = nil
    return Decision(level: next, condition: condition)
  }

  private mutating func leave(to next: DegradationLevel, _ calling: DegradationCondition?) -> Decision {
    level = next
    reason = next == .normal ? nil : calling ?? reason
    if let calling, calling.cause.level == next { quietSince = nil }
    return Decision(level: next, condition: DegradationCondition(.recovered, .quiet))
  }
}
