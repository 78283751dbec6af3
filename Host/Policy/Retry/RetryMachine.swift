package import HostModel

/// Why a failed call is not repeated.
package enum RetryStop: String, Sendable, Equatable {
  case notRetriable = "not_retriable"
  case notIdempotent = "not_idempotent"
  case attemptsExhausted = "attempts_exhausted"
  case deadline = "deadline"
  case budgetExhausted = "budget_exhausted"
}

/// Decides after each failed attempt of one call whether there is another.
///
/// Bounded three ways, asked in this order: attempts, the caller's deadline, the budget of the dependency, which is
/// charged last so that a retry that will not happen costs nothing.
package struct RetryMachine: Sendable, Equatable {
  package enum Decision: Sendable, Equatable {
    case retry(at: Instant, delay: Duration)
    case stop(RetryStop)
  }

  package let configuration: RetryConfiguration
  package let isIdempotent: Bool
  package let deadline: Instant
  /// Attempts that have failed.
  package private(set) var failedAttempts = 0
  private var previousDelay: Duration = .zero

  package init(configuration: RetryConfiguration, isIdempotent: Bool, deadline: Instant) {
    self.configuration = configuration
    self.isIdempotent = isIdempotent
    self.deadline = deadline
  }

  /// - Parameter retryAfter: the dependency's own wish; it wins over our delay when it is longer.
  package mutating func attemptFailed(
    _ status: Status, retryAfter: Duration?, at now: Instant, budget: inout RetryBudget,
    using generator: inout some RandomNumberGenerator
  ) -> Decision {
    failedAttempts += 1
    guard status.traits.isRetriable else { return .stop(.notRetriable) }
    guard isIdempotent else { return .stop(.notIdempotent) }
    guard failedAttempts < configuration.maxRetries else { return .stop(.attemptsExhausted) }
    let own = configuration.delay(afterAttempt: failedAttempts, previous: previousDelay, using: &generator)
    let delay = max(own, retryAfter ?? .zero)
    let next = now.advanced(by: delay)
    guard next < deadline else { return .stop(.deadline) }
    guard budget.withdraw(at: now) else { return .stop(.budgetExhausted) }
    previousDelay = own
    return .retry(at: next, delay: delay)
  }
}
