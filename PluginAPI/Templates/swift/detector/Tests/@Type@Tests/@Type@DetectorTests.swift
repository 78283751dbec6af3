import CHeadrace
import HeadracePlugin
import Testing

/// A trial calls the plugin as the host does, through its entry.
@Suite struct @Type@DetectorTests {
  private func trial(column: String) throws -> DetectorTrial {
    let columns = Schema([Field("amount", .int64), Field("weight", .float64), Field("city", .string)])
    return try DetectorTrial(
      headrace_plugin_entry(), configuration: #"{"column": "\#(column)", "limit": 10}"#, columns: columns)
  }

  @Test func everyValueAboveTheLimitIsFound() throws {
    let rows = [#"{"amount":10,"weight":10.5}"#, #"{"amount":null,"weight":-1}"#, #"{"amount":30}"#]
    let findings = try trial(column: "amount").inspect(rows)
    #expect(findings.map(\.row) == [2])
    #expect(findings.first?.rule == "above_limit")
    #expect(findings.first?.score == 3)
    #expect(try trial(column: "amount").inspect(rows, from: 1).map(\.row) == [1])
    #expect(try trial(column: "weight").inspect(rows).map(\.row) == [0])
  }

  @Test func aHundredFindingsAreEnough() throws {
    let rows = Array(repeating: #"{"amount":11}"#, count: 101)
    #expect(try trial(column: "amount").inspect(rows).count == 100)
  }

  @Test func aColumnThatDoesNotFitIsRefused() {
    #expect(throws: PluginError.self) { try trial(column: "height") }
    #expect(throws: PluginError.self) { try trial(column: "city") }
  }
}
