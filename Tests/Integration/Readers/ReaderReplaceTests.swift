import Foundation
import Testing

/// `write: replace`: what readers of the table see before, between and after.
@Suite struct ReaderReplaceTests {
  private func workspace() throws -> ReaderWorkspace {
    let workspace = try ReaderWorkspace()
    // Small batches, so that a run stages more than one commit.
    try workspace.write("headrace.yaml", "version: 1\nmemory: {batch: 64KiB}\n")
    let stream = ["read": "full", "write": "replace"]
    try workspace.pipeline(
      "load", source: ReaderWorkspace.files("data/*.jsonl", schema: ["id": "long", "v": "string"], stream: stream),
      table: "bronze.load", destination: ["commit": ["rows": 1000]], others: ["on_error": ["max": 0]])
    return workspace
  }

  private func lines(_ ids: Range<Int>, _ text: String) -> String {
    ids.map { #"{"id": \#($0), "v": "\#(text)"}"# + "\n" }.joined()
  }

  private func expect(_ workspace: ReaderWorkspace, rows: Int, text: String, snapshots: Int) throws -> [String] {
    let answer = try ReaderOracle.ask("replaced", workspace.home, "bronze.load", rows, text)
    #expect(answer.problems.isEmpty, "\(answer.text)")
    #expect(answer.count("snapshots") == snapshots)
    return try answer.json("refs") as? [String] ?? []
  }

  @Test func secondLoadReplacesTheFirstAtOnceAndAFailedOneShowsNothing() throws {
    let workspace = try workspace()
    try workspace.write("data/1.jsonl", lines(0..<20_000, "first"))
    try workspace.run("load")
    #expect(try expect(workspace, rows: 20_000, text: "first", snapshots: 1) == ["main"])

    try workspace.write("data/1.jsonl", lines(0..<25_000, "second"))
    try workspace.write("data/2.jsonl", "no JSON\n")
    let failed = try workspace.run("load", status: 1)
    #expect(failed["status"] as? String == "failed")
    let branches = try expect(workspace, rows: 20_000, text: "first", snapshots: 1)
    #expect(branches.contains("main"))

    try workspace.write("data/2.jsonl", lines(25_000..<26_000, "second"))
    try workspace.run("load")
    #expect(try expect(workspace, rows: 26_000, text: "second", snapshots: 2) == ["main"])
  }
}
