package import HostModel

extension Breaker {
  /// What an operator, or the runtime that lost an instance, can tell a breaker.
  package enum Command: Sendable, Equatable {
    /// Back to closed with an empty window, from any state.
    case close
    case forceOpen
    case disable
    case countOnly
    /// Refuse until an instant, then probe.
    case openUntil(Instant)
    /// The instance or its process is gone (`crashed`, `hung`, `fatal`): open as after a trip, whatever was counted.
    case instanceLost(Status)
  }

  /// Does nothing, and says so with nil, if the breaker is in that state already; except that `openUntil` always sets
  /// its instant. A lost instance does not override what an operator holds.
  package mutating func commanded(
    _ command: Command, at now: Instant, using generator: inout some RandomNumberGenerator
  ) -> BreakerTransition? {
    switch (command, state) {
    case (.close, .closed), (.forceOpen, .forcedOpen), (.disable, .disabled), (.countOnly, .metricsOnly):
      return nil
    case (.close, _):
      return enter(.closed(Closed(configuration, at: now)), cause: .operatorCommand)
    case (.forceOpen, _):
      return enter(.forcedOpen(Held(since: now)), cause: .operatorCommand)
    case (.disable, _):
      return enter(.disabled(Held(since: now)), cause: .operatorCommand)
    case (.countOnly, _):
      return enter(.metricsOnly(Closed(configuration, at: now)), cause: .operatorCommand)
    case (.openUntil(let until), _):
      let context = Open(since: now, until: until, cause: .operatorCommand, openings: openings + 1)
      return enter(.open(context), cause: .operatorCommand)
    case (.instanceLost, .open), (.instanceLost, .forcedOpen), (.instanceLost, .disabled),
      (.instanceLost, .metricsOnly):
      return nil
    case (.instanceLost(let status), .closed), (.instanceLost(let status), .halfOpen):
      let cause = BreakerCause.instanceLost(status: status.rawValue)
      return open(cause, openings: openings + 1, retryAfter: nil, at: now, using: &generator).1
    }
  }

  /// Openings since the last close.
  var openings: Int {
    switch state {
    case .open(let context): context.openings
    case .halfOpen(let context): context.openings
    case .closed, .forcedOpen, .disabled, .metricsOnly: 0
    }
  }
}
