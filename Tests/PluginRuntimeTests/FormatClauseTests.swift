import Glibc
@testable import HostFormats
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// The checker's clauses about formats: what keeps all of them, and what they look at. That each can be broken is for
/// ZooClauseTests.
@Suite struct FormatClauseTests {
  private func check(_ name: String, manifests: String, store: TestFolder, _ settings: String) throws -> CheckReport {
    let registry = try PluginRegistry(
      folders: [manifests], files: SystemFiles(), spawner: SystemSpawner(), environment: [:],
      executable: Built.headrace, store: store.path + "/store")
    let plugin = try registry.installed(name, at: SourcePlace(file: "test", line: 1, column: 1))
    let file = try CheckFile.parse(Array("check: 1\n\(settings)".utf8), file: "check.yaml")
    return try PluginCheck(registry, spawner: SystemSpawner(), file: file, seed: 7, parent: getpid()).run(plugin)
  }

  private func expectKept(_ report: CheckReport) {
    let wrong = report.entries.filter { $0.outcome == .broken || $0.outcome == .unshown }
    #expect(wrong.isEmpty, "\(wrong.map { "\($0.clause) \($0.evidence)" }.joined(separator: "\n"))")
    let kept = report.entries.filter { $0.outcome == .kept && $0.clause.hasPrefix("FMT-") }
    for entry in kept { print("\(report.plugin): \(entry.clause): \(entry.evidence)") }
    #expect(kept.count == 10 && report.entries.contains { $0.clause == "INS-4" && $0.outcome == .kept })
  }

  @Test func parquetKeepsAllOfThem() throws {
    expectKept(try check("parquet", manifests: Built.root + "/plugins.d", store: TestFolder(), ""))
  }

  /// Otherwise it would not be its misbehaviour that is found.
  @Test func theZoosFormatKeepsAllOfThemUntilItMisbehaves() throws {
    let folder = try TestFolder()
    chmod(folder.path, 0o755)
    let manifest = """
      manifest: 1
      name: zoo
      version: 1.0.0
      kinds: [format]
      library: libheadrace-test-zoo.so

      """
    try SystemFiles().replaceDurably(folder.path + "/zoo.yaml", Array(manifest.utf8))
    let settings = "input: {id: long, animal: string, weight: double}\n"
    expectKept(try check("zoo", manifests: folder.path, store: folder, settings))
  }

  @Test func aFileIsKnownByItsFirstAndItsLastBytes() {
    func flaw(_ format: LakeFileFormat, _ bytes: [UInt8], rows: Int64 = 0) -> String {
      format.flaw(bytes, rows: rows) ?? "none"
    }
    let text = { (text: String) in Array(text.utf8) }
    let parquet = text("PAR1data") + [4, 0, 0, 0] + text("PAR1")
    #expect(flaw(.parquet, parquet) == "none")
    #expect(flaw(.parquet, text("PAR")) == "it begins with 'PAR', not with PAR1")
    #expect(flaw(.parquet, []) == "it begins with nothing, not with PAR1")
    #expect(flaw(.parquet, text("PAR1")) == "it ends there")
    #expect(flaw(.parquet, Array(parquet.dropLast())).hasPrefix("it ends with"))
    #expect(flaw(.parquet, text("PAR1data") + [9, 0, 0, 0] + text("PAR1")) == "its footer has 9 bytes of 16")
    #expect(flaw(.orc, text("ORCstripesORC") + [3]) == "none")
    #expect(flaw(.orc, text("ORCstripesORC")).contains("postscript"))
    #expect(flaw(.orc, text("ORCstripesORC") + [200]) == "its postscript is longer than the file")
    let mark = (0..<16).map { UInt8($0) }
    // One pair of metadata, and a block of two records in three bytes.
    let avro = text("Obj\u{1}") + [2, 2, 0x61, 2, 0x62, 0] + mark + [4, 6, 1, 1, 1] + mark
    #expect(flaw(.avro, avro, rows: 2) == "none")
    #expect(flaw(.avro, avro, rows: 3) == "its blocks have 2 records, 3 rows were written")
    #expect(flaw(.avro, Array(avro.dropLast()), rows: 2) != "none")
    #expect(flaw(.avro, Array(avro.dropLast(16)) + mark.reversed(), rows: 2).contains("mark of its header"))
    #expect(flaw(.avro, text("Obj")).hasPrefix("it does not begin"))
  }

  @Test func whatASummarySaysOfAColumnIsExactOrAbsent() {
    var truth = ColumnTruth()
    for value: SampleValue? in [.integer(5), nil, .integer(-3), .integer(9)] { truth.add(value) }
    func bound(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    func lie(_ change: (inout ColumnSummary) -> Void) -> String {
      var summary = ColumnSummary(
        fieldID: 1, bytes: 20, valueCount: 4, nullCount: 1, nanCount: nil, lower: bound(-3), upper: bound(9))
      change(&summary)
      return truth.lie(in: summary, .integer(bits: 64)) ?? "none"
    }
    #expect(lie { _ in } == "none")
    #expect(lie { ($0.lower, $0.upper) = (nil, nil) } == "none")
    #expect(lie { $0.valueCount = 3 } == "3 values, there are 4")
    #expect(lie { $0.nullCount = 0 } == "0 nulls, there are 1")
    #expect(lie { $0.nanCount = 0 } == "a nan_count of 0, which is -1 here")
    #expect(lie { $0.lower = bound(5) } == "5 as lower bound; it is -3")
    #expect(lie { $0.upper = [9] } == "1 bytes as upper bound, which are no long")
    #expect(
      ColumnTruth().lie(
        in: ColumnSummary(
          fieldID: 1, bytes: 0, valueCount: 0, nullCount: 0, nanCount: nil, lower: bound(0), upper: nil),
        .integer(bits: 64)) == "0 as lower bound; it is absent, since there are only nulls")
  }

  /// What the rows are made of is what the checker takes for true of them.
  @Test func theSampleHoldsTheValuesThatItSays() throws {
    let fields = SampleRows.everyType
    let sample = SampleRows(fields, seed: 3)
    for (range, lead, onlyNulls) in [(0..<200, 0, false), (40..<90, 9, false), (5..<25, 0, true)] {
      var array = sample.batch(range, lead: lead, onlyNulls: onlyNulls)
      defer { array.release?(&array) }
      let columns = ArrowCells.columns(of: &array, Schema(fields))
      for (place, row) in range.enumerated() {
        for column in fields.indices {
          let value = sample.value(column: column, row: row, onlyNulls: onlyNulls)
          #expect((columns[column].json(place) == .null) == (value == nil), "\(fields[column].name) \(row)")
        }
        if case .integer(let number)? = sample.value(column: 4, row: row, onlyNulls: onlyNulls) {
          #expect(columns[4].json(place).text() == "\"\(number)\"" || columns[4].json(place).text() == "\(number)")
        }
      }
    }
  }
}
