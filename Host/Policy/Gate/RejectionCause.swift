/// Which part of the gate refused a call, and why.
package enum RejectionCause: Sendable, Hashable {
  /// The feature does not make this call at the level.
  case degraded(Feature, DegradationLevel, FeatureMode)
  /// As many calls as the limit allows are in flight.
  case bulkheadFull(limit: Int)
  /// The dependency refuses so many calls for its load that this one is not sent.
  case throttled(percent: Int)
  case breaker(BreakerRejection)

  /// The cause without its particulars, as metrics count it.
  package enum Kind: Int, Sendable, CaseIterable {
    case degraded, bulkheadFull, throttled, breakerOpen, breakerProbing, breakerForcedOpen

    package var name: String {
      switch self {
      case .degraded: "degraded"
      case .bulkheadFull: "bulkhead_full"
      case .throttled: "throttled"
      case .breakerOpen: "breaker_open"
      case .breakerProbing: "breaker_probing"
      case .breakerForcedOpen: "breaker_forced_open"
      }
    }
  }

  package var kind: Kind {
    switch self {
    case .degraded: .degraded
    case .bulkheadFull: .bulkheadFull
    case .throttled: .throttled
    case .breaker(let rejection):
      switch rejection.state {
      case .halfOpen: .breakerProbing
      case .forcedOpen: .breakerForcedOpen
      case .open, .closed, .disabled, .metricsOnly: .breakerOpen
      }
    }
  }
}
