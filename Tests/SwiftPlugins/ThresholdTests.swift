import CHeadrace
import Testing

@testable import HeadracePlugin

@Suite struct ThresholdTests {
  private func detector(_ config: String, _ table: Table) throws -> DetectorDriver {
    try DetectorDriver("headrace-threshold", config: config, input: table.schema)
  }

  @Test func theLimitItselfIsUsual() throws {
    var table = Table()
    table.add("amount", doubles: [-0.5, 0, 5000, 5000.5, nil, .nan])
    let found = try detector(#"{"columns": {"amount": {"min": 0, "max": 5000}}}"#, table).inspect(table)
    #expect(found.map(\.row) == [0, 3, 5])
    #expect(
      found.map(\.message) == [
        "amount -0.5 is below 0", "amount 5000.5 is above 5000", "amount nan is not within 5000",
      ])
  }

  @Test func datesAreLimitedByDates() throws {
    var table = Table()
    table.add("day", dates: [19781, 19782, 19783])
    let found = try detector(#"{"rules": [{"column": "day", "max": "2024-02-29", "severity": "critical"}]}"#, table)
      .inspect(table)
    #expect(found.map(\.message) == ["day 2024-03-01 is above 2024-02-29"])
    #expect(found[0].severity == HEADRACE_SEVERITY_CRITICAL)
  }

  @Test(arguments: [(2, 2, 0), (3, 3, 0), (4, 4, 1)])
  func findingsBeyondTheLimitAreSummedUp(wrong: Int, told: Int, sums: Int) throws {
    var table = Table()
    table.add("x", longs: (0..<wrong).map { Int64(100 + $0) })
    let found = try detector(#"{"columns": {"x": {"max": 10}}, "max_findings": 3}"#, table).inspect(table)
    #expect(found.count { $0.row >= 0 } == min(told, 3))
    #expect(found.count { $0.row < 0 } == sums)
    if sums > 0 { #expect(found.last?.message == "x: 1 more finding of this rule in this batch") }
  }

  @Test(arguments: [(1, 0), (2, 0), (3, 1)])
  func nullRateIsThatOfTheRun(nulls: Int, expected: Int) throws {
    var table = Table()
    table.add("x", strings: (0..<10).map { $0 < nulls ? nil : "a" })
    let config = #"{"columns": {"x": {"max_null_rate": 0.2}}}"#
    let one = try detector(config, table)
    #expect(try one.inspect(table).isEmpty)
    let other = try detector(config, table)
    try other.restore(try one.save())
    let found = try other.finish(rows: 10)
    #expect(found.count == expected)
    #expect(try one.finish(rows: 10) == found)
    #expect(try one.finish(rows: 0).isEmpty, "the next run begins anew")
  }

  @Test(arguments: [(9, 1), (10, 0), (20, 0), (21, 1)])
  func rowCountOfTheRun(rows: UInt64, expected: Int) throws {
    var table = Table()
    table.add("x", longs: [1])
    #expect(try detector(#"{"min_rows": 10, "max_rows": 20}"#, table).finish(rows: rows).count == expected)
  }

  @Test func mistakesNameTheColumn() throws {
    var table = Table()
    table.add("x", strings: ["a"])
    for (config, message) in [
      (#"{"columns": {"y": {"max": 1}}}"#, "there is no column 'y'; the columns are 'x'"),
      (#"{"columns": {"x": {"max": 1}}}"#, "columns.x.max: column 'x' is a string, which this is no limit for"),
      (#"{"columns": {"x": {}}}"#, "columns.x: a rule needs 'min', 'max' or 'max_null_rate'"),
      (#"{"rules": [{"column": "x", "max_null_rate": 2}]}"#, "rules[0].max_null_rate: a rate lies between 0 and 1"),
      ("{}", "there is no rule; give 'columns', 'rules', 'min_rows' or 'max_rows'"),
    ] {
      let failure = #expect(throws: CallFailure.self) { _ = try detector(config, table) }
      #expect(failure?.message == message)
    }
  }
}
