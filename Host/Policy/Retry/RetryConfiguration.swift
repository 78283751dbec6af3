/// How often and how slowly a call is repeated.
package struct RetryConfiguration: Sendable, Hashable {
  /// How the delay is spread, so that callers that failed together do not return together.
  package enum Jitter: Sendable, Hashable {
    /// Up to this percentage of the delay on top of it. The specification's form, with 10.
    case additive(percent: Int)
    /// Anything between nothing and the exponential delay.
    case full
    /// Anything between the base and three times the previous delay; grows by chance instead of by attempt.
    case decorrelated
  }

  /// Calls in all, the first included, as the specification's pseudocode counts. 1 never retries; values below 1 are 1.
  package var maxRetries: Int
  /// Doubled before each retry, the first included. Zero retries at once.
  package var baseDelay: Duration
  /// No delay of ours is longer. A dependency's own `retry_after` may be.
  package var maxDelay: Duration
  package var jitter: Jitter

  package init(
    maxRetries: Int, baseDelay: Duration, maxDelay: Duration, jitter: Jitter = .additive(percent: 10)
  ) {
    self.maxRetries = max(1, maxRetries)
    self.baseDelay = max(.zero, baseDelay)
    self.maxDelay = max(.zero, maxDelay)
    self.jitter = jitter
  }
}
