/// A point on the monotonic clock of one process. It means nothing to another process or after a restart.
public struct Instant: Sendable, Hashable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Later than every instant that a clock reports: the deadline of a call that has none.
  public static let distantFuture = Instant(nanoseconds: .max)

  public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Adds a duration, stopping at the ends of the representable range instead of trapping.
  public func advanced(by duration: Duration) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    if overflow { return Instant(nanoseconds: duration < .zero ? .min : .max) }
    return Instant(nanoseconds: sum)
  }

  public func duration(since earlier: Instant) -> Duration {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return .nanoseconds(overflow ? (self < earlier ? .min : .max) : difference)
  }
}

/// A point in calendar time, UTC, in microseconds since 1970: for people, files and other systems, never for intervals.
public struct WallTime: Sendable, Hashable, Comparable {
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (a: WallTime, b: WallTime) -> Bool { a.microseconds < b.microseconds }

  public var milliseconds: Int64 {
    microseconds >= 0 ? microseconds / 1000 : (microseconds - 999) / 1000
  }
}

extension Duration {
  /// The duration in nanoseconds, clamped to the range of 64 bits (292 years).
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}

/// The host's only sources of time. The simulation replaces them with a virtual clock.
public protocol Clock: Sendable {
  func now() -> Instant
  func wallTime() -> WallTime
  /// A counter for short spans that may cost less than `now`. It runs at a steady rate, which its user has to measure.
  func ticks() -> UInt64
}

extension Clock {
  public func ticks() -> UInt64 { UInt64(bitPattern: now().nanoseconds) }
}
