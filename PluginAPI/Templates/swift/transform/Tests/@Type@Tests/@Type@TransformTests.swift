import CHeadrace
import HeadracePlugin
import Testing

/// A trial calls the plugin as the host does, through its entry.
@Suite struct @Type@TransformTests {
  private func trial(column: String) throws -> TransformTrial {
    let input = Schema([Field("city", .string), Field("n", .int64)])
    return try TransformTrial(
      headrace_plugin_entry(), configuration: #"{"column": "\#(column)"}"#, input: input)
  }

  @Test func lettersOfTheColumnAreTurnedToUpperCase() throws {
    let rows = [#"{"city":"Ulm","n":1}"#, #"{"city":null,"n":2}"#, #"{"city":"Köln 2","n":null}"#]
    let upper = [#"{"city":"ULM","n":1}"#, #"{"city":null,"n":2}"#, #"{"city":"KöLN 2","n":null}"#]
    let transform = try trial(column: "city")
    #expect(try transform.apply(rows).rows == upper)
    #expect(try transform.apply(rows, from: 1).rows == Array(upper.dropFirst()))
    #expect(try transform.apply([]).rows.isEmpty)
  }

  @Test func aColumnThatDoesNotFitIsRefused() {
    #expect(throws: PluginError.self) { try trial(column: "town") }
    #expect(throws: PluginError.self) { try trial(column: "n") }
  }
}
