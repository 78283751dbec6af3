package import HostModel

/// Holds calls back that an overloaded dependency would only refuse: refusing costs it, too.
///
/// The rule is that of the SRE book (Beyer et al., "Site Reliability Engineering", 2016, chapter 21, "Client-side
/// throttling"): of the calls that are wanted, the share `max(0, (requests - K * accepts) / (requests + 1))` is not sent.
/// `requests` are all that were wanted in the window, those that were not sent included; `accepts` are those that the
/// dependency took on, whatever came of them. With K = 2 it is sent twice as many as it takes.
package struct ClientThrottle: Sendable, Equatable {
  package struct Configuration: Sendable, Hashable {
    /// K. Near 1 holds back at the first refusal; large hardly ever does. Values below 1 are 1.
    package var multiplier: Double
    /// What is looked back on. Longer than calls take, or their answers come too late to count.
    package var window: Duration
    /// Below so many requests nothing is held back.
    package var minimumRequests: Int

    package init(multiplier: Double = 2, window: Duration = .seconds(120), minimumRequests: Int = 10) {
      self.multiplier = multiplier.isFinite ? max(1, multiplier) : 2
      self.window = max(.milliseconds(1), window)
      self.minimumRequests = max(0, minimumRequests)
    }

    /// Whether the window is longer than almost all calls take (their p99), so that a call still counts as wanted when its
    /// answer counts as taken on. Otherwise a healthy but slow dependency looks like one that accepts less than is asked
    /// of it. A window forgets a bucket at a time, so one bucket of it does not count. True while no call was timed.
    package func covers(_ latencies: LatencyHistogram) -> Bool {
      guard let slowest = latencies.percentile(99) else { return true }
      return slowest <= window - window / ClientThrottle.buckets
    }
  }

  private static let buckets = 60

  package private(set) var configuration: Configuration
  private var requests: BreakerTimeWindow
  private var accepts: BreakerTimeWindow

  package init(_ configuration: Configuration, at now: Instant) {
    self.configuration = configuration
    requests = BreakerTimeWindow(length: configuration.window, buckets: Self.buckets, at: now)
    accepts = BreakerTimeWindow(length: configuration.window, buckets: Self.buckets, at: now)
  }

  /// A call is wanted.
  /// - Returns: false if it is held back.
  package mutating func requested(at now: Instant, using generator: inout some RandomNumberGenerator) -> Bool {
    let share = share(at: now)
    requests.record(BreakerTally(calls: 1))
    return share <= 0 || Double.random(in: 0..<1, using: &generator) >= share
  }

  /// A call was sent without asking.
  mutating func sent(at now: Instant) {
    advance(to: now)
    requests.record(BreakerTally(calls: 1))
  }

  /// The dependency has taken a call on.
  package mutating func accepted(at now: Instant) {
    advance(to: now)
    accepts.record(BreakerTally(calls: 1))
  }

  /// Calls that were sent and accepted without asking. Time does not move; see `Breaker.callsSucceeded`.
  mutating func accepted(_ count: Int) {
    guard count > 0 else { return }
    requests.record(BreakerTally(calls: count))
    accepts.record(BreakerTally(calls: count))
  }

  /// The share of the calls that is held back now.
  package mutating func share(at now: Instant) -> Double {
    advance(to: now)
    let wanted = Double(requests.total.calls)
    guard requests.total.calls >= configuration.minimumRequests else { return 0 }
    return max(0, (wanted - configuration.multiplier * Double(accepts.total.calls)) / (wanted + 1))
  }

  mutating func advance(to now: Instant) {
    requests.advance(to: now)
    accepts.advance(to: now)
  }
}
