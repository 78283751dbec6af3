import CArrow
import Foundation
import HostFormats
import HostModel
import Synchronization
import Testing

@Suite struct ArrowCellsTests {
  /// Memory that another thread writes to for as long as this is held.
  private final class Restless: Sendable {
    /// So much that the last byte may change while those before it are looked at.
    static let count = 1 << 13
    let start = UInt(bitPattern: UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16))
    private let isOver = Atomic<Bool>(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init() {
      memory?.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "a"), count: Self.count)
      Thread.detachNewThread { [self] in
        while stays(0xFF, for: 20), stays(UInt8(ascii: "a"), for: 500) {}
        hasEnded.signal()
      }
    }

    /// Text it is for most of the time, and then it is none for a moment.
    private func stays(_ byte: UInt8, for looks: Int) -> Bool {
      memory?.storeBytes(of: byte, toByteOffset: Self.count - 1, as: UInt8.self)
      for _ in 0..<looks where isOver.load(ordering: .relaxed) { return false }
      return true
    }

    var memory: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: start) }

    func end() {
      isOver.store(true, ordering: .relaxed)
      hasEnded.wait()
      memory?.deallocate()
    }
  }

  /// What is lent by a worker may change between two looks at it.
  @Test func bytesThatChangeMeanwhileMakeNoBrokenText() {
    let restless = Restless()
    defer { restless.end() }
    var buffers: [UnsafeRawPointer?] = [nil, UnsafeRawPointer(restless.memory)]
    let broken = buffers.withUnsafeMutableBufferPointer { buffers in
      var array = ArrowArray()
      (array.length, array.n_buffers, array.buffers) = (1, 2, buffers.baseAddress)
      let cells = ArrowCells(array, type: .fixed(bytes: Restless.count))
      return (0..<200_000).count { _ in
        cells.text(0).map { String(validating: Array($0.utf8), as: UTF8.self) == nil } ?? true
      }
    }
    #expect(broken == 0)
  }

  /// The values of one column of a batch of its own, as text and as JSON.
  private func read(_ type: DataType, _ column: ArrowArray, offset: Int = 0) -> (texts: [String?], json: [String]) {
    let rows = Int(column.length) - offset
    let schema = Schema([Field("c", type)])
    let batch = RecordBatch(
      adopting: OwnedArray(rows: rows, offset: offset, adopting: [column]).take(), schema: schema)
    return batch.withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return ((0..<rows).map { cells[0].text($0) }, (0..<rows).map { cells[0].json($0).text() })
    }
  }

  @Test func integersOfEveryWidthKeepTheirEnds() {
    let signed = read(.integer(bits: 8), ArrowSamples.numbers([Int8.min, nil, .max], zero: 0))
    #expect(signed.texts == ["-128", nil, "127"])
    #expect(signed.json == ["-128", "null", "127"])
    #expect(read(.integer(bits: 16), ArrowSamples.numbers([Int16.min, .max], zero: 0)).texts == ["-32768", "32767"])
    #expect(
      read(.integer(bits: 32), ArrowSamples.numbers([Int32.min, .max], zero: 0)).json == ["-2147483648", "2147483647"])
    #expect(read(.unsigned(bits: 8), ArrowSamples.numbers([UInt8.max], zero: 0)).texts == ["255"])
    #expect(read(.unsigned(bits: 16), ArrowSamples.numbers([UInt16.max], zero: 0)).texts == ["65535"])
    #expect(read(.unsigned(bits: 32), ArrowSamples.numbers([UInt32.max], zero: 0)).json == ["4294967295"])
  }

  /// JSON readers lose digits beyond 53 bits.
  @Test func longsAndDecimalsAreTextsInJSON() {
    #expect(
      read(.integer(bits: 64), ArrowSamples.numbers([Int64.min, .max], zero: 0)).json
        == ["\"-9223372036854775808\"", "\"9223372036854775807\""])
    let decimals = read(.decimal(precision: 5, scale: 2), ArrowSamples.numbers([Int128(-7), 12345, nil], zero: 0))
    #expect(decimals.texts == ["-0.07", "123.45", nil])
    #expect(decimals.json == ["\"-0.07\"", "\"123.45\"", "null"])
  }

  @Test func numbersThatJSONHasNotBecomeTexts() {
    let doubles = read(.double, ArrowSamples.numbers([1.5, -Double.infinity, .nan, nil], zero: 0))
    #expect(doubles.json == ["1.5", "\"-inf\"", "\"nan\"", "null"])
    #expect(doubles.texts == ["1.5", "-inf", "nan", nil])
    #expect(read(.float, ArrowSamples.numbers([Float(0.1)], zero: 0)).json == ["0.1"])
  }

  @Test func booleansAreReadBitByBitAcrossABytesEnd() {
    let values = (0..<11).map { $0 % 3 == 0 }
    let all = read(.boolean, ArrowSamples.booleans(values))
    #expect(all.texts == values.map { String($0) })
    #expect(read(.boolean, ArrowSamples.booleans(values), offset: 7).texts == values.dropFirst(7).map { String($0) })
  }

  @Test func timesAreISO8601() {
    #expect(read(.date, ArrowSamples.numbers([Int32(0), -1], zero: 0)).texts == ["1970-01-01", "1969-12-31"])
    #expect(read(.time, ArrowSamples.numbers([Int64(1)], zero: 0)).texts == ["00:00:00.000001"])
    #expect(read(.timestamp(zoned: true), ArrowSamples.numbers([Int64(0)], zero: 0)).texts == ["1970-01-01T00:00:00Z"])
    #expect(
      read(.timestamp(zoned: false), ArrowSamples.numbers([Int64(-1)], zero: 0)).json
        == ["\"1969-12-31T23:59:59.999999\""])
  }

  @Test func textsBytesAndUUIDs() {
    #expect(read(.string, ArrowSamples.texts(["", nil, "ä\""])).json == ["\"\"", "null", "\"ä\\\"\""])
    let binary = OwnedArray(
      length: 2, nullCount: 0, buffers: [nil, ArrowSamples.bytes([Int32(0), 2, 3]), [0x68, 0x69, 0xFF]])
    #expect(read(.binary, binary.take()).texts == ["hi", "ff"])
    let fixed = OwnedArray(length: 2, nullCount: 0, buffers: [nil, [1, 2, 0xFE, 0xFF]])
    #expect(read(.fixed(bytes: 2), fixed.take(), offset: 1).texts == ["feff"])
    let uuid = OwnedArray(length: 1, nullCount: 0, buffers: [nil, Array(0..<16)])
    #expect(read(.uuid, uuid.take()).texts == ["00010203-0405-0607-0809-0a0b0c0d0e0f"])
  }

  @Test func offsetsOfBatchAndColumnAddUp() {
    let column = ArrowSamples.sliced(ArrowSamples.texts(["a", "b", nil, "d", "e"]), from: 1)
    #expect(read(.string, column, offset: 1).texts == [nil, "d", "e"])
    let numbers = ArrowSamples.sliced(ArrowSamples.numbers([Int64(1), nil, 3, 4], zero: 0), from: 1)
    #expect(read(.integer(bits: 64), numbers).texts == [nil, "3", "4"])
  }

  @Test func aListReadsItsElementsThroughEveryOffset() {
    let elements = ArrowSamples.sliced(ArrowSamples.numbers([Int32(9), 1, nil, 3, 4], zero: 0), from: 1)
    let list = ArrowSamples.nested(
      length: 3, buffers: [nil, ArrowSamples.bytes([Int32(0), 1, 1, 4])], children: [elements])
    let type = DataType.list(Field("element", .integer(bits: 32)))
    #expect(read(type, list).json == ["[1]", "[]", "[null,3,4]"])
    let again = ArrowSamples.nested(
      length: 3, buffers: [nil, ArrowSamples.bytes([Int32(0), 1, 1, 4])],
      children: [ArrowSamples.numbers([Int32(1), nil, 3, 4], zero: 0)])
    #expect(read(type, again, offset: 1).texts == ["[]", "[null,3,4]"])
  }

  @Test func listOffsetsBeyondTheElementsReadNothing() {
    let type = DataType.list(Field("element", .integer(bits: 64)))
    let offsets: [[Int32]] = [[0, 1_000_000], [2, 1], [-1, 1]]
    for pair in offsets {
      let list = ArrowSamples.nested(
        length: 1, buffers: [nil, ArrowSamples.bytes(pair)],
        children: [ArrowSamples.numbers([Int64(1), 2], zero: 0)])
      #expect(read(type, list).json == ["null"])
    }
  }

  @Test func aStructsOffsetCountsInItsMembers() {
    let members = [ArrowSamples.numbers([Int32(1), 2, 3], zero: 0), ArrowSamples.texts(["a", nil, "c"])]
    let type = DataType.structure([Field("n", .integer(bits: 32)), Field("t", .string)])
    let array = ArrowSamples.nested(length: 2, buffers: [nil], children: members, offset: 1)
    #expect(read(type, array).json == ["{\"n\":2,\"t\":null}", "{\"n\":3,\"t\":\"c\"}"])
  }

  @Test func aMapIsAListOfPairs() {
    let entries = ArrowSamples.nested(
      length: 2, buffers: [nil],
      children: [ArrowSamples.texts(["a", "b"]), ArrowSamples.numbers([1.5, nil], zero: 0)])
    let map = ArrowSamples.nested(length: 1, buffers: [nil, ArrowSamples.bytes([Int32(0), 2])], children: [entries])
    let type = DataType.map(key: Field("key", .string, nullable: false), value: Field("value", .double))
    #expect(read(type, map).json == ["[{\"key\":\"a\",\"value\":1.5},{\"key\":\"b\",\"value\":null}]"])
  }

  /// A plugin may leave the counting of nulls to the reader.
  @Test func anUnknownNumberOfNullsIsLookedUp() {
    var column = ArrowSamples.numbers([Int64(1), nil], zero: 0)
    column.null_count = -1
    #expect(read(.integer(bits: 64), column).texts == ["1", nil])
  }

  @Test func lakeValuesAreThoseOfTheType() {
    let schema = Schema([Field("c", .decimal(precision: 38, scale: 0))])
    let largest = Int128(99_999_999_999_999_999) * 1_000_000_000_000_000_000_000
    let batch = RecordBatch(schema, rows: 2, columns: [ArrowSamples.numbers([largest, nil], zero: 0)])
    let values = batch.withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return [cells[0].value(0), cells[0].value(1)]
    }
    #expect(values == [.decimal(largest), nil])
  }
}
