import CHeadrace
import Testing

@testable import HeadracePlugin

@Suite struct StatisticalTests {
  private func detector(_ config: String, _ table: Table) throws -> DetectorDriver {
    try DetectorDriver("headrace-statistical", config: config, input: table.schema)
  }

  private func table(_ values: [Double?]) -> Table {
    var table = Table()
    table.add("x", doubles: values)
    return table
  }

  /// Deterministic values around 100, and what is strange among them.
  private func values(seed: UInt64, count: Int) -> [Double?] {
    var state = seed
    return (0..<count).map { row in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(state >> 40) / Double(1 << 24)
      if row % 97 == 0 { return nil }
      if row % 331 == 330 { return 100_000 + noise }
      return 100 + 10 * noise + (row > count / 2 ? 40 : 0)
    }
  }

  /// Seven values 1...7: the median is 4, the median absolute deviation 2, and the deviation 2 / 0.6745.
  @Test(arguments: [(6, 0), (7, 1), (8, 1)])
  func nothingIsJudgedBeforeTheWarmup(learnt: Int, expected: Int) throws {
    let config = #"{"columns": ["x"], "rules": ["robust_z_score"], "robust_z_score": {"warmup": 7, "window": 64}}"#
    let input = table((1...learnt).map { Double(($0 - 1) % 7 + 1) } + [1000])
    #expect(try detector(config, input).inspect(input).count == expected)
  }

  @Test func theThresholdItselfIsUsual() throws {
    let config = """
      {"columns": ["x"], "rules": ["robust_z_score"],
       "robust_z_score": {"warmup": 7, "window": 64, "threshold": 2}}
      """
    let limit = 2 * 2 / 0.674_489_750_196_081_7
    for (value, expected) in [(4 + limit, 0), (4 + limit + 1e-9, 1), (4 - limit - 1e-9, 1)] {
      let input = table((1...7).map { Double($0) } + [value])
      #expect(try detector(config, input).inspect(input).count == expected, "value \(value)")
    }
  }

  @Test func messageOfAFinding() throws {
    let config = #"{"columns": ["x"], "rules": ["robust_z_score"], "robust_z_score": {"warmup": 7}}"#
    let input = table((1...7).map { Double($0) } + [31.5])
    #expect(
      try detector(config, input).inspect(input).map(\.message) == ["x 31.5 is 9.274 deviations above the median 4"])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func findingsDoNotDependOnBatchesOrInterruptions(seed: UInt64) throws {
    let all = values(seed: seed, count: 6000)
    let config = """
      {"columns": ["x"], "max_findings": 1000, "robust_z_score": {"window": 100, "warmup": 20},
       "ewma": {"group": 16, "warmup": 10},
       "null_rate": {"group": 100, "warmup": 200, "threshold": 0.1, "min_change": 0}}
      """
    func run(batch: Int, interrupted: Bool) throws -> Set<String> {
      var current = try detector(config, table([]))
      var found: Set<String> = []
      for start in stride(from: 0, to: all.count, by: batch) {
        let part = table(Array(all[start..<min(start + batch, all.count)]))
        for finding in try current.inspect(part) {
          found.insert(
            "\(finding.rule) \(finding.row < 0 ? -1 : finding.row + start) \(finding.message) \(finding.score)")
        }
        guard interrupted else { continue }
        let state = try current.save()
        current = try detector(config, table([]))
        try current.restore(state)
        #expect(try current.save() == state, "seed \(seed), row \(start)")
      }
      return found
    }
    let whole = try run(batch: 6000, interrupted: false)
    for rule in ["robust_z_score", "ewma", "null_rate"] {
      #expect(whole.contains { $0.hasPrefix(rule) }, "seed \(seed): \(rule)")
    }
    #expect(try run(batch: 37, interrupted: false) == whole, "seed \(seed)")
    #expect(try run(batch: 256, interrupted: true) == whole, "seed \(seed)")
    #expect(try run(batch: 1, interrupted: true) == whole, "seed \(seed)")
  }

  @Test func aLevelThatDriftsIsToldOnce() throws {
    let config = """
      {"columns": ["x"], "rules": ["ewma"], "ewma": {"group": 1, "warmup": 10, "threshold": 3}}
      """
    let level = (0..<100).map { Double($0 % 2) }
    let input = table(level + level.map { $0 + 2 })
    let found = try detector(config, input).inspect(input)
    #expect(found.count == 1)
    #expect(found[0].message.hasPrefix("x: the moving average"))
  }

  @Test(arguments: [(4, 0), (5, 1), (6, 1)])
  func rowCountIsComparedWithEarlierRuns(runs: Int, expected: Int) throws {
    let driver = try detector(#"{"columns": []}"#, table([]))
    for _ in 0..<runs { #expect(try driver.finish(rows: 1000).isEmpty) }
    let found = try driver.finish(rows: 100)
    #expect(found.count == expected)
    if expected > 0 { #expect(found[0].message == "the run has 100 rows, where 1000 are usual") }
  }

  @Test(arguments: [(3_600_000_000, 0), (3_600_000_001, 1)])
  func freshnessOfTheNewestTime(age: Int64, expected: Int) throws {
    var input = Table()
    input.add(
      "at", .timestamp(.microsecond, timezone: "UTC"), Table.fixed([1_000_000, nil, 5_000_000], zero: Int64.max))
    let config = #"{"rules": [], "freshness": {"column": "at", "max_age": "1h"}}"#
    let driver = try detector(config, input)
    #expect(try driver.finish(rows: 0, wallTime: .max).isEmpty, "nothing was seen yet")
    #expect(try driver.inspect(input).isEmpty)
    let next = try detector(config, input)
    try next.restore(try driver.save())
    let found = try next.finish(rows: 0, wallTime: 5_000_000 + age)
    #expect(
      found.map(\.message) == Array(repeating: "the newest at is 1970-01-01T00:00:05Z, older than 1h", count: expected))
  }

  @Test func aDamagedStateIsRefusedAndChangesNothing() throws {
    let input = table(values(seed: 9, count: 500))
    let driver = try detector(#"{"columns": ["x"]}"#, input)
    _ = try driver.inspect(input)
    let state = try driver.save()
    var damaged: [[UInt8]] = [[], [2] + state.dropFirst(), state + [0]]
    for length in stride(from: 1, to: state.count, by: 97) { damaged.append(Array(state.prefix(length))) }
    for bytes in damaged {
      let failure = #expect(throws: CallFailure.self) { try driver.restore(bytes) }
      #expect(failure?.status == HEADRACE_UNSUPPORTED)
    }
    #expect(try driver.save() == state)
    let failure = #expect(throws: CallFailure.self) {
      try detector(#"{"columns": ["x"], "rules": ["ewma"]}"#, input).restore(state)
    }
    #expect(failure?.message == "the state was saved with another configuration")
  }

  @Test func aColumnOfTextIsNoColumnOfNumbers() throws {
    var input = Table()
    input.add("x", strings: ["a"])
    let failure = #expect(throws: CallFailure.self) { _ = try detector(#"{"columns": ["x"]}"#, input) }
    #expect(failure?.status == HEADRACE_INVALID_CONFIG)
    #expect(failure?.message.hasPrefix("column 'x' is a string, and robust_z_score and ewma need numbers") == true)
    _ = try detector(#"{"columns": ["x"], "rules": ["null_rate"]}"#, input)
  }
}
