package import HostModel

/// What happened at one dependency since its gate was made. Only grows.
package struct GateCounters: Sendable, Equatable {
  /// Calls that came to their end, whichever.
  package var calls: UInt64 = 0
  /// Attempts that ended with `ok` or `end_of_stream`.
  package var successes: UInt64 = 0
  /// Attempts that ended otherwise, by status.
  package var failures: [Status: UInt64] = [:]
  /// Attempts that followed a failed one.
  package var retries: UInt64 = 0
  /// Calls refused, by cause.
  package var rejected: [RejectionCause.Kind: UInt64] = [:]
  /// Retries that the budget did not pay.
  package var budgetExhausted: UInt64 = 0
  /// Calls that found their deadline passed before an attempt.
  package var deadlinesPassed: UInt64 = 0
  package var cancelled: UInt64 = 0

  package init() {}

  package var failureCount: UInt64 { failures.values.reduce(0, +) }
  package var rejectedCount: UInt64 { rejected.values.reduce(0, +) }
}
