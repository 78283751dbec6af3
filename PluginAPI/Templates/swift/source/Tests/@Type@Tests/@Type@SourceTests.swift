import CHeadrace
import HeadracePlugin
import Testing

/// A trial calls the plugin as the host does, through its entry.
@Suite struct @Type@SourceTests {
  private func trial(rows: String) throws -> SourceTrial {
    try SourceTrial(headrace_plugin_entry(), configuration: #"{"rows": \#(rows)}"#)
  }

  @Test func rowsComeInBatchesOfAThousand() throws {
    let batches = try trial(rows: "2001").read("numbers")
    #expect(batches.map(\.rows.count) == [1000, 1000, 1])
    #expect(batches[0].rows[7] == #"{"n":7,"label":"number 7"}"#)
    let rest = try trial(rows: "2001").read("numbers", after: batches[0])
    #expect(rest == Array(batches.dropFirst()))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    #expect(throws: PluginError.self) { try trial(rows: "10").read("letters") }
    #expect(throws: PluginError.self) { try trial(rows: "10").read("numbers", position: Array("11".utf8)) }
    #expect(throws: PluginError.self) { try trial(rows: "true") }
  }
}
