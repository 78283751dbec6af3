import Foundation
import Testing

/// What the schema contract, metadata columns and the file size do, as other readers see it.
@Suite struct ReaderSchemaTests {
  /// One row; then a file with one more column.
  private func grown(_ columns: String, status: Int32 = 0) throws -> (ReaderWorkspace, [String: Any]) {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "grown", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.grown",
      destination: ["metadata_columns": ["source_id", "ingested_at"]],
      others: ["schema": ["columns": columns], "source_id": 7])
    try workspace.write("data/1.jsonl", #"{"id": 1, "person": {"name": "Ann"}}"# + "\n")
    try workspace.run("grown")
    try workspace.write("data/2.jsonl", #"{"id": 2, "person": {"name": "Bo", "age": 3}, "extra": 2.5}"# + "\n")
    return (workspace, try workspace.run("grown", status: status))
  }

  private func rows(_ workspace: ReaderWorkspace, _ table: String) throws -> [[String: Any]] {
    let answer = try ReaderOracle.ask("contents", workspace.home, table)
    #expect(answer.problems.isEmpty, "\(answer.text)")
    return try answer.json("rows") as? [[String: Any]] ?? []
  }

  @Test func newColumnUnderEvolveIsNullInOldRows() throws {
    let (workspace, _) = try grown("evolve")
    let rows = try rows(workspace, "bronze.grown")
    #expect(rows.map { $0["id"] as? Int } == [1, 2])
    #expect(rows.map { $0["extra"] as? Double } == [nil, 2.5])
    let people = rows.map { $0["person"] as? [String: Any] }
    #expect(people.map { $0?["name"] as? String } == ["Ann", "Bo"])
    #expect(people.map { $0?["age"] as? Int } == [nil, 3])
    #expect(rows.map { $0["_source_id"] as? Int } == [7, 7])
    for row in rows { #expect(row["_ingested_at"] as? Int ?? 0 > 1_700_000_000_000_000) }
  }

  @Test func newColumnUnderFreezeFailsTheRunAndLeavesTheTable() throws {
    let (workspace, summary) = try grown("freeze", status: 1)
    #expect(summary["status"] as? String == "failed")
    let message = (summary["error"] as? [String: Any])?["message"] as? String ?? ""
    #expect(message.contains("schema: {columns: freeze}"), "\(message)")
    let rows = try rows(workspace, "bronze.grown")
    #expect(rows.count == 1)
    #expect(rows.first?.keys.sorted() == ["_ingested_at", "_source_id", "id", "person"])
  }

  @Test func newColumnUnderDiscardValueIsLeftOut() throws {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "kept", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.kept",
      others: ["schema": ["columns": "discard_value"]])
    try workspace.write("data/1.jsonl", #"{"id": 1, "name": "a"}"# + "\n")
    try workspace.run("kept")
    try workspace.write("data/2.jsonl", #"{"id": 2, "name": "b", "extra": 2.5}"# + "\n")
    try workspace.run("kept")
    let rows = try rows(workspace, "bronze.kept")
    #expect(rows.map { $0["name"] as? String } == ["a", "b"])
    for row in rows { #expect(row.keys.sorted() == ["id", "name"]) }
  }

  @Test func changedTypeUnderFreezeFailsTheRunAndLeavesTheTable() throws {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline("typed", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.typed")
    try workspace.write("data/1.jsonl", #"{"id": 1}"# + "\n")
    try workspace.run("typed")
    try workspace.write("data/2.jsonl", #"{"id": "two"}"# + "\n")
    let summary = try workspace.run("typed", status: 1)
    let message = (summary["error"] as? [String: Any])?["message"] as? String ?? ""
    #expect(message.contains("'id' is long and arrives as string"), "\(message)")
    #expect(try rows(workspace, "bronze.typed").map { $0["id"] as? Int } == [1])
  }

  @Test func smallFileSizeMakesSeveralFilesOfOneSnapshot() throws {
    let workspace = try ReaderWorkspace()
    var random = SystemRandomNumberGenerator()
    let lines = (0..<9000).map { id in
      let noise = Data((0..<600).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
      return #"{"id": \#(id), "noise": "\#(noise)"}"#
    }
    try workspace.write("data/1.jsonl", lines.joined(separator: "\n") + "\n")
    try workspace.pipeline(
      "large", source: ReaderWorkspace.files("data/*.jsonl", schema: ["id": "long", "noise": "binary"]),
      table: "bronze.large", destination: ["commit": ["file_size": "1MiB"]])
    try workspace.run("large")
    let answer = try ReaderOracle.ask("large", workspace.home, "bronze.large", 9000)
    #expect(answer.problems.isEmpty, "\(answer.text)")
    #expect(answer.count("files") > 1)
    #expect(answer.count("snapshots") == 1)
  }
}
