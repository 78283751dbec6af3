import HostModel

/// Tells of something that may happen a million times: the first time at once, then how often, at most once an interval.
struct RecurringNotice: Sendable, Equatable {
  private var untold = 0
  private var quietUntil: Instant?

  /// The count to tell now; nil to stay quiet.
  mutating func happened(at now: Instant, interval: Duration) -> Int? {
    untold += 1
    return due(at: now, interval: interval)
  }

  /// The count that has gathered, if there is one and it is time.
  mutating func due(at now: Instant, interval: Duration) -> Int? {
    guard untold > 0 else { return nil }
    if let quietUntil, now < quietUntil { return nil }
    defer { untold = 0 }
    quietUntil = now.advanced(by: interval)
    return untold
  }
}
