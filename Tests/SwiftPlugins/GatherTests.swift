import CArrow
import Testing

@testable import HeadracePlugin

/// Gathers rows of every type, nested ones too, out of slices, and compares them with the rows that they were.
@Suite struct GatherTests {
  private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33 ^ state << 31
    }
  }

  private func column(_ type: DataType, rows: Int, _ random: inout Random) -> ArrowData {
    let present = (0..<rows).map { _ in Int.random(in: 0..<4, using: &random) > 0 }
    let nulls = present.count { !$0 }
    let bits = Table.bits(present)
    switch type {
    case .null: return ArrowData(length: rows, nullCount: rows, buffers: [])
    case .bool:
      let values = Table.bits((0..<rows).map { _ in Bool.random(using: &random) })
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits, values])
    case .string, .binary, .largeString, .largeBinary, .list, .largeList, .map:
      let wide = type == .largeString || type == .largeBinary || ArrowFormat.text(of: type) == "+L"
      let offsets = Memory()
      var end = 0
      for row in 0...rows {
        if wide { offsets.append(Int64(end)) } else { offsets.append(Int32(end)) }
        if row < rows, present[row] { end += Int.random(in: 0..<5, using: &random) }
      }
      if let child = type.children.first {
        let values = column(child.type, rows: end, &random)
        return ArrowData(length: rows, nullCount: nulls, buffers: [bits, offsets], children: [values])
      }
      let bytes = Memory()
      for _ in 0..<end { bytes.append(UInt8.random(in: 97..<123, using: &random)) }
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits, offsets, bytes])
    case .stringView:
      let views = Memory()
      for _ in 0..<rows {
        views.append(Int32(3))
        for _ in 0..<12 { views.append(UInt8.random(in: 97..<123, using: &random)) }
      }
      let sizes = Memory()
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits, views, sizes])
    case .structure(let fields):
      let children = fields.map { column($0.type, rows: rows, &random) }
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits], children: children)
    case .fixedSizeList(let field, let size):
      let values = column(field.type, rows: rows * size, &random)
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits], children: [values])
    case .dictionary(_, let values, _):
      let indices = Memory()
      for _ in 0..<rows { indices.append(Int8.random(in: 0..<5, using: &random)) }
      let dictionary = column(values, rows: 5, &random)
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits, indices], dictionary: dictionary)
    default:
      let memory = Memory()
      for _ in 0..<rows * (type.byteWidth ?? 0) { memory.append(UInt8.random(in: 0..<3, using: &random)) }
      return ArrowData(length: rows, nullCount: nulls, buffers: [bits, memory])
    }
  }

  static let types: [DataType] = [
    .null, .bool, .int8, .int16, .int32, .int64, .uint64, .float16, .float32, .float64,
    .decimal(precision: 38, scale: 3), .decimal(precision: 9, scale: 2, bits: 32), .string, .largeString, .stringView,
    .binary, .largeBinary, .fixedSizeBinary(3), .uuid, .date32, .time64(.microsecond),
    .timestamp(.nanosecond, timezone: "UTC"), .intervalMonthDayNano,
    .list(Field("item", .string)), .largeList(Field("item", .list(Field("item", .bool)))),
    .fixedSizeList(Field("item", .int16), 3),
    .structure([Field("a", .string), Field("b", .structure([Field("c", .fixedSizeList(Field("item", .bool), 2))]))]),
    .map(Field("entries", .structure([Field("key", .string), Field("value", .int32)])), keysSorted: false),
    .dictionary(index: .int8, values: .string, isOrdered: false),
  ]

  @Test(arguments: types.indices, [1, 2, 3] as [UInt64])
  func gatheredRowsAreTheRowsThatTheyWere(index: Int, seed: UInt64) throws {
    var random = Random(state: seed &* 977 &+ UInt64(index))
    let type = Self.types[index]
    let rows = Int.random(in: 1..<200, using: &random)
    var table = Table()
    table.add("x", type, column(type, rows: rows, &random))
    let slice = Int.random(in: 0..<rows, using: &random)
    var input = table.export(slice: slice)
    defer { input.release?(&input) }
    let owner = BatchOwner(borrowing: &input)
    let batch = try Batch(&input, schema: table.schema, owner: owner)
    let mask = (0..<batch.rowCount).map { _ in UInt8.random(in: 0..<3, using: &random) }
    let selection = mask.withUnsafeBufferPointer { Selection(mask: $0) }
    let wanted = mask.indices.filter { mask[$0] == 1 }
    #expect(selection.count == wanted.count)
    let data = batch.columns[0].gather(selection)
    var output = ArrowArray()
    ArrowData.batch([data], rows: selection.count).export(to: &output)
    defer { output.release?(&output) }
    let expected = wanted.map { String(decoding: batch.json(row: $0), as: UTF8.self) }
    #expect(try lines(of: output, schema: table.schema) == expected, "seed \(seed)")
    let made = try Batch(&output, schema: table.schema, owner: BatchOwner(borrowing: &output))
    let nulls = wanted.count { batch.columns[0].isNull($0) }
    #expect(made.columns[0].nullCount == nulls, "seed \(seed)")

    // Handed on whole, a slice is still the same rows.
    var whole = ArrowArray()
    ArrowData.batch([batch.columns[0].data], rows: batch.rowCount).export(to: &whole)
    defer { whole.release?(&whole) }
    let all = (0..<batch.rowCount).map { String(decoding: batch.json(row: $0), as: UTF8.self) }
    #expect(try lines(of: whole, schema: table.schema) == all, "seed \(seed)")
  }

  @Test(arguments: types.indices)
  func aSchemaComesBack(index: Int) throws {
    let field = Field(
      "x", Self.types[index], isNullable: index % 2 == 0, metadata: [Metadata("k", "ü"), Metadata("e", "")])
    let schema = Schema([field, Field("y", .timestamp(.second, timezone: nil))], metadata: [Metadata("owner", "me")])
    var exported = ArrowSchema()
    schema.export(to: &exported)
    defer { exported.release?(&exported) }
    #expect(try Schema(&exported) == schema)
  }

  @Test func positionsAreRemovedFromASelection() {
    var selection = Selection()
    selection.append(start: 2, count: 3)
    selection.append(start: 7, count: 2)
    #expect(selection.removing(positions: [0, 2, 4]).runs == [.init(start: 3, count: 1), .init(start: 7, count: 1)])
    #expect(selection.removing(positions: []) == selection)
    #expect(selection.removing(positions: [0, 1, 2, 3, 4]).count == 0)
    #expect((0..<5).map(selection.row(at:)) == [2, 3, 4, 7, 8])
  }

  /// Buffers live as long as the last array that refers to them.
  @Test func childrenOutliveTheirParent() throws {
    var table = Table()
    table.add("x", strings: ["one", nil, "three"])
    var array = table.export()
    let child = try #require(array.children[0])
    var moved = child.pointee
    child.pointee.release = nil
    array.release(&array)
    let column = try Column(&moved, field: Field("x", .string), shift: 0, count: nil, owner: Memory())
    #expect(column.texts?.string(2) == "three")
    moved.release(&moved)
    #expect(moved.release == nil)
  }
}
