/// The settings of one dependency's gate.
package struct GateConfiguration: Sendable, Hashable {
  package var breaker = BreakerConfiguration()
  package var budget = RetryBudget.Configuration()
  /// Calls in flight at once; nil (default) does not limit: calls to an in-process instance are serial anyway.
  package var maxInFlight: Int?
  /// Times every call. Off, one call in 64 is timed and attempt deadlines are as exact as the ticker. A breaker that
  /// looks at slow calls switches it on.
  package var timesEveryCall = false
  /// Rejections after the first are told together, at most once in this time.
  package var noticeInterval: Duration = .seconds(10)

  package init() {}

  package var needsTimes: Bool { timesEveryCall || breaker.needsLatencies }
}
