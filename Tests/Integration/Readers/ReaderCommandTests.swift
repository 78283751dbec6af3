import Foundation
import Testing

/// What the program says about its tables agrees with what is in them, in the shapes that scripts rely on.
@Suite struct ReaderCommandTests {
  /// Two runs over three files, a dead letter and a finding: `bronze.orders` with 5 rows.
  private func orders() throws -> (workspace: ReaderWorkspace, summaries: [[String: Any]]) {
    let workspace = try ReaderWorkspace()
    let source = ReaderWorkspace.files(
      "data/*.csv", schema: ["id": "long", "amount": "decimal(9,2)", "at": "timestamptz"],
      stream: ["partition": ["day(at)"]])
    try workspace.pipeline(
      "orders", source: source, table: "bronze.orders",
      others: [
        "on_error": ["max": 5],
        "detectors": [["plugin": "threshold", "config": ["columns": ["amount": ["max": 100]]]]],
      ])
    try workspace.write("data/1.csv", "id,amount,at\n1,10.50,2024-01-01T10:00:00Z\n2,999.00,2024-01-02T10:00:00Z\n")
    try workspace.write("data/2.csv", "id,amount,at\n3,x,2024-01-01T10:00:00Z\n4,0.01,2024-01-02T11:00:00Z\n")
    let first = try workspace.run("orders")
    try workspace.write("data/3.csv", "id,amount,at\n5,5.00,\n6,6.00,1969-12-31T23:59:59Z\n")
    return (workspace, [first, try workspace.run("orders"), try workspace.run("orders")])
  }

  private func contents(_ workspace: ReaderWorkspace) throws -> ReaderOracle.Answer {
    let answer = try ReaderOracle.ask("contents", workspace.home, "bronze.orders")
    #expect(answer.problems.isEmpty, "\(answer.text)")
    return answer
  }

  @Test func summaryHasTheDocumentedShapeAndCounts() throws {
    let (workspace, summaries) = try orders()
    for summary in summaries {
      #expect(
        summary.keys.sorted() == [
          "findings", "level", "peak_rss_bytes", "pipeline", "plugin_metrics", "plugins", "rows_dead",
          "rows_per_second", "rows_read", "rows_written", "schema_version", "seconds", "status", "streams",
        ])
      let stream = try #require((summary["streams"] as? [[String: Any]])?.first)
      #expect(stream.keys.sorted() == ["name", "rows_dead", "rows_read", "rows_written", "snapshot_id", "table"])
      for plugin in summary["plugins"] as? [[String: Any]] ?? [] {
        #expect(
          plugin.keys.sorted() == ["breaker", "calls", "endpoint", "failures", "name", "rejected", "retries"])
      }
      #expect(summary["schema_version"] as? Int == 1)
      #expect(summary["status"] as? String == "succeeded")
      #expect(summary["peak_rss_bytes"] as? Int ?? 0 > 1_000_000)
    }
    let counts = ["rows_read", "rows_written", "rows_dead", "findings"].map { key in summaries.map { $0[key] as? Int } }
    #expect(counts == [[4, 2, 0], [3, 2, 0], [1, 0, 0], [1, 0, 0]])
    let ids = summaries.map { ($0["streams"] as? [[String: Any]])?.first?["snapshot_id"] as? String }
    #expect(ids.last == .some(nil))
    #expect(try contents(workspace).json("snapshots") as? [String] == ids.compactMap { $0 })
  }

  @Test func lakeCommandsAgreeWithTheReaders() throws {
    let (workspace, _) = try orders()
    let answer = try contents(workspace)
    let sql = try workspace.headrace("lake", "sql", "SELECT id FROM bronze.orders ORDER BY id", "--output", "json")
    let rows = try answer.json("rows") as? [[String: Any]] ?? []
    #expect(sql.objects.map { $0["id"] as? String } == rows.map { ($0["id"] as? Int).map(String.init) })
    #expect(rows.count == 5)

    let files = try workspace.headrace("lake", "files", "bronze.orders", "--output", "json").object
    let listed = (files["files"] as? [[String: Any]] ?? []).map { file in
      ["path", "rows", "bytes"].map { file[$0] as? String ?? "" }.joined(separator: " ")
    }
    let planned = (try answer.json("files") as? [[Any]] ?? []).map { $0.map { "\($0)" }.joined(separator: " ") }
    #expect(listed.sorted() == planned.sorted())
    // Three days and none; two days have a file of each run that had rows for them.
    #expect(planned.count == 4)

    let snapshots = try workspace.headrace("lake", "snapshots", "bronze.orders", "--output", "json").object
    let ids = (snapshots["snapshots"] as? [[String: Any]] ?? []).map { $0["snapshot_id"] as? String ?? "" }
    #expect(try answer.json("snapshots") as? [String] == ids)
    let tables = try workspace.headrace("lake", "tables", "--output", "json").object
    let names = (tables["tables"] as? [[String: Any]] ?? []).map { "\($0["table"] ?? "") \($0["rows"] ?? "")" }
    #expect(
      names.sorted() == ["bronze.orders 5", "bronze.orders__dead_letters 1", "bronze.orders__findings 1"])
  }

  @Test func previewWritesNothingAndShowsWhatIsCommittedThen() throws {
    let workspace = try ReaderWorkspace()
    try workspace.pipeline("seen", source: ReaderWorkspace.files("data/*.jsonl"), table: "bronze.orders")
    try workspace.write("data/1.jsonl", (0..<30).map { #"{"id": \#($0), "v": "row \#($0)"}"# + "\n" }.joined())
    let preview = try workspace.headrace("preview", "seen.yaml", "--rows", "3", "--output", "json").object
    let shown = preview["rows"] as? [[String: Any]] ?? []
    #expect(shown.map { $0["v"] as? String } == ["row 0", "row 1", "row 2"])
    let tables = try workspace.headrace("lake", "tables", "--output", "json").object
    #expect((tables["tables"] as? [Any])?.isEmpty == true)
    try workspace.run("seen")
    let rows = try contents(workspace).json("rows") as? [[String: Any]] ?? []
    #expect(rows.prefix(3).map { $0["v"] as? String } == shown.map { $0["v"] as? String })
  }

  @Test func planNamesTheColumnsThatTheTableThenHas() throws {
    let (workspace, _) = try orders()
    let plan = try workspace.headrace("plan", "orders.yaml", "--output", "json").object
    let stream = try #require((plan["streams"] as? [[String: Any]])?.first)
    #expect((stream["splits"] as? [Any])?.isEmpty == true)
    let columns = (stream["columns"] as? [[String: Any]] ?? []).map { "\($0["name"] ?? "") \($0["type"] ?? "")" }
    let stored = (try contents(workspace).json("columns") as? [[Any]] ?? []).map { "\($0[0]) \($0[1])" }
    #expect(columns.sorted() == stored.sorted())
    #expect(columns.count == 3)
  }

  @Test func stateIsThatOfTheTableAndForgettingItReadsAgain() throws {
    let (workspace, _) = try orders()
    let state = try workspace.headrace("state", "show", "orders.yaml", "--output", "json").object
    let stream = try #require((state["streams"] as? [[String: Any]])?.first)
    let splits = stream["splits"] as? [[String: Any]] ?? []
    #expect(splits.map { $0["ordinal"] as? String } == ["2", "2", "2"])
    #expect(splits.allSatisfy { $0["complete"] as? Bool == true })
    #expect(stream["finished"] as? Bool == true)

    try workspace.headrace("state", "reset", "orders.yaml")
    let again = try workspace.run("orders")
    #expect(again["rows_read"] as? Int == 6)
    #expect((try contents(workspace).json("rows") as? [Any])?.count == 10)
  }
}
