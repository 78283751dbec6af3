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
