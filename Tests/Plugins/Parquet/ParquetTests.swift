import CArrow
import CHeadrace
import Foundation
import Testing

@testable import TestSupport

/// The Parquet plugin through the C ABI; pyarrow and DuckDB read what it wrote.
@Suite struct ParquetTests {
  private let batches: Batches
  private let schema: FieldIDs

  init() throws {
    batches = try QueryDriver().run(EveryType.sql(rows: 5000))
    schema = FieldIDs(batches)
  }

  @Test(arguments: [
    "{}", #"{"compression": "snappy", "dictionary": "never"}"#, #"{"threads": 2, "row_group_bytes": 65536}"#,
    #"{"compression": "none", "dictionary": "always", "page_bytes": 4096}"#, #"{"compression": "gzip", "level": 6}"#,
  ])
  func everyTypeIsReadBackAlike(config: String) throws {
    let driver = try FormatDriver(config: config)
    let summary = try write(driver)
    #expect(summary.rows == 5000)
    #expect(summary.bytes == driver.sink.bytes.count)
    try withFile(driver.sink.bytes) { path in
      let rows = try PythonOracle.run(EveryType.sameRows, arguments: [path, EveryType.sql(rows: 5000)])
      #expect(String(decoding: rows, as: UTF8.self) == "5000\n")
    }
  }

  @Test func summaryAgreesWithTheRows() throws {
    let driver = try FormatDriver(config: #"{"row_group_bytes": 65536}"#)
    let summary = try write(driver)
    #expect(summary.splits.first == 4)
    #expect(summary.splits == summary.splits.sorted())
    try withFile(driver.sink.bytes) { path in
      let lines = summary.columns.map { "\($0) \($1.values) \($1.nulls) \($1.nans) \(hex($1.bounds))" }
      let input = Array(lines.joined(separator: "\n").utf8)
      let leaves = try PythonOracle.run(ParquetSummaryOracle.script, input: input, arguments: [path])
      #expect(String(decoding: leaves, as: UTF8.self) == "\(summary.columns.count)\n")
    }
  }

  @Test func selectedRowsAreWrittenInTheirOrder() throws {
    let driver = try FormatDriver()
    let writer = try driver.open(schema)
    let selection: [Int32] = [4, 4, 0, 1999, 17]
    let estimate = try driver.write(writer, batches.arrays[0], rows: selection)
    try driver.write(writer, batches.arrays[0], rows: [10, 11, 12])
    try driver.write(writer, batches.arrays[0], rows: [])
    #expect(estimate > 0)
    #expect(try driver.finish(writer).rows == 8)
    let places = (selection + [10, 11, 12]).enumerated().map { "(\($0.offset), \($0.element))" }.joined(separator: ", ")
    let numbered = "SELECT *, row_number() OVER () - 1 AS place FROM (\(EveryType.sql(rows: 5000)))"
    let expected = """
      SELECT data.* EXCLUDE (place) FROM (VALUES \(places)) AS chosen(number, place)
      JOIN (\(numbered)) AS data USING (place) ORDER BY number
      """
    try withFile(driver.sink.bytes) { _ = try PythonOracle.run(EveryType.sameRows, arguments: [$0, expected]) }
  }

  @Test func fileWithoutRowsIsComplete() throws {
    let driver = try FormatDriver()
    let summary = try driver.finish(driver.open(schema))
    #expect(summary.rows == 0)
    #expect(summary.splits.isEmpty)
    #expect(summary.columns.values.allSatisfy { $0.values == 0 && $0.bounds == nil })
    try withFile(driver.sink.bytes) { path in
      _ = try PythonOracle.run(EveryType.sameRows, arguments: [path, EveryType.sql(rows: 0)])
    }
  }

  @Test func fullDiskEndsWithTheHostsStatusAndNothingMoreIsWritten() throws {
    let driver = try FormatDriver()
    driver.sink.limit = 1000
    let writer = try driver.open(schema)
    try driver.write(writer, batches.arrays[0])
    let failure = PostgresFixture.failure { _ = try driver.finish(writer) }
    #expect(failure?.status == HEADRACE_TRANSIENT)
    #expect(failure?.message == "no space is left")
    #expect(driver.sink.bytes.count <= 1000)
    // The instance is not harmed.
    driver.sink.limit = .max
    driver.sink.bytes = []
    #expect(try write(driver).rows == 5000)
  }

  /// Not even the first bytes find room: that is told as the host tells it, too.
  @Test func diskThatIsFullFromTheBeginningEndsTheWriteOrTheFinish() throws {
    let driver = try FormatDriver()
    driver.sink.limit = 0
    let (first, second) = (try driver.open(schema), try driver.open(schema))
    let failures = [
      PostgresFixture.failure { _ = try driver.write(first, batches.arrays[0]) },
      PostgresFixture.failure { _ = try driver.finish(second) },
    ]
    driver.abort(first)
    for failure in failures {
      #expect(failure?.status == HEADRACE_TRANSIENT && failure?.message == "no space is left")
    }
    driver.sink.limit = .max
    #expect(try write(driver).rows == 5000)
  }

  /// Rows in front of a slice are the host's business only.
  @Test func sliceIsWrittenWithoutTheRowsInFrontOfIt() throws {
    let driver = try FormatDriver()
    let writer = try driver.open(schema)
    var slice = batches.arrays[0]
    slice.offset += 3
    slice.length = 40
    try driver.write(writer, slice)
    try driver.write(writer, slice, rows: [39, 0, 7])
    #expect(try driver.finish(writer).rows == 43)
    let numbered = "SELECT *, row_number() OVER () - 1 AS place FROM (\(EveryType.sql(rows: 5000)))"
    let places = (Array(3..<43) + [42, 3, 10]).enumerated().map { "(\($0.offset), \($0.element))" }
    let expected = """
      SELECT data.* EXCLUDE (place) FROM (VALUES \(places.joined(separator: ", "))) AS chosen(number, place)
      JOIN (\(numbered)) AS data USING (place) ORDER BY number
      """
    try withFile(driver.sink.bytes) { _ = try PythonOracle.run(EveryType.sameRows, arguments: [$0, expected]) }
  }

  @Test func abortedFileWritesNothingMore() throws {
    let driver = try FormatDriver()
    let writer = try driver.open(schema)
    try driver.write(writer, batches.arrays[0])
    let written = driver.sink.bytes.count
    driver.abort(writer)
    #expect(driver.sink.bytes.count == written)
  }

  @Test func columnWithoutFieldIdIsRefusedByName() throws {
    let driver = try FormatDriver()
    let failure = PostgresFixture.failure { _ = try driver.open(plain: batches.schema) }
    #expect(failure?.status == HEADRACE_INVALID_CONFIG)
    #expect(failure?.message == "column 'b' has no PARQUET:field_id in its metadata")
  }

  @Test func unstorableTypeIsRefusedByName() throws {
    let unsigned = try QueryDriver().run("SELECT {'inner': 1::UBIGINT} AS outer_column")
    let failure = PostgresFixture.failure { _ = try FormatDriver().open(FieldIDs(unsigned)) }
    #expect(failure?.status == HEADRACE_UNSUPPORTED)
    #expect(failure?.message == "column 'outer_column.inner': a table cannot hold the type uint64")
  }

  private func write(_ driver: FormatDriver) throws -> FormatDriver.Summary {
    let writer = try driver.open(schema)
    for batch in batches.arrays { try driver.write(writer, batch) }
    return try driver.finish(writer)
  }

  private func hex(_ bounds: (lower: [UInt8], upper: [UInt8])?) -> String {
    guard let bounds else { return "- -" }
    return [bounds.lower, bounds.upper].map { bytes in
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }.joined(separator: " ")
  }
}

/// Puts bytes into a file that is gone afterwards.
func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".parquet")
  try Data(bytes).write(to: path)
  defer { try? FileManager.default.removeItem(at: path) }
  try body(path.path)
}
