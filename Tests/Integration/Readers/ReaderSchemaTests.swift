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

  /// Dead letters by their reasons, as DuckDB reads them.
  private func letters(_ workspace: ReaderWorkspace, _ table: String) throws -> [(reason: String, record: String)] {
    let query = "SELECT reason, decode(record) AS record FROM \(table) ORDER BY reason"
    let answer = try workspace.headrace("lake", "sql", query, "--output", "json")
    return answer.objects.map { ($0["reason"] as? String ?? "", $0["record"] as? String ?? "") }
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

  /// Two records that fit, then a file with one that fits, one that does not, and one without a value.
  private func retyped(_ rule: String) throws -> (ReaderWorkspace, [String: Any]) {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "retyped", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.retyped",
      others: ["schema": ["types": rule], "on_error": ["max": 2]])
    try workspace.write("data/1.jsonl", #"{"id": 1, "size": 10, "at": "2026-03-01T10:00:00Z"}"# + "\n")
    try workspace.run("retyped")
    let second = [
      #"{"id": 2, "size": "20", "at": null}"#, #"{"id": 3, "size": "large", "at": null}"#,
      #"{"id": 4, "size": null, "at": "soon"}"#,
    ]
    try workspace.write("data/2.jsonl", second.joined(separator: "\n") + "\n")
    return (workspace, try workspace.run("retyped"))
  }

  @Test func changedTypeUnderDiscardValueKeepsTheRecordAndDropsTheValue() throws {
    let (workspace, summary) = try retyped("discard_value")
    #expect(summary["rows_written"] as? Int == 3 && summary["rows_dead"] as? Int == 0)
    let rows = try rows(workspace, "bronze.retyped")
    #expect(rows.map { $0["id"] as? Int } == [1, 2, 3, 4])
    #expect(rows.map { $0["size"] as? Int } == [10, 20, nil, nil])
    // No text is a time without a parser's opinion: the whole column has no place.
    #expect(rows.map { $0["at"] is NSNull || $0["at"] == nil } == [false, true, true, true])
  }

  @Test func changedTypeUnderDiscardRowMakesADeadLetterOfTheRecord() throws {
    let (workspace, summary) = try retyped("discard_row")
    #expect(summary["rows_written"] as? Int == 1 && summary["rows_dead"] as? Int == 2)
    #expect(try rows(workspace, "bronze.retyped").map { $0["size"] as? Int } == [10, 20])
    let letters = try self.letters(workspace, "bronze.retyped__dead_letters")
    #expect(
      letters.map(\.reason) == [
        "column 'at' has 'soon', which is no timestamptz as the table has it",
        "column 'size' has 'large', which is no long as the table has it",
      ])
    #expect(letters.last?.record.contains(#""size":"large""#) == true, "\(letters)")
  }

  @Test func newColumnUnderDiscardRowMakesADeadLetterOfARecordThatHasIt() throws {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline(
      "strict", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.strict",
      others: ["schema": ["columns": "discard_row"], "on_error": ["max": "50%"]])
    try workspace.write("data/1.jsonl", #"{"id": 1}"# + "\n")
    try workspace.run("strict")
    try workspace.write("data/2.jsonl", #"{"id": 2, "extra": 2.5}"# + "\n" + #"{"id": 3}"# + "\n")
    let summary = try workspace.run("strict")
    #expect(summary["rows_written"] as? Int == 1 && summary["rows_dead"] as? Int == 1)
    let rows = try rows(workspace, "bronze.strict")
    #expect(rows.map { $0["id"] as? Int } == [1, 3])
    for row in rows { #expect(row.keys.sorted() == ["id"]) }
    let letters = try self.letters(workspace, "bronze.strict__dead_letters")
    #expect(letters.map(\.reason) == ["column 'extra' has '2.5', which the table does not have"])
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
