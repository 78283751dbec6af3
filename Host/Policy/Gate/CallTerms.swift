package import HostModel

/// What the gate has to know about a kind of call; the same for every call of a stage.
package struct CallTerms: Sendable, Hashable {
  package let feature: Feature
  /// The variant of the feature that the call implements.
  package let variant: FeatureMode
  /// The highest level at which the call is still made.
  package let lastLevel: DegradationLevel
  package private(set) var retry: RetryConfiguration
  /// Whether making the call twice is the same as making it once, or it carries an idempotency key.
  package let isIdempotent: Bool
  /// The longest an attempt may take, whatever the caller's deadline. nil leaves it to the deadline.
  package private(set) var timeout: Duration?

  /// How long a call waits for a breaker to let it through. Zero rejects it at once.
  package private(set) var breakerWait: Duration
  /// How long a call waits for a level at which it is made. Zero rejects it at once.
  package private(set) var levelWait: Duration

  /// - Parameter variant: one of the feature's row in the matrix. Names of plugins and files never choose it freely, so
  ///   another one is a mistake of ours.
  package init(
    _ feature: Feature, variant: FeatureMode, retry: RetryConfiguration, isIdempotent: Bool, timeout: Duration? = nil,
    breakerWait: Duration = .zero, levelWait: Duration = .zero
  ) {
    guard let lastLevel = DegradationMatrix.lastLevel(of: variant, in: feature) else {
      preconditionFailure("the degradation matrix has no \(variant.name) for \(feature.name)")
    }
    self.feature = feature
    self.variant = variant
    self.lastLevel = lastLevel
    self.retry = retry
    self.isIdempotent = isIdempotent
    self.timeout = timeout
    self.breakerWait = breakerWait
    self.levelWait = levelWait
  }

  /// The same kind of call by another policy.
  package func tuned(_ tuning: CallTuning) -> CallTerms {
    var result = self
    result.retry = tuning.retry
    result.timeout = tuning.timeout
    result.breakerWait = tuning.breakerWait
    result.levelWait = tuning.levelWait
    return result
  }

  /// When an attempt that begins now has to be over.
  package func attemptDeadline(callDeadline: Instant, at now: Instant) -> Instant {
    guard let timeout else { return callDeadline }
    return min(callDeadline, now.advanced(by: timeout))
  }
}

/// What a policy says of a kind of call, beside what it says of the dependency.
package struct CallTuning: Sendable, Hashable {
  package var retry: RetryConfiguration
  package var timeout: Duration?
  package var breakerWait: Duration
  package var levelWait: Duration

  package init(
    retry: RetryConfiguration, timeout: Duration?, breakerWait: Duration = .zero, levelWait: Duration = .zero
  ) {
    self.retry = retry
    self.timeout = timeout
    self.breakerWait = breakerWait
    self.levelWait = levelWait
  }
}
