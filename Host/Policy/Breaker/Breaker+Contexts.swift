import HostModel

extension Breaker {
  /// Closed or metrics-only: the window.
  struct Closed: Sendable {
    var window: BreakerWindow
    let since: Instant

    init(_ configuration: BreakerConfiguration, at now: Instant) {
      window = BreakerWindow(configuration.window, at: now)
      since = now
    }

    /// Closing forgets the outage: an empty window.
    init(closing context: HalfOpen, _ configuration: BreakerConfiguration, at now: Instant) {
      self.init(configuration, at: now)
    }

    /// Which trigger fires, if one does.
    func tripCause(_ configuration: BreakerConfiguration) -> BreakerCause? {
      let total = window.total
      if let threshold = configuration.failureThreshold, total.failures >= max(1, threshold) {
        return .failures(total.failures)
      }
      if let threshold = configuration.consecutiveFailures, window.consecutiveFailures >= max(1, threshold) {
        return .consecutiveFailures(window.consecutiveFailures)
      }
      guard total.calls >= max(1, configuration.minimumCalls) else { return nil }
      if let percent = configuration.failurePercent, total.failures > 0, total.reaches(percent, total.failures) {
        return .failureRate(failures: total.failures, calls: total.calls)
      }
      if let percent = configuration.slowPercent, total.slow > 0, total.reaches(percent, total.slow) {
        return .slowRate(slow: total.slow, calls: total.calls)
      }
      return nil
    }
  }

  /// Open: until when, why, and how often in a row.
  struct Open: Sendable {
    let since: Instant
    let until: Instant
    let cause: BreakerCause
    /// Openings since the last close, this one included.
    let openings: Int

    init(since: Instant, until: Instant, cause: BreakerCause, openings: Int) {
      self.since = since
      self.until = until
      self.cause = cause
      self.openings = openings
    }

    func rejection() -> BreakerRejection {
      BreakerRejection(state: .open, since: since, cause: cause, retryAt: until)
    }
  }

  /// Half-open: the probes that are out and what those that came back said.
  struct HalfOpen: Sendable {
    let since: Instant
    /// What had opened the breaker; still the reason for whoever is refused now.
    let openedBy: BreakerCause
    let openedSince: Instant
    let openings: Int
    var inFlight = 0
    var successes = 0
    var failures = 0
    /// When the probe left that has been out longest since none was; nil if none is out.
    var probingSince: Instant?

    init(after open: Open, at now: Instant) {
      since = now
      openedBy = open.cause
      openedSince = open.since
      openings = open.openings
    }

    /// Permits that the rule still leaves. A sample that was made smaller may be complete already; only a result decides, so
    /// one more call goes ahead, or the state would never end.
    func permitsLeft(_ rule: BreakerConfiguration.HalfOpenRule) -> Int {
      switch rule {
      case .consecutive: 1 - inFlight
      case .sample(let permits, _): max(inFlight == 0 ? 1 : 0, max(1, permits) - inFlight - successes - failures)
      }
    }

    func isOverdue(_ configuration: BreakerConfiguration, at now: Instant) -> Bool {
      guard let probingSince else { return false }
      return now >= probingSince.advanced(by: configuration.halfOpenLimit)
    }

    func rejection(_ configuration: BreakerConfiguration) -> BreakerRejection {
      let overdueAt = probingSince?.advanced(by: configuration.halfOpenLimit)
      return BreakerRejection(state: .halfOpen, since: openedSince, cause: openedBy, retryAt: overdueAt)
    }
  }

  /// Held by an operator.
  struct Held: Sendable {
    let since: Instant

    func rejection() -> BreakerRejection {
      BreakerRejection(state: .forcedOpen, since: since, cause: .operatorCommand, retryAt: nil)
    }
  }
}
