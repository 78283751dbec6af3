import Foundation
import TestSupport
import Testing

/// Tables that the program wrote, read by pyiceberg and by DuckDB's Iceberg extension: every type, every snapshot,
/// every partition transform, and pruning.
@Suite struct ReaderTypesTests {
  /// A table of every type, a run and so a snapshot for each of its files.
  private struct TypedTable {
    let workspace: ReaderWorkspace
    let paths: [String]
    let seed: Int

    init(parts: Int, rows: Int) throws {
      seed = Int(TestSeed.of(1))
      print("seed \(seed)")
      workspace = try ReaderWorkspace()
      let folder = workspace.folder
      let schema = try ReaderOracle.ask("write_typed", seed, folder + "/data", parts, rows).json("schema")
      try workspace.pipeline(
        "types", source: ReaderWorkspace.files("in/t-*.jsonl", schema: schema), table: "bronze.types")
      try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
      paths = (0...parts).map { folder + "/in/t-\($0).jsonl" }
      for part in 0...parts {
        try FileManager.default.moveItem(atPath: folder + "/data/t-\(part).jsonl", toPath: paths[part])
        try workspace.run("types")
      }
    }
  }

  @Test func rowsOfEveryTypeAreSeenInEverySnapshotAndPruningLosesNone() throws {
    let table = try TypedTable(parts: 5, rows: 60)
    let home = table.workspace.home
    let types = try ReaderOracle.ask("every_type", home, "bronze.types", table.paths)
    #expect(types.problems.isEmpty, "\(types.text)")
    #expect(types.count("rows") > 300)
    let travel = try ReaderOracle.ask("time_travel", home, "bronze.types", table.paths)
    #expect(travel.problems.isEmpty, "\(travel.text)")
    #expect(travel.count("snapshots") == 6)
    let pruning = try ReaderOracle.ask("pruning", home, "bronze.types", table.paths, table.seed)
    #expect(pruning.problems.isEmpty, "\(pruning.text)")
  }

  @Test func everyPartitionTransformOfEveryTypeIsSeenAndPruned() throws {
    let workspace = try ReaderWorkspace()
    let seed = Int(TestSeed.of(2))
    print("seed \(seed)")
    let cases = try ReaderOracle.ask("write_partitioned", seed, workspace.folder + "/data", 60).json("cases")
    for (number, parts) in (cases as? [[String]] ?? []).enumerated() {
      let source = ReaderWorkspace.files(
        "data/p-\(number).jsonl", schema: ["id": "long", parts[1]: parts[2]], stream: ["partition": [parts[0]]])
      try workspace.pipeline("p\(number)", source: source, table: "p.c\(number)")
      try workspace.run("p\(number)")
    }
    let answer = try ReaderOracle.ask("partitions", workspace.home, workspace.folder + "/data", seed)
    #expect(answer.problems.isEmpty, "\(answer.text)")
    #expect(answer.count("tables") > 50)
    #expect(answer.count("skipped") > 500)
  }
}
