package import HostFormats

/// How long one call may take, by class of operation. nil is "not stated".
package struct DeadlineSection: YAMLRecord, Equatable {
  package static let summary = "How long one call may take. A call that is over its deadline is cancelled."

  package var apiCall: Duration?
  package var dbQuery: Duration?
  package var llmInference: Duration?
  package var cdcEvent: Duration?
  package var fileUpload: Duration?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    func deadline(_ key: String, _ about: String) -> Duration? {
      fields.optional(key, .duration(.milliseconds(1) ... .seconds(7 * 86_400)), about)
    }
    apiCall = deadline("api_call", "Calls of HTTP APIs.")
    dbQuery = deadline("db_query", "Database queries, a read of one batch included.")
    llmInference = deadline("llm_inference", "Language models.")
    cdcEvent = deadline("cdc_event", "Change events.")
    fileUpload = deadline("file_upload", "Uploads of files.")
  }

  func over(_ base: DeadlineSection) -> DeadlineSection {
    var result = DeadlineSection()
    result.apiCall = apiCall ?? base.apiCall
    result.dbQuery = dbQuery ?? base.dbQuery
    result.llmInference = llmInference ?? base.llmInference
    result.cdcEvent = cdcEvent ?? base.cdcEvent
    result.fileUpload = fileUpload ?? base.fileUpload
    return result
  }
}

/// How many calls to one dependency may be in flight. nil is "not stated".
package struct BulkheadSection: YAMLRecord, Equatable {
  package static let summary = "How many calls to one dependency may be in flight."

  package var maxInFlight: Int?
  /// How long a call may wait for its turn before it is rejected.
  package var maxWait: Duration?
  /// Calls that may wait; one more is rejected.
  package var maxWaiting: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    maxInFlight = fields.optional("max_in_flight", .count(1...100_000), "Calls in flight; without limit unless stated.")
    maxWait = fields.optional(
      "max_wait", .duration(.zero ... .seconds(3600)), "How long a call waits for its turn; 0s rejects at once.")
    maxWaiting = fields.optional(
      "max_waiting", .count(0...1_000_000), "Calls that may wait for their turn; 1000 unless stated.")
  }

  func over(_ base: BulkheadSection) -> BulkheadSection {
    var result = BulkheadSection()
    result.maxInFlight = maxInFlight ?? base.maxInFlight
    result.maxWait = maxWait ?? base.maxWait
    result.maxWaiting = maxWaiting ?? base.maxWaiting
    return result
  }
}

/// Holding calls back that an overloaded dependency would only refuse. nil is "not stated".
package struct ThrottlingSection: YAMLRecord, Equatable {
  package static let summary = "Holds calls back while a dependency refuses many for its load; off unless stated."

  /// How many times what it accepts is still sent.
  package var multiplier: Double?
  package var window: Duration?
  package var minimumCalls: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    multiplier = fields.optional(
      "multiplier", .number(1...100), "How many times what it accepts is still sent; 2 unless stated.")
    window = fields.optional(
      "window", .duration(.seconds(1) ... .seconds(86_400)), "The time looked back on; 2m unless stated.")
    minimumCalls = fields.optional(
      "minimum_calls", .count(0...1_000_000), "Calls in the window from which any are held back; 10 unless stated.")
  }

  func over(_ base: ThrottlingSection) -> ThrottlingSection {
    var result = ThrottlingSection()
    result.multiplier = multiplier ?? base.multiplier
    result.window = window ?? base.window
    result.minimumCalls = minimumCalls ?? base.minimumCalls
    return result
  }
}

/// Finding the limit of calls in flight from their latency. nil is "not stated".
package struct AdaptiveSection: YAMLRecord, Equatable {
  package static let summary = "Finds how many calls may be in flight from how long they take; off unless stated."

  package var minimum: Int?
  package var initial: Int?
  package var maximum: Int?
  /// How much longer than usual a call may take before the limit shrinks.
  package var tolerance: Double?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    minimum = fields.optional("minimum", .count(1...100_000), "The limit never goes below; 1 unless stated.")
    initial = fields.optional("initial", .count(1...100_000), "The limit at the beginning; 20 unless stated.")
    maximum = fields.optional("maximum", .count(1...100_000), "The limit never goes above; 200 unless stated.")
    tolerance = fields.optional(
      "tolerance", .number(1...100), "How many times the usual a call may take before it shrinks; 1.5 unless stated.")
    if let minimum, let maximum, minimum > maximum { fields.refuse("minimum", "'minimum' is above 'maximum'") }
  }

  func over(_ base: AdaptiveSection) -> AdaptiveSection {
    var result = AdaptiveSection()
    result.minimum = minimum ?? base.minimum
    result.initial = initial ?? base.initial
    result.maximum = maximum ?? base.maximum
    result.tolerance = tolerance ?? base.tolerance
    return result
  }
}

/// Asking a slow dependency a second time. nil is "not stated".
package struct HedgingSection: YAMLRecord, Equatable {
  package static let summary =
    "Asks again what has not been answered when most calls would be; the first answer counts."

  /// How many of the calls are answered before a second one is made.
  package var percentile: Int?
  package var minDelay: Duration?
  package var minimumCalls: Int?
  package var maxHedges: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    percentile = fields.optional(
      "percentile", .wholePercent,
      "The share of calls that are answered before a second one is made; 95% unless stated.")
    minDelay = fields.optional(
      "min_delay", .duration(.zero ... .seconds(3600)), "No second call is made earlier; 10ms unless stated.")
    minimumCalls = fields.optional(
      "minimum_calls", .count(1...1_000_000), "Timed calls from which the share is known; 100 unless stated.")
    maxHedges = fields.optional("max_hedges", .count(1...10), "Calls beside the first; 1 unless stated.")
    if let percentile, percentile < 50 { fields.refuse("percentile", "below 50%, most calls would be made twice") }
  }

  func over(_ base: HedgingSection) -> HedgingSection {
    var result = HedgingSection()
    result.percentile = percentile ?? base.percentile
    result.minDelay = minDelay ?? base.minDelay
    result.minimumCalls = minimumCalls ?? base.minimumCalls
    result.maxHedges = maxHedges ?? base.maxHedges
    return result
  }
}
