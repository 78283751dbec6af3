import HostFormats
import TestSupport
import Testing

@Suite struct ColumnBoundsTests {
  @Test func longStringIsCutByCodePointAndItsUpperBoundRaised() throws {
    let text = String(repeating: "😀", count: 17)
    let cut = String(repeating: "😀", count: 16)
    #expect(try ColumnBounds.lower(.string(text), type: .string) == Array(cut.utf8))
    let raised = String(repeating: "😀", count: 15) + "😁"
    #expect(try ColumnBounds.upper(.string(text), type: .string) == Array(raised.utf8))
    #expect(try ColumnBounds.upper(.string(cut), type: .string) == Array(cut.utf8))
  }

  @Test func upperBoundSkipsSurrogatesAndIsLeftOutWhereNothingIsGreater() throws {
    #expect(try ColumnBounds.upper(.string("\u{D7FF}x"), type: .string, length: 1) == Array("\u{E000}".utf8))
    let last = String(repeating: "\u{10FFFF}", count: 17)
    #expect(try ColumnBounds.upper(.string(last), type: .string) == nil)
    #expect(try ColumnBounds.upper(.string("a\u{10FFFF}x"), type: .string, length: 2) == Array("b".utf8))
    #expect(try ColumnBounds.upper(.bytes([1, 255, 255]), type: .binary, length: 2) == [2])
    #expect(try ColumnBounds.upper(.bytes([255, 255, 255]), type: .binary, length: 2) == nil)
  }

  @Test func nanIsNoBoundAndZeroIsOfBothSigns() throws {
    #expect(try ColumnBounds.lower(.double(.nan), type: .double) == nil)
    #expect(try ColumnBounds.upper(.float(.nan), type: .float) == nil)
    #expect(try ColumnBounds.lower(.double(0), type: .double) == [0, 0, 0, 0, 0, 0, 0, 0x80])
    #expect(try ColumnBounds.upper(.double(-0.0), type: .double) == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func decimalAndUUIDAreBigEndianAndTheRestLittle() throws {
    #expect(try IcebergValue.decimal(1420).serialized(as: .decimal(precision: 9, scale: 2)) == [0x05, 0x8C])
    #expect(try IcebergValue.decimal(-1).serialized(as: .decimal(precision: 38, scale: 2)) == [0xFF])
    #expect(try IcebergValue.decimal(128).serialized(as: .decimal(precision: 9, scale: 2)) == [0x00, 0x80])
    #expect(try IcebergValue.integer(1).serialized(as: .int) == [1, 0, 0, 0])
    #expect(try IcebergValue.integer(-2).serialized(as: .timestamp) == [0xFE] + [UInt8](repeating: 0xFF, count: 7))
    let uuid = Array(UInt8(0)..<16)
    #expect(try IcebergValue.bytes(uuid).serialized(as: .uuid) == uuid)
    #expect(throws: IcebergError.self) { try IcebergValue.integer(1 << 40).serialized(as: .int) }
  }

  @Test func boundWrittenBeforeAPromotionIsRead() throws {
    #expect(try IcebergValue(serialized: [0xFF, 0xFF, 0xFF, 0xFF], as: .long) == .integer(-1))
    #expect(try IcebergValue(serialized: [0, 0, 0x80, 0x3F], as: .double) == .double(1))
    #expect(throws: IcebergError.self) { try IcebergValue(serialized: [1, 2, 3], as: .int) }
  }

  @Test func boundsEncloseEveryValue() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let alphabet = ["a", "b", "\u{D7FF}", "\u{10FFFF}", "漢", "😀"]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" }
      let value = IcebergValue.string(text.joined())
      let lower = try ColumnBounds.lower(value, type: .string, length: 4)
      let upper = try ColumnBounds.upper(value, type: .string, length: 4)
      let bytes = Array(text.joined().utf8)
      #expect(lower.map { !bytes.lexicographicallyPrecedes($0) } ?? false)
      #expect(upper.map { !$0.lexicographicallyPrecedes(bytes) } ?? true)
    }
  }
}
