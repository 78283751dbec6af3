package import HostModel

/// What the load of the dependency has to say: throttling before a call, learning after it.
extension GateMachine {
  /// Whether calls may go ahead without asking.
  package mutating func admitsAll(at now: Instant) -> Bool {
    guard breaker.admitsAll, !hasWaiting, adaptive == nil else { return false }
    return (throttle?.share(at: now) ?? 0) <= 0
  }

  /// The share of calls that is held back, in percent, if this one is. A test call never is: it is the only one.
  mutating func heldBack(at now: Instant) -> Int? {
    guard var throttle else { return nil }
    switch breaker.stateName {
    case .closed, .disabled, .metricsOnly: break
    case .open, .halfOpen, .forcedOpen:
      self.throttle?.sent(at: now)
      return nil
    }
    defer { self.throttle = throttle }
    let share = throttle.share(at: now)
    guard !throttle.requested(at: now, using: &generator) else { return nil }
    return Int((share * 100).rounded())
  }

  /// An attempt ended: its slot is still taken.
  mutating func learn(_ status: Status, latency: Duration?, at now: Instant) {
    if !status.isOverload { throttle?.accepted(at: now) }
    guard adaptive != nil, let latency else { return }
    let inFlight = bulkhead.inFlight
    adaptive?.callEnded(
      latency: latency, inFlight: inFlight, isDropped: status.isOverload || status == .timeout)
    bulkhead.limitChanged(to: adaptive?.limit)
  }
}

extension Status {
  /// The dependency refused the call because it has too many.
  fileprivate var isOverload: Bool { self == .throttled || self == .quotaExhausted }
}
