import HostModel

/// How long a tick of a clock's counter lasts, measured by the clock itself.
struct TickRate: Sendable {
  /// The length of a tick in nanoseconds, a fixed-point number with 32 binary digits after the point.
  struct Nanoseconds: Sendable, Equatable {
    let bits: UInt64

    static let unknown = Nanoseconds(bits: 0)
    /// Of a counter that counts nanoseconds.
    static let one = Nanoseconds(bits: 1 << 32)

    var isKnown: Bool { bits != 0 }

    /// The length of a span in nanoseconds. A counter that seems to have gone back, as that of another core may by a
    /// few ticks, has not moved.
    func nanoseconds(from began: UInt64, to ended: UInt64) -> Int64 {
      let ticks = Int64(bitPattern: ended &- began)
      guard ticks > 0 else { return 0 }
      let (high, low) = UInt64(ticks).multipliedFullWidth(by: bits)
      return high >> 31 == 0 ? Int64(high << 32 | low >> 32) : .max
    }
  }

  /// A measurement begins anew after this time, so that it follows a rate that the system corrects.
  private static let longest: Int64 = 1_000_000_000
  private var start: (time: Instant, ticks: UInt64)?

  /// - Parameters:
  ///   - now: what the clock said between the two readings of the counter.
  /// - Returns: the rate; nil as long as the span says too little.
  mutating func measure(_ now: Instant, between before: UInt64, and after: UInt64) -> Nanoseconds? {
    let ticks = before &+ (after &- before) / 2
    guard let start else {
      self.start = (now, ticks)
      return nil
    }
    let elapsed = now.nanoseconds &- start.time.nanoseconds
    let counted = ticks &- start.ticks
    // A thread that was suspended between the readings knows the time of neither.
    guard elapsed > 0, after &- before <= counted / 256 else { return nil }
    if elapsed >= Self.longest { self.start = (now, ticks) }
    let (high, low) = UInt64(elapsed).multipliedFullWidth(by: Nanoseconds.one.bits)
    guard high < counted else { return nil }
    return Nanoseconds(bits: counted.dividingFullWidth((high, low)).quotient)
  }
}
