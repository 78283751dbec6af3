package import HostModel
package import HostPolicy

/// Something that happened at the gate, for the event stream, the log and the operator.
package struct GateEvent: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Of a dependency; see `GateOccurrence`.
    case dependency(DependencyKey, GateOccurrence)
    /// The level of the platform, or of the pipeline that `origin` names.
    case level(DegradationScope.Change)
  }

  package let kind: Kind
  /// On whose behalf the call was made, where a call caused the event.
  package let origin: CallOrigin?
  /// Who is told of it, by the names of notification targets; nil is everybody.
  package let audience: [String]?
  /// Counts the events of one gate in the order of what they tell: a sink that is called by two threads can sort.
  package let sequence: UInt64
  package let at: Instant
  package let wallTime: WallTime

  /// One word for metrics and logs: `breaker`, `retry`, `waiting`, `rejected`, `budget_exhausted` or `level`.
  package var name: String {
    switch kind {
    case .level: "level"
    case .dependency(_, .breaker): "breaker"
    case .dependency(_, .retry): "retry"
    case .dependency(_, .waiting): "waiting"
    case .dependency(_, .rejected): "rejected"
    case .dependency(_, .budgetExhausted): "budget_exhausted"
    }
  }
}
