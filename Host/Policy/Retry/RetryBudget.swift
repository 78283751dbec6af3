package import HostModel

/// Limits what retries add to the load of one dependency, however many callers retry.
///
/// A token bucket: each call deposits a fraction of a token, time deposits a small reserve so that a quiet dependency
/// can be retried at all, each retry withdraws a whole one. The form is Finagle's retry budget; unlike it, the tokens
/// do not expire one by one: the capacity bounds what can be saved up.
package struct RetryBudget: Sendable, Equatable {
  package struct Configuration: Sendable, Hashable {
    /// Retries earned by a hundred calls. 0 leaves only the reserve.
    package var percentOfCalls: Int
    /// Retries per second that are there without any call. 0 with `percentOfCalls` 0 ends all retries after `capacity`.
    package var reservePerSecond: Int
    /// The most that can be saved up, and what a fresh budget holds. 0 forbids every retry.
    package var capacity: Int

    package init(percentOfCalls: Int = 20, reservePerSecond: Int = 10, capacity: Int = 100) {
      self.percentOfCalls = min(max(0, percentOfCalls), 10_000)
      self.reservePerSecond = min(max(0, reservePerSecond), 1_000_000)
      self.capacity = min(max(0, capacity), 1_000_000)
    }
  }

  /// A token is a million units, so that a microsecond's share of the reserve is a whole number.
  private static let token: Int64 = 1_000_000

  package private(set) var configuration: Configuration
  private var units: Int64
  private var refilledAt: Instant

  package init(_ configuration: Configuration, at now: Instant) {
    self.configuration = configuration
    units = Int64(configuration.capacity) * Self.token
    refilledAt = now
  }

  /// Goes on with another configuration and what is saved up, as far as the new capacity holds it.
  mutating func reconfigured(_ next: Configuration) {
    configuration = next
    units = min(units, limit)
  }

  /// Whole retries that can be made now, before time adds to them.
  package var balance: Int { Int(units / Self.token) }

  package mutating func callsMade(_ count: Int) {
    let earned = Int64(configuration.percentOfCalls) * (Self.token / 100)
    let (sum, overflow) = earned.multipliedReportingOverflow(by: Int64(clamping: count))
    deposit(overflow ? limit : sum)
  }

  /// Takes one retry; false leaves the budget as it was.
  package mutating func withdraw(at now: Instant) -> Bool {
    refill(at: now)
    guard units >= Self.token else { return false }
    units -= Self.token
    return true
  }

  private var limit: Int64 { Int64(configuration.capacity) * Self.token }

  private mutating func deposit(_ amount: Int64) {
    units = amount >= limit - units ? limit : units + amount
  }

  private mutating func refill(at now: Instant) {
    guard now > refilledAt else { return }
    let microseconds = now.duration(since: refilledAt).wholeNanoseconds / 1000
    // What a token's fraction leaves over stays on the clock, so that frequent calls do not lose it.
    refilledAt = refilledAt.advanced(by: .microseconds(microseconds))
    let (earned, overflow) = microseconds.multipliedReportingOverflow(by: Int64(configuration.reservePerSecond))
    deposit(overflow ? limit : earned)
  }
}
