import CArrow
import HostFormats
import HostModel
import Testing

@testable import HostPipelines

@Suite struct StoredBatchTests {
  private func fitted(
    _ fields: [Field], stored: [Field], _ columns: [ArrowArray], rows: Int, offset: Int = 0,
    metadata: [DestinationSection.MetadataColumn] = []
  ) -> [String] {
    let batch = RecordBatch(
      adopting: OwnedArray(rows: rows, offset: offset, adopting: columns).take(), schema: Schema(fields))
    let fitting = StoredBatch(
      columns: Schema(fields), stored: Schema(stored + metadata.map(\.field)), metadata: metadata,
      sourceID: SourceID(-7), ingestedAt: WallTime(microseconds: 1_000_000))
    let result = fitting.fitted(batch)
    #expect(result.schema.fields.count == stored.count + metadata.count)
    return RowSamples.rows(result)
  }

  @Test func narrowIntegersBecomeTheNextWiderType() {
    let narrow: [Field] = [
      Field("a", .integer(bits: 8)), Field("b", .integer(bits: 16)), Field("c", .unsigned(bits: 8)),
      Field("d", .unsigned(bits: 16)), Field("e", .unsigned(bits: 32)),
    ]
    let wide: [Field] = [
      Field("a", .integer(bits: 32)), Field("b", .integer(bits: 32)), Field("c", .integer(bits: 32)),
      Field("d", .integer(bits: 32)), Field("e", .integer(bits: 64)),
    ]
    let columns = [
      RowSamples.numbers([Int8.min, .max]), RowSamples.numbers([Int16.min, .max]),
      RowSamples.numbers([UInt8.min, .max]), RowSamples.numbers([UInt16.min, .max]),
      RowSamples.numbers([UInt32.min, .max]),
    ]
    #expect(
      fitted(narrow, stored: wide, columns, rows: 2) == ["-128|-32768|0|0|0", "127|32767|255|65535|4294967295"])
  }

  @Test func metadataColumnsAreTheSameInEveryRow() {
    let rows = fitted(
      [Field("t", .string)], stored: [Field("t", .string)], [RowSamples.texts(["x", nil])], rows: 2,
      metadata: [.sourceID, .ingestedAt])
    #expect(rows == ["x|-7|1970-01-01T00:00:01Z", "-|-7|1970-01-01T00:00:01Z"])
  }

  @Test func columnsThatTheTableDoesNotTakeAreLeftOut() {
    let rows = fitted(
      [Field("a", .string), Field("b", .integer(bits: 8)), Field("c", .string)],
      stored: [Field("b", .integer(bits: 32)), Field("c", .string)],
      [RowSamples.texts(["1"]), RowSamples.numbers([Int8(2)]), RowSamples.texts(["3"])], rows: 1)
    #expect(rows == ["2|3"])
  }

  @Test func aSliceOfSlicesKeepsItsRows() {
    var numbers = RowSamples.numbers([Int16(9), 8, 7, 6, 5])
    numbers.offset = 1
    numbers.length = 4
    var texts = RowSamples.texts(["a", "b", "c", "d", "e", "f"])
    texts.offset = 2
    texts.length = 4
    let rows = fitted(
      [Field("n", .integer(bits: 16)), Field("t", .string)],
      stored: [Field("n", .integer(bits: 32)), Field("t", .string)],
      [numbers, texts], rows: 2, offset: 2, metadata: [.sourceID])
    #expect(rows == ["6|e|-7", "5|f|-7"])
  }

  @Test func aBatchWithoutRowsStaysOne() {
    #expect(fitted([Field("t", .string)], stored: [Field("t", .string)], [RowSamples.texts([])], rows: 0).isEmpty)
  }

  @Test func smallIntegersInsideNestedTypesAreFound() {
    let small = Field("n", .integer(bits: 8))
    #expect(DataType.list(small).hasNarrowMembers)
    #expect(DataType.structure([Field("s", .structure([small]))]).hasNarrowMembers)
    #expect(DataType.map(key: Field("key", .string), value: Field("value", .unsigned(bits: 32))).hasNarrowMembers)
    #expect(!DataType.list(Field("element", .integer(bits: 32))).hasNarrowMembers)
    #expect(!DataType.integer(bits: 8).hasNarrowMembers)
  }
}
