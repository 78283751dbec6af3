package import HostFormats

/// When a circuit breaker trips, for how long, and how it recovers. nil is "not stated".
package struct BreakerSection: YAMLRecord, Equatable {
  package static let summary = "A circuit breaker: it stops calls to a dependency that keeps failing."

  /// Failures inside the window that trip, whatever succeeded between them. 0 switches this trigger off.
  package var failureThreshold: Int?
  /// Percentage of failing calls in the window that trips. 0% switches this trigger off.
  package var failureRateThreshold: Int?
  /// Failures in a row that trip. 0 switches this trigger off.
  package var consecutiveFailures: Int?
  /// Calls in the window below which the rates mean nothing.
  package var minimumCalls: Int?
  /// The time that the counts look back on.
  package var failureWindow: Duration?
  /// The calls that the counts look back on, instead of a time.
  package var windowCalls: Int?
  /// A call that takes this long is slow.
  package var slowCallDuration: Duration?
  /// Percentage of slow calls in the window that trips. 0% switches this trigger off.
  package var slowCallRateThreshold: Int?
  /// How long calls are refused before the first probe.
  package var timeout: Duration?
  /// The open time is multiplied by this at each reopening.
  package var timeoutFactor: Double?
  /// The open time does not grow beyond this.
  package var maxTimeout: Duration?
  /// Up to this percentage is added to the open time.
  package var timeoutJitter: Int?
  /// Successes in a row that close a half-open breaker.
  package var successThreshold: Int?
  package var halfOpen: HalfOpenSection?
  /// How long a call waits for the breaker to let it through.
  package var maxWait: Duration?
  /// Who is told when it opens or closes, by the names of notification targets; empty for nobody.
  package var onStateChange: [Placed<String>]?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    readTriggers(&fields)
    readOpening(&fields)
    if failureWindow != nil, windowCalls != nil {
      fields.refuse(
        "window_calls", "a window is either a time or a number of calls", suggestion: "leave one of them out")
    }
    if let timeout, let maxTimeout, timeout > maxTimeout {
      fields.refuse("timeout", "'timeout' is longer than 'max_timeout'")
    }
    if successThreshold != nil, halfOpen?.permits != nil {
      fields.refuse(
        "success_threshold", "'success_threshold' and 'half_open.permits' are two rules for the same decision",
        suggestion: "leave one of them out")
    }
  }

  private mutating func readTriggers(_ fields: inout YAMLRecordDecoder) {
    failureThreshold = fields.optional(
      "failure_threshold", .count(0...1_000_000), "Failures in the window that trip; 5 unless stated, 0 for none.")
    failureRateThreshold = fields.optional(
      "failure_rate_threshold", .wholePercent, "Failing share of the window that trips; 50% unless stated, 0% for none."
    )
    consecutiveFailures = fields.optional(
      "consecutive_failures", .count(0...1_000_000), "Failures in a row that trip; none unless stated.")
    minimumCalls = fields.optional(
      "minimum_calls", .count(1...1_000_000), "Calls in the window from which rates count; 10 unless stated.")
    failureWindow = fields.optional(
      "failure_window", .duration(.seconds(1) ... .seconds(86_400)), "The time looked back on; 60s unless stated.")
    windowCalls = fields.optional(
      "window_calls", .count(1...100_000), "The number of calls looked back on, instead of a time.")
    slowCallDuration = fields.optional(
      "slow_call_duration", .duration(.milliseconds(1) ... .seconds(86_400)),
      "From when a call is slow; 60s unless stated.")
    slowCallRateThreshold = fields.optional(
      "slow_call_rate_threshold", .wholePercent, "Slow share of the window that trips; none unless stated.")
  }

  private mutating func readOpening(_ fields: inout YAMLRecordDecoder) {
    let day = Duration.seconds(86_400)
    timeout = fields.optional(
      "timeout", .duration(.milliseconds(1)...day),
      "How long calls are refused before the first probe; 30s unless stated.")
    timeoutFactor = fields.optional(
      "timeout_factor", .number(1...100), "Multiplies the timeout at each reopening; 1 unless stated.")
    maxTimeout = fields.optional(
      "max_timeout", .duration(.milliseconds(1)...day), "What the timeout grows to; 10m unless stated.")
    timeoutJitter = fields.optional(
      "timeout_jitter", .wholePercent, "Added to the timeout by chance; 0% unless stated.")
    successThreshold = fields.optional(
      "success_threshold", .count(1...10_000), "Successes in a row that close the breaker again; 3 unless stated.")
    halfOpen = fields.optional("half_open", .record, "Decide over several probes instead of one after the other.")
    maxWait = fields.optional(
      "max_wait", .duration(.zero...day),
      "How long a call waits for an open breaker; 60s unless stated, 0s rejects it at once.")
    onStateChange = fields.optional(
      "on_state_change", .oneOrMore(YAMLType.name("the name of a notification target").placed),
      "Targets of 'notifications' that are told when it opens or closes; all unless stated, [] for none.")
  }

  func over(_ base: BreakerSection) -> BreakerSection {
    var result = BreakerSection()
    result.failureThreshold = failureThreshold ?? base.failureThreshold
    result.failureRateThreshold = failureRateThreshold ?? base.failureRateThreshold
    result.consecutiveFailures = consecutiveFailures ?? base.consecutiveFailures
    result.minimumCalls = minimumCalls ?? base.minimumCalls
    // The nearer file chose the kind of window, so the farther one's other kind is gone.
    result.failureWindow = failureWindow ?? (windowCalls == nil ? base.failureWindow : nil)
    result.windowCalls = windowCalls ?? (failureWindow == nil ? base.windowCalls : nil)
    result.slowCallDuration = slowCallDuration ?? base.slowCallDuration
    result.slowCallRateThreshold = slowCallRateThreshold ?? base.slowCallRateThreshold
    result.timeout = timeout ?? base.timeout
    result.timeoutFactor = timeoutFactor ?? base.timeoutFactor
    result.maxTimeout = maxTimeout ?? base.maxTimeout
    result.timeoutJitter = timeoutJitter ?? base.timeoutJitter
    result.successThreshold = successThreshold ?? (halfOpen?.permits == nil ? base.successThreshold : nil)
    result.halfOpen = halfOpen ?? (successThreshold == nil ? base.halfOpen : nil)
    result.maxWait = maxWait ?? base.maxWait
    result.onStateChange = onStateChange ?? base.onStateChange
    return result
  }
}

/// How a half-open breaker decides over several calls. nil is "not stated".
package struct HalfOpenSection: YAMLRecord, Equatable {
  package static let summary = "So many probes at once; closes if fewer than this share of them fails."

  package var permits: Int?
  package var rate: Int?
  /// A probe that has not returned after this long reopens the breaker.
  package var limit: Duration?

  package init(from fields: inout YAMLRecordDecoder) {
    permits = fields.optional("permits", .count(1...1000), "Probes that decide.")
    rate = fields.optional("rate", .wholePercent, "Failing share of the probes that reopens; 50% unless stated.")
    limit = fields.optional(
      "limit", .duration(.milliseconds(1) ... .seconds(86_400)),
      "How long a test call may be out; the longest deadline unless stated.")
    if rate != nil, permits == nil { fields.refuse("rate", "'rate' needs 'permits'") }
  }
}
