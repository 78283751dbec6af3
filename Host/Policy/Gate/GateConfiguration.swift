/// The settings of one dependency's gate.
package struct GateConfiguration: Sendable, Hashable {
  package var breaker = BreakerConfiguration()
  package var budget = RetryBudget.Configuration()
  /// Calls in flight at once; nil (default) does not limit: calls to an in-process instance are serial anyway.
  package var maxInFlight: Int?
  /// Holds calls back while the dependency refuses many for its load. nil (default) never does.
  package var throttle: ClientThrottle.Configuration?
  /// Finds the limit of calls in flight from their latency, in place of `maxInFlight`, which is nil then; every call asks the machine.
  /// nil (default) leaves the limit as it is.
  package var adaptive: AdaptiveLimit.Configuration?
  /// How long a call waits for a slot while as many are in flight. Zero (default) rejects it at once.
  package var maxWait: Duration = .zero
  /// Calls that may wait for a slot; one more is rejected at once.
  package var maxWaiting = 1000
  /// How often a call that waits for a level or a test call of others asks again.
  package var askAgain: Duration = .seconds(1)
  /// Times every call. Off, one call in 64 is timed and attempt deadlines are as exact as the ticker. A breaker that
  /// looks at slow calls switches it on.
  package var timesEveryCall = false
  /// Rejections after the first are told together, at most once in this time.
  package var noticeInterval: Duration = .seconds(10)

  /// Who is told when the breaker opens or closes, by the names of notification targets; nil (default) is everybody.
  package var audience: [String]?

  package init() {}

  package var needsTimes: Bool { timesEveryCall || breaker.needsLatencies || adaptive != nil }

  /// The limit of calls in flight at the beginning.
  package var firstLimit: Int? { adaptive?.initial ?? maxInFlight }
}
