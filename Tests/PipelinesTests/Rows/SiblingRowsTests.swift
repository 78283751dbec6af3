import HostFormats
import HostModel
import Testing

@testable import HostPipelines
@testable import HostPluginCalls

@Suite struct SiblingRowsTests {
  private let rows = SiblingRows(
    stream: StreamID(pipeline: "p", stream: "s"), sourceID: SourceID(5), ingestedAt: WallTime(microseconds: 0))

  private func letter(_ record: [UInt8] = [1], place: String = "") -> DeadLetter {
    DeadLetter(
      stage: .source, plugin: "file",
      reject: Reject(status: .badRecord, row: nil, place: place, reason: "why", record: record))
  }

  @Test func aDeadLetterSaysWhereItCameFrom() {
    let batch = rows.deadLetters(
      [letter(Array("raw".utf8), place: "a.csv:7"), letter([0xFF])], split: "x", ordinal: .max)
    #expect(
      RowSamples.rows(batch) == [
        "p|s|5|x|9223372036854775807|a.csv:7|source|file|bad_record|why|raw|1970-01-01T00:00:00Z",
        "p|s|5|x|9223372036854775807|-|source|file|bad_record|why|ff|1970-01-01T00:00:00Z",
      ])
  }

  @Test func aFindingKeepsWhatItDoesNotKnowAsNull() {
    let finding = Finding(
      severity: .critical, rule: "r", column: nil, message: "m", row: 3, score: 0.5, observed: nil, expected: 2)
    let batch = rows.findings([DetectorFinding(detector: "d", finding: finding)], split: "x", ordinal: 1)
    #expect(RowSamples.rows(batch) == ["p|s|5|x|1|d|r|-|critical|m|3|0.5|-|2.0|1970-01-01T00:00:00Z"])
  }

  @Test func manyLettersAreSeveralBatches() {
    let letters = (0..<10).map { letter([UInt8($0)]) }
    #expect(SiblingRows.parts([DeadLetter]()).isEmpty)
    #expect(SiblingRows.parts(letters, rows: 4).map(\.count) == [4, 4, 2])
    #expect(SiblingRows.parts(letters, rows: 10).map(\.count) == [10])
    let order = SiblingRows.parts(letters, rows: 3).joined().map(\.reject.record)
    #expect(order == (0..<10).map { [UInt8($0)] })
  }

  @Test func largeLettersAreSeveralBatches() {
    let letters = [letter([UInt8](repeating: 0, count: 100)), letter(), letter([UInt8](repeating: 0, count: 100))]
    // A letter of 100 bytes has three more for its reason.
    #expect(SiblingRows.parts(letters, bytes: 103).map(\.count) == [1, 2])
    #expect(SiblingRows.parts(letters, bytes: 104).map(\.count) == [2, 1])
    #expect(SiblingRows.parts(letters, bytes: 1).map(\.count) == [1, 1, 1])
  }
}
