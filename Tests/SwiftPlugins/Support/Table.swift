import CArrow
@testable import HeadracePlugin

/// A batch made by a test, column by column.
struct Table {
  var fields: [Field] = []
  var columns: [ArrowData] = []
  var rows = 0

  mutating func add(_ name: String, _ type: DataType, _ data: ArrowData) {
    fields.append(Field(name, type))
    columns.append(data)
    rows = data.length
  }

  mutating func add(_ name: String, longs values: [Int64?]) { add(name, .int64, Self.fixed(values, zero: 0)) }
  mutating func add(_ name: String, ints values: [Int32?]) { add(name, .int32, Self.fixed(values, zero: 0)) }
  mutating func add(_ name: String, doubles values: [Double?]) { add(name, .float64, Self.fixed(values, zero: 0)) }
  mutating func add(_ name: String, dates values: [Int32?]) { add(name, .date32, Self.fixed(values, zero: 0)) }
  mutating func add(_ name: String, strings values: [String?]) { add(name, .string, Self.strings(values)) }

  static func fixed<T: BitwiseCopyable>(_ values: [T?], zero: T) -> ArrowData {
    let memory = Memory(capacity: values.count * MemoryLayout<T>.stride)
    for value in values { memory.append(value ?? zero) }
    return ArrowData(
      length: values.count, nullCount: values.count { $0 == nil },
      buffers: [bits(values.map { $0 != nil }), memory])
  }

  static func strings(_ values: [String?]) -> ArrowData {
    let (offsets, bytes) = (Memory(), Memory())
    offsets.append(Int32(0))
    for value in values {
      Array((value ?? "").utf8).withUnsafeBytes { bytes.append($0) }
      offsets.append(Int32(bytes.count))
    }
    return ArrowData(
      length: values.count, nullCount: values.count { $0 == nil },
      buffers: [bits(values.map { $0 != nil }), offsets, bytes])
  }

  static func booleans(_ values: [Bool?]) -> ArrowData {
    ArrowData(
      length: values.count, nullCount: values.count { $0 == nil },
      buffers: [bits(values.map { $0 != nil }), bits(values.map { $0 == true })])
  }

  static func bits(_ values: [Bool]) -> Memory {
    let memory = Memory.zeroed((values.count + 7) / 8)
    for (index, value) in values.enumerated() where value {
      memory.pointer(to: UInt8.self)[index / 8] |= 1 << UInt8(index % 8)
    }
    return memory
  }

  var schema: Schema { Schema(fields) }

  /// For the other side, which releases it. `slice` leaves out rows in front, by an offset of the top.
  func export(slice: Int = 0) -> ArrowArray {
    var array = ArrowArray()
    ArrowData.batch(columns, rows: rows).export(to: &array)
    array.offset = Int64(slice)
    array.length -= Int64(slice)
    return array
  }
}

/// A batch that a plugin returned, as JSON lines.
func lines(of array: ArrowArray, schema: Schema) throws -> [String] {
  var array = array
  return try withUnsafePointer(to: &array) { pointer in
    let batch = try Batch(pointer, schema: schema, owner: BatchOwner(borrowing: pointer))
    return (0..<batch.rowCount).map { String(decoding: batch.json(row: $0), as: UTF8.self) }
  }
}
