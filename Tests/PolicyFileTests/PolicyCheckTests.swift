import HostFormats
import HostPolicy
@testable import HostPolicyFile
import Testing

@Suite struct PolicyCheckTests {
  private func problems(_ text: String, _ operation: OperationClass = .apiCall) throws -> [PolicyCheck.Problem] {
    let document = YAMLDocument.parse(Array(text.utf8), file: "p.yaml")
    var mistakes = YAMLMistakes()
    let root = try #require(document.root)
    let policy = YAMLRecordDecoder.read(PolicySection.self, from: root, &mistakes)
    try #require(!mistakes.hasErrors, "\(mistakes.all)")
    return PolicyCheck.problems(of: try #require(policy), operation: operation)
  }

  @Test(arguments: OperationClass.allCases)
  func theDefaultsCanAllAct(_ operation: OperationClass) throws {
    #expect(try problems("{}", operation) == [])
  }

  @Test(arguments: [
    ("breaker: {failure_threshold: 0, failure_rate_threshold: 0%}", "breaker"),
    ("breaker: {slow_call_rate_threshold: 50%, slow_call_duration: 10m}", "breaker.slow_call_duration"),
    ("breaker: {window_calls: 9}", "breaker.minimum_calls"),
    ("breaker: {window_calls: 10, failure_threshold: 11}", "breaker.failure_threshold"),
    ("breaker: {timeout: 61s}", "breaker.max_wait"),
    ("bulkhead: {max_wait: 1s}", "bulkhead.max_wait"),
    ("retry_budget: {capacity: 0}", "retry_budget.capacity"),
    ("retry_budget: {capacity: 1}", "retry_budget.capacity"),
    ("breaker: {half_open: {limit: 29s}}", "breaker.half_open.limit"),
    ("degradation: {recovery_hold: 0s}", "degradation.recovery_hold"),
  ])
  func whatCanNeverActIsTold(_ text: String, _ field: String) throws {
    let found = try problems("deadlines: {api_call: 30s}\n" + text)
    #expect(found.map(\.field) == [field], "\(found)")
  }

  @Test(arguments: [
    "breaker: {window_calls: 10}", "breaker: {window_calls: 10, failure_threshold: 10}", "breaker: {timeout: 60s}",
    "breaker: {timeout: 2m, max_wait: 0s}", "bulkhead: {max_in_flight: 1, max_wait: 1s}", "retry_budget: {capacity: 2}",
    "breaker: {slow_call_rate_threshold: 50%, slow_call_duration: 29s}",
    "breaker: {failure_threshold: 0, failure_rate_threshold: 0%, consecutive_failures: 3}",
  ])
  func whatCanActIsNot(_ text: String) throws {
    let found = try problems("deadlines: {api_call: 30s}\n" + text)
    #expect(found == [], "\(found)")
  }

  @Test func everyFeatureHasABehaviourAtEveryLevel() {
    let table = BehaviourTable()
    #expect(table.rows.map(\.feature) == Feature.allCases)
    #expect(table.rows.allSatisfy { $0.modes.count == DegradationLevel.allCases.count })
  }
}
