/// What kind of work a call does: the rows of the specification's retry table.
package enum OperationClass: String, Sendable, CaseIterable {
  case apiCall = "api_call"
  case dbQuery = "db_query"
  case llmInference = "llm_inference"
  case cdcEvent = "cdc_event"
  case fileUpload = "file_upload"

  /// The specification's row. All back off exponentially.
  package var retry: RetryConfiguration {
    switch self {
    case .apiCall: RetryConfiguration(maxRetries: 3, baseDelay: .milliseconds(100), maxDelay: .seconds(5))
    case .dbQuery: RetryConfiguration(maxRetries: 5, baseDelay: .milliseconds(50), maxDelay: .seconds(10))
    case .llmInference: RetryConfiguration(maxRetries: 3, baseDelay: .seconds(1), maxDelay: .seconds(30))
    case .cdcEvent: RetryConfiguration(maxRetries: 10, baseDelay: .milliseconds(100), maxDelay: .seconds(60))
    case .fileUpload: RetryConfiguration(maxRetries: 5, baseDelay: .milliseconds(500), maxDelay: .seconds(30))
    }
  }
}
