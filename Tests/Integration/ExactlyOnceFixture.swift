import Foundation
import TestSupport

/// The pipelines and data of the exactly-once tests.
enum ExactlyOnceFixture {
  static let rows = "bronze.events"
  static let tables = [rows, rows + "__dead_letters", rows + "__findings"]

  /// JSON Lines, read by two lines of work in any order.
  static func jsonLines(files: Int, rows: Int, seed: UInt64) throws -> HeadraceProject {
    let project = try HeadraceProject("events", pipeline(config: "{path: \"data/*.jsonl\", format: jsonl, stream: events}"))
    var random = SeededGenerator(seed: seed)
    var id = 0
    for file in 0..<files {
      var text = ""
      for _ in 0..<rows {
        id += 1
        let amount = amount(id, &random)
        let value = id % 397 == 0 ? "oops" : "\(amount)"
        text += "{\"id\": \(id), \"name\": \"name of \(id)\", \"amount\": \(value), \"at\": \"2026-03-0\(1 + id % 9)T10:00:00Z\"}\n"
      }
      try project.write("data/events-\(100 + file).jsonl", text)
    }
    return project
  }

  /// CSV with detectors, so that its files are read in order by one line of work.
  static func csv(files: Int, rows: Int, seed: UInt64, transforms: String = "") throws -> HeadraceProject {
    let project = try HeadraceProject(
      "events", pipeline(config: "{path: \"data/*.csv\", stream: events}", transforms + detectors))
    try writeCSV(project, files: 0..<files, rows: rows, seed: seed)
    return project
  }

  static func writeCSV(_ project: HeadraceProject, files: Range<Int>, rows: Int, seed: UInt64) throws {
    for file in files {
      var random = SeededGenerator(seed: seed &+ UInt64(file))
      var text = "id,name,amount,at\n"
      for row in 0..<rows {
        let id = file * rows + row
        let extra = id % 311 == 0 ? ",one too many" : ""
        text += "\(id),\"name, \(id)\",\(amount(id, &random)),2026-03-0\(1 + id % 9)T10:00:00Z\(extra)\n"
      }
      try project.write("data/events-\(100 + file).csv", text)
    }
  }

  /// Around 100, with an outlier now and then and a drift that a detector sees only if it remembers.
  private static func amount(_ id: Int, _ random: inout SeededGenerator) -> Double {
    let noise = Int.random(in: -500...500, using: &random)
    if id % 503 == 7 { return 9999.25 }
    return Double(10_000 + noise + id / 50) / 100
  }

  static let detectors = """
    detectors:
      - plugin: threshold
        config: {columns: {amount: {min: 0, max: 5000}}}
      - plugin: statistical
        config: {columns: [amount]}

    """

  private static func pipeline(config: String, _ stages: String = "") -> String {
    """
    version: 1
    pipeline: events
    source:
      plugin: file
      config: \(config)
    \(stages)destination:
      table: "bronze.{stream.name}"
      write: append
      commit: {every: 100ms, rows: 2000}
    on_error: {record: dead_letter, max: 5%, then: fail}

    """
  }
}
