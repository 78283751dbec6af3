package import HostFormats

/// The rows of the specification's retry table.
package struct RetrySection: YAMLRecord, Equatable {
  package static let summary = "Retries by class of operation. Only calls that may be repeated are retried."

  package var apiCall = RetryRule()
  package var dbQuery = RetryRule()
  package var llmInference = RetryRule()
  package var cdcEvent = RetryRule()
  package var fileUpload = RetryRule()

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    func rule(_ key: String, _ about: String) -> RetryRule {
      fields.optional(key, .record, default: RetryRule(), about)
    }
    apiCall = rule("api_call", "Calls of HTTP APIs. Unless stated: 3 calls, from 100ms, at most 5s.")
    dbQuery = rule("db_query", "Database queries. Unless stated: 5 calls, from 50ms, at most 10s.")
    llmInference = rule("llm_inference", "Language models. Unless stated: 3 calls, from 1s, at most 30s.")
    cdcEvent = rule("cdc_event", "Change events. Unless stated: 10 calls, from 100ms, at most 60s.")
    fileUpload = rule("file_upload", "Uploads of files. Unless stated: 5 calls, from 500ms, at most 30s.")
  }

  func over(_ base: RetrySection) -> RetrySection {
    var result = RetrySection()
    result.apiCall = apiCall.over(base.apiCall)
    result.dbQuery = dbQuery.over(base.dbQuery)
    result.llmInference = llmInference.over(base.llmInference)
    result.cdcEvent = cdcEvent.over(base.cdcEvent)
    result.fileUpload = fileUpload.over(base.fileUpload)
    return result
  }
}

/// One row of the retry table. nil is "not stated".
package struct RetryRule: YAMLRecord, Equatable {
  package enum Jitter: String, Sendable, CaseIterable {
    /// Up to 10 % on top of the exponential delay: the specification's form, and the default.
    case additive
    /// Anything between nothing and the exponential delay.
    case full
    /// Anything between the base and three times the previous delay.
    case decorrelated
    /// The exponential delay as it is.
    case none
  }

  package static let summary = "How often and how slowly a call is repeated."

  /// Calls in all, the first included: 1 never retries.
  package var maxRetries: Int?
  /// Doubled before each retry, the first included. Zero retries at once.
  package var baseDelay: Duration?
  /// No pause of ours is longer.
  package var maxDelay: Duration?
  package var jitter: Jitter?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    maxRetries = fields.optional("max_retries", .count(1...1025), "Calls in all, the first included; 1 never retries.")
    baseDelay = fields.optional(
      "base_delay", .duration(.zero ... .seconds(3600)), "Doubled before each retry, the first included.")
    maxDelay = fields.optional("max_delay", .duration(.zero ... .seconds(86_400)), "No pause is longer than this.")
    jitter = fields.optional(
      "jitter", .choice(of: Jitter.allCases, default: .additive),
      "How pauses are spread: additive (up to 10 % more; the default), full, decorrelated or none.")
    if let baseDelay, let maxDelay, baseDelay > maxDelay {
      fields.refuse("base_delay", "'base_delay' is longer than 'max_delay'")
    }
  }

  func over(_ base: RetryRule) -> RetryRule {
    var result = RetryRule()
    result.maxRetries = maxRetries ?? base.maxRetries
    result.baseDelay = baseDelay ?? base.baseDelay
    result.maxDelay = maxDelay ?? base.maxDelay
    result.jitter = jitter ?? base.jitter
    return result
  }
}

/// What retries may add to the load of one dependency. nil is "not stated".
package struct RetryBudgetSection: YAMLRecord, Equatable {
  package static let summary = "Retries earned by calls and by time. Without budget left, a call fails at once."

  /// Retries earned by a hundred calls.
  package var percentOfCalls: Int?
  /// Retries per second that are there without any call.
  package var reservePerSecond: Int?
  /// The most that can be saved up. 0 forbids every retry.
  package var capacity: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    percentOfCalls = fields.optional("percent_of_calls", .wholePercent, "Retries earned by calls; 20% unless stated.")
    reservePerSecond = fields.optional(
      "reserve_per_second", .count(0...1_000_000), "Retries that a quiet dependency may have; 10 unless stated.")
    capacity = fields.optional(
      "capacity", .count(0...1_000_000), "The most that can be saved up; 100 unless stated, 0 forbids every retry.")
  }

  func over(_ base: RetryBudgetSection) -> RetryBudgetSection {
    var result = RetryBudgetSection()
    result.percentOfCalls = percentOfCalls ?? base.percentOfCalls
    result.reservePerSecond = reservePerSecond ?? base.reservePerSecond
    result.capacity = capacity ?? base.capacity
    return result
  }
}
