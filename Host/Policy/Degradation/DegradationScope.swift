/// The level of one scope, the platform or a pipeline, as last reported and as an operator may have pinned it.
///
/// Holds no hysteresis: whoever reports has waited long enough.
package struct DegradationScope: Sendable, Equatable {
  package struct Change: Sendable, Equatable {
    package let from: DegradationLevel
    package let to: DegradationLevel
    package let cause: DegradationCause
    /// What showed it; nil for an operator's change.
    package let evidence: DegradationEvidence?

    package init(
      from: DegradationLevel, to: DegradationLevel, cause: DegradationCause, evidence: DegradationEvidence? = nil
    ) {
      self.from = from
      self.to = to
      self.cause = cause
      self.evidence = evidence
    }
  }

  package private(set) var reported: DegradationLevel = .normal
  package private(set) var pin: DegradationLevel?
  /// Why the level is what it is: its last change; nil while it has never changed.
  package private(set) var lastChange: Change?

  package init() {}

  package var level: DegradationLevel { pin ?? reported }

  /// The conditions call for a level. Remembered but without effect while the level is pinned.
  package mutating func levelReported(
    _ level: DegradationLevel, cause: DegradationCause, evidence: DegradationEvidence? = nil
  ) -> Change? {
    changing(cause, evidence) { $0.reported = level }
  }

  /// An operator holds the level; nil lets it follow the reports again.
  package mutating func pinned(to level: DegradationLevel?) -> Change? {
    changing(.pinned, nil) { $0.pin = level }
  }

  private mutating func changing(
    _ cause: DegradationCause, _ evidence: DegradationEvidence?, _ body: (inout DegradationScope) -> Void
  ) -> Change? {
    let before = level
    body(&self)
    guard level != before else { return nil }
    let change = Change(from: before, to: level, cause: cause, evidence: evidence)
    lastChange = change
    return change
  }
}
