/// When a breaker trips, for how long, and how it recovers. The defaults are the specification's.
package struct BreakerConfiguration: Sendable, Hashable {
  /// What the counts look back on.
  package enum Window: Sendable, Hashable {
    /// The last `length` of time, in this many buckets: a result is forgotten up to a bucket early.
    case time(length: Duration, buckets: Int)
    /// The last so many calls, however old.
    case count(Int)
  }

  /// How half-open decides.
  package enum HalfOpenRule: Sendable, Hashable {
    /// One call at a time; so many successes in a row close, any failure reopens.
    case consecutive(successes: Int)
    /// So many calls, at once if they come so; reopens if this percentage of them or more fails.
    case sample(permits: Int, failurePercent: Int)
  }

  package var window: Window = .time(length: .seconds(60), buckets: 60)
  /// Failures inside the window that trip, whatever succeeded between them. nil switches this trigger off.
  package var failureThreshold: Int? = 5
  /// Percentage of the window's calls that trips by failing. nil switches this trigger off.
  package var failurePercent: Int? = 50
  /// Percentage of the window's calls that trips by being slow. nil (default) switches this trigger off; with it, every
  /// call is timed.
  package var slowPercent: Int?
  /// A call that takes this long or longer is slow.
  package var slowDuration: Duration = .seconds(60)
  /// The rates are undefined for fewer calls in the window.
  package var minimumCalls = 10
  /// Failures in a row that trip. nil (default) switches this trigger off.
  package var consecutiveFailures: Int?

  /// How long calls are refused before the first probe.
  package var openDuration: Duration = .seconds(30)
  /// Each reopening without a close in between multiplies the open time. 1 (default) keeps it constant.
  package var openGrowth: Double = 1
  /// The open time does not grow beyond this. A dependency's own `retry_after` may still be longer.
  package var maxOpenDuration: Duration = .seconds(600)
  /// Adds up to this percentage to the open time, so that hosts do not probe together. 0 by default.
  package var openJitterPercent = 0

  package var halfOpen: HalfOpenRule = .consecutive(successes: 3)
  /// A probe that has not returned after this long reopens the breaker.
  package var halfOpenLimit: Duration = .seconds(60)

  package init() {}

  /// Whether a breaker can be decided without knowing how long calls take.
  package var needsLatencies: Bool { slowPercent != nil }
}
