import CArrow
import HostModel

/// Batches of any shape that Arrow allows, as plugins may make them: offsets everywhere, values in front of and behind
/// those that count, anything at all in the place of nulls, buffers that are left out where they may be.
struct RandomBatch {
  var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  static let leaves: [DataType] = [
    .boolean, .integer(bits: 8), .integer(bits: 16), .integer(bits: 32), .integer(bits: 64), .unsigned(bits: 8),
    .unsigned(bits: 16), .unsigned(bits: 32), .float, .double, .decimal(precision: 38, scale: 9),
    .decimal(precision: 1, scale: 1), .date, .time, .timestamp(zoned: true), .timestamp(zoned: false), .string, .binary,
    .fixed(bytes: 1), .fixed(bytes: 7), .uuid,
  ]

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  mutating func chance(_ of: Int) -> Bool { number(1...of) == 1 }

  // MARK: Schemas

  mutating func schema() -> Schema { Schema((0..<number(0...5)).map { field("c\($0)", depth: 0) }) }

  private mutating func field(_ name: String, depth: Int) -> Field {
    Field(
      name, type(depth: depth), nullable: !chance(4), id: chance(2) ? number(-5...1_000_000) : nil,
      doc: chance(4) ? "a comment, \u{1F98A}" : nil)
  }

  private mutating func type(depth: Int) -> DataType {
    switch depth < 3 ? number(0...9) : 9 {
    case 0: .list(field("element", depth: depth + 1))
    case 1: .structure((0..<number(0...3)).map { field("m\($0)", depth: depth + 1) })
    case 2: .map(key: field("key", depth: depth + 1), value: field("value", depth: depth + 1))
    default: Self.leaves[number(0...Self.leaves.count - 1)]
    }
  }

  // MARK: Values

  mutating func batch(_ schema: Schema) -> RecordBatch {
    let rows = chance(8) ? 0 : number(0...40)
    let offset = chance(2) ? 0 : number(0...20)
    let columns = schema.fields.map { array($0.type, length: rows + offset + (chance(2) ? 0 : number(0...9))) }
    return RecordBatch(adopting: OwnedArray(rows: rows, offset: offset, adopting: columns).take(), schema: schema)
  }

  private mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  /// An array of so many values, with others around them.
  mutating func array(_ type: DataType, length: Int) -> ArrowArray {
    let offset = chance(2) ? 0 : number(0...19)
    let all = offset + length
    if length == 0, chance(2) { return bare(type) }
    let valid = chance(2) ? nil : bytes((all + 7) / 8 + number(0...3))
    var array = filled(type, all, valid)
    array.offset = Int64(offset)
    array.length = Int64(length)
    let nulls = (offset..<all).count { bit in valid.map { $0[bit / 8] >> UInt8(bit % 8) & 1 == 0 } ?? false }
    // Not counted by whoever made it, now and then.
    array.null_count = chance(3) ? -1 : Int64(nulls)
    return array
  }

  private mutating func filled(_ type: DataType, _ count: Int, _ valid: [UInt8]?) -> ArrowArray {
    func plain(_ values: [UInt8]) -> ArrowArray {
      OwnedArray(length: count, nullCount: 0, buffers: [valid, values]).take()
    }
    switch type {
    case .boolean: return plain(bytes((count + 7) / 8))
    case .string, .binary:
      let values = (0..<count).map { row in text(type, isNull: valid.map { $0[row / 8] >> UInt8(row % 8) & 1 == 0 }) }
      let start = number(0...5)
      let offsets = values.reduce(into: [Int32(start)]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
      let characters = [UInt8](repeating: 0x41, count: start) + values.flatMap { $0 } + bytes(number(0...4))
      return OwnedArray(length: count, nullCount: 0, buffers: [valid, ArrowSamples.bytes(offsets), characters]).take()
    case .list(let element): return list(element.type, count, valid)
    case .map(let key, let value): return list(.structure([key, value]), count, valid)
    case .structure(let fields):
      let members = fields.map { array($0.type, length: count + number(0...3)) }
      return ArrowSamples.nested(length: count, buffers: [valid], children: members)
    default: return plain(bytes(count * Self.width(type)))
    }
  }

  private mutating func list(_ element: DataType, _ count: Int, _ valid: [UInt8]?) -> ArrowArray {
    let start = number(0...9)
    let offsets = (0..<count).reduce(into: [Int32(start)]) { offsets, _ in
      offsets.append(offsets[offsets.count - 1] + Int32(number(0...3)))
    }
    let child = array(element, length: Int(offsets[count]) + number(0...3))
    return ArrowSamples.nested(length: count, buffers: [valid, ArrowSamples.bytes(offsets)], children: [child])
  }

  private mutating func text(_ type: DataType, isNull: Bool?) -> [UInt8] {
    // Under a null there may be anything.
    if type == .binary || isNull == true { return bytes(number(0...6)) }
    let texts = ["", "a", "ordinary text", "\u{E4}\u{F6}", "\u{20AC}", "\u{1F98A}", "\u{0}"]
    return Array(texts[number(0...texts.count - 1)].utf8)
  }

  /// No values, and no buffers either.
  private mutating func bare(_ type: DataType) -> ArrowArray {
    switch type {
    case .string, .binary: return OwnedArray(length: 0, nullCount: 0, buffers: [nil, nil, nil]).take()
    case .list(let element):
      return ArrowSamples.nested(length: 0, buffers: [nil, nil], children: [array(element.type, length: 0)])
    case .map(let key, let value):
      return ArrowSamples.nested(
        length: 0, buffers: [nil, nil], children: [array(.structure([key, value]), length: 0)])
    case .structure(let fields):
      return ArrowSamples.nested(length: 0, buffers: [nil], children: fields.map { array($0.type, length: 0) })
    default: return OwnedArray(length: 0, nullCount: 0, buffers: [nil, nil]).take()
    }
  }

  static func width(_ type: DataType) -> Int {
    switch type {
    case .integer(let bits), .unsigned(let bits): bits / 8
    case .float, .date: 4
    case .double, .time, .timestamp: 8
    case .decimal, .uuid: 16
    case .fixed(let bytes): bytes
    default: 0
    }
  }
}

/// Reads every value to the bit, by the letter of Arrow's columnar format and nothing else.
enum ExactValues {
  /// The rows of a batch, one text a row and column.
  static func rows(_ batch: borrowing RecordBatch) -> [[String]] {
    let schema = batch.schema
    return batch.withArray { array in
      (0..<Int(array.pointee.length)).map { row in
        schema.fields.enumerated().map { index, field in
          guard let child = array.pointee.children[index] else { return "missing" }
          return value(child.pointee, field.type, row + Int(array.pointee.offset))
        }
      }
    }
  }

  private static func bit(_ buffer: UnsafeRawPointer?, _ place: Int) -> Bool? {
    buffer.map { $0.load(fromByteOffset: place / 8, as: UInt8.self) >> UInt8(place % 8) & 1 == 1 }
  }

  private static func hexadecimal(_ buffer: UnsafeRawPointer?, _ range: Range<Int>) -> String {
    range.map { String(buffer?.load(fromByteOffset: $0, as: UInt8.self) ?? 0, radix: 16) }.joined(separator: ".")
  }

  static func value(_ array: ArrowArray, _ type: DataType, _ row: Int) -> String {
    let place = row + Int(array.offset)
    if array.null_count != 0, bit(array.buffers[0], place) == false { return "null" }
    func range() -> Range<Int> {
      let offset = { Int(array.buffers[1]?.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self) ?? 0) }
      return offset(place)..<offset(place + 1)
    }
    func elements(_ type: DataType) -> String {
      guard let child = array.children[0] else { return "missing" }
      return "[" + range().map { value(child.pointee, type, $0) }.joined(separator: ",") + "]"
    }
    switch type {
    case .boolean: return bit(array.buffers[1], place) == true ? "true" : "false"
    case .string, .binary: return "'" + hexadecimal(array.buffers[2], range()) + "'"
    case .list(let element): return elements(element.type)
    case .map(let key, let value): return elements(.structure([key, value]))
    case .structure(let fields):
      let members = fields.enumerated().map { index, field in
        array.children[index].map { value($0.pointee, field.type, place) } ?? "missing"
      }
      return "{" + members.joined(separator: ",") + "}"
    default:
      let width = RandomBatch.width(type)
      return hexadecimal(array.buffers[1], place * width..<(place + 1) * width)
    }
  }
}
