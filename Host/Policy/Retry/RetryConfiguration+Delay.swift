import HostModel

extension RetryConfiguration {
  /// `base * 2^attempt`, clamped to the cap. `attempt` counts the attempts that have failed, so it starts at 1; it may
  /// be as large as it likes, the result does not overflow.
  package func exponentialDelay(afterAttempt attempt: Int) -> Duration {
    let base = baseDelay.wholeNanoseconds
    let cap = maxDelay.wholeNanoseconds
    guard base > 0 else { return .zero }
    // A positive base has at least one leading zero, the sign bit; doubling is exact while one is left.
    let exponent = max(0, attempt)
    guard exponent < base.leadingZeroBitCount else { return .nanoseconds(cap) }
    return .nanoseconds(min(base << exponent, cap))
  }

  /// The pause after the failed attempt number `attempt`, counted from 1, never above `maxDelay`.
  ///
  /// The default is the specification's: `min(base * 2^attempt + random(0, 10 %), cap)`. Full and decorrelated jitter
  /// are those of Brooker, "Exponential backoff and jitter" (AWS architecture blog, 2015).
  /// - Parameter previous: the pause before this one; zero before the first. Only decorrelated jitter reads it.
  package func delay(
    afterAttempt attempt: Int, previous: Duration, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let exponential = exponentialDelay(afterAttempt: attempt).wholeNanoseconds
    let cap = maxDelay.wholeNanoseconds
    switch jitter {
    case .additive(let percent):
      let extra = Int64.random(in: 0...additional(exponential, percent: percent), using: &generator)
      let (sum, overflow) = exponential.addingReportingOverflow(extra)
      return .nanoseconds(overflow ? cap : min(sum, cap))
    case .full:
      return .nanoseconds(Int64.random(in: 0...exponential, using: &generator))
    case .decorrelated:
      let base = min(baseDelay.wholeNanoseconds, cap)
      let (tripled, overflow) = max(base, previous.wholeNanoseconds).multipliedReportingOverflow(by: 3)
      return .nanoseconds(Int64.random(in: base...min(cap, overflow ? cap : tripled), using: &generator))
    }
  }

  private func additional(_ delay: Int64, percent: Int) -> Int64 {
    let (scaled, overflow) = delay.multipliedReportingOverflow(by: Int64(clamping: max(0, percent)))
    return overflow ? delay : scaled / 100
  }
}
