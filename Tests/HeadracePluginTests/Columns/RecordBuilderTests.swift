import Testing

@testable import HeadracePlugin

/// Column builders against plain arrays, with rows taken back half-way.
@Suite struct RecordBuilderTests {
  private struct Row: Equatable {
    var number: Int64?
    var flag: Bool?
    var text: String?
    var list: [Int32?]?
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func randomRowsComeOutAsTheyWentIn(seed: UInt64) {
    var random = SplitMix(state: seed)
    var builder = RecordBuilder([.fixed(bytes: 8), .bool, .bytes, .list(.fixed(bytes: 4))])
    // Several batches from one builder: what the first leaves behind must not show in the next.
    for _ in 0..<4 {
      var expected: [Row] = []
      for _ in 0..<Int.random(in: 0...300, using: &random) {
        let row = Self.row(&random)
        let columns = Int.random(in: 0...4, using: &random)
        Self.append(row, to: builder.columns, columns)
        if columns == 4 {
          builder.endRow()
          expected.append(row)
        } else {
          builder.discardRow()
        }
      }
      let data = builder.take()
      #expect(data.allSatisfy { $0.length == expected.count })
      #expect(data[0].nullCount == expected.count { $0.number == nil })
      #expect(data.allSatisfy { $0.buffers.dropFirst().allSatisfy { $0 != nil } })
      #expect(data.allSatisfy { $0.buffers.allSatisfy { Int(bitPattern: $0) % 64 == 0 } })
      #expect(expected.indices.map { Self.row(at: $0, of: data) } == expected)
    }
  }

  private static func row(_ random: inout SplitMix) -> Row {
    func maybe<Value>(_ value: Value) -> Value? { Int.random(in: 0..<4, using: &random) == 0 ? nil : value }
    let list = (0..<Int.random(in: 0...4, using: &random)).map { maybe(Int32($0)) }
    return Row(
      number: maybe(Int64(bitPattern: random.next())), flag: maybe(Bool.random(using: &random)),
      text: maybe(String(repeating: "é", count: Int.random(in: 0...20, using: &random))), list: maybe(list))
  }

  /// Appends the first `count` values of a row.
  private static func append(_ row: Row, to columns: UnsafeMutableBufferPointer<ColumnBuilder>, _ count: Int) {
    if count > 0 { row.number.map { columns[0].append($0) } ?? columns[0].appendNull() }
    if count > 1 { row.flag.map { columns[1].append(bool: $0) } ?? columns[1].appendNull() }
    if count > 2 { row.text.map { columns[2].append($0) } ?? columns[2].appendNull() }
    guard count > 3 else { return }
    guard let list = row.list, let child = columns[3].child else { return columns[3].appendNull() }
    for value in list { value.map { child.pointee.append($0) } ?? child.pointee.appendNull() }
    columns[3].appendList()
  }

  private static func row(at index: Int, of data: [ArrowData]) -> Row {
    let number = isNull(data[0], index) ? nil : load(data[0], 1, index, Int64.self)
    let flag = isNull(data[1], index) ? nil : bit(data[1].buffers[1], index)
    var text: String?
    if !isNull(data[2], index) {
      let (start, end) = (load(data[2], 1, index, Int32.self), load(data[2], 1, index + 1, Int32.self))
      text = String(
        decoding: (start..<end).map { load(data[2], 2, Int($0), UInt8.self) }, as: UTF8.self)
    }
    var list: [Int32?]?
    if !isNull(data[3], index) {
      let (start, end) = (load(data[3], 1, index, Int32.self), load(data[3], 1, index + 1, Int32.self))
      let child = data[3].children[0]
      list = (start..<end).map { isNull(child, Int($0)) ? nil : load(child, 1, Int($0), Int32.self) }
    }
    return Row(number: number, flag: flag, text: text, list: list)
  }

  private static func isNull(_ data: ArrowData, _ index: Int) -> Bool {
    data.buffers[0].map { !bit($0, index) } ?? false
  }

  private static func bit(_ buffer: UnsafeRawPointer?, _ index: Int) -> Bool {
    guard let buffer else { return false }
    return buffer.load(fromByteOffset: index >> 3, as: UInt8.self) >> (index & 7) & 1 == 1
  }

  private static func load<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ data: ArrowData, _ buffer: Int, _ index: Int, _ type: Value.Type
  ) -> Value {
    data.buffers[buffer]?.load(fromByteOffset: index * MemoryLayout<Value>.size, as: type) ?? 0
  }
}

/// The generator SplitMix64, so that a seed names a run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
