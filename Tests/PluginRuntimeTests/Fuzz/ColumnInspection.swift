import CArrow
import Glibc
@testable import HostFormats
import HostModel

/// Looks at everything that a batch leads to, as somebody would who uses it: nothing lies outside, texts are UTF-8, and what
/// says where something is does not change any more.
struct ColumnInspection {
  struct Broken: Error, CustomStringConvertible { let description: String }

  /// What was seen, in the order in which it was looked at.
  private struct Sight: Equatable {
    /// Of all that is not values of fixed width.
    var structure: UInt64 = 14_695_981_039_346_656_037
    var values: UInt64 = 14_695_981_039_346_656_037

    static func mix(_ sum: inout UInt64, _ bytes: UnsafeRawPointer?, _ count: Int) {
      for byte in UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count) {
        sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211
      }
    }
  }

  private var sight = Sight()

  /// - Parameter looks: how often to look, with a pause after each.
  /// - Returns: whether values have changed meanwhile, which a worker may do.
  static func check(_ batch: borrowing RecordBatch, looks: Int) throws -> Bool {
    let first = try look(at: batch)
    var haveValuesChanged = false
    for _ in 1..<looks {
      usleep(100)
      let next = try look(at: batch)
      guard first.structure == next.structure else { throw Broken(description: "the batch changes while it is used") }
      if first.values != next.values { haveValuesChanged = true }
    }
    // Whatever the values are by now, the batch can be written and read again.
    let again = BatchBox(try BatchCodec.decode(try BatchCodec.encode(batch))).take()
    _ = try look(at: again)
    guard again.rowCount == batch.rowCount else {
      throw Broken(description: "the batch is another one once it was written")
    }
    return haveValuesChanged
  }

  private static func look(at batch: borrowing RecordBatch) throws -> Sight {
    let schema = batch.schema
    return try batch.withArray { array in
      var inspection = ColumnInspection()
      for (index, field) in schema.fields.enumerated() {
        guard let child = array.pointee.children[index] else { throw Broken(description: "\(field.name) is missing") }
        try inspection.look(child.pointee, field, from: array.pointee.offset, length: array.pointee.length)
      }
      return inspection.sight
    }
  }

  private mutating func look(_ array: ArrowArray, _ field: Field, from start: Int64, length: Int64) throws {
    guard start >= 0, length >= 0, array.offset >= 0, start + length <= array.length else {
      throw Broken(description: "\(field.name): \(array.length) values, \(length) from \(start) on are used")
    }
    let rows = Int(array.offset + start)..<Int(array.offset + start + length)
    if let bits = array.buffers[0] { read(bits, (rows.upperBound + 7) / 8) }
    switch ArrayStorage(field.type) {
    case .bits: read(try present(array.buffers[1], field, rows), (rows.upperBound + 7) / 8)
    case .fixed(let width): readValues(try present(array.buffers[1], field, rows), rows.upperBound * width)
    case .bytes(let isText): try lookAtBytes(array, field, rows, isText: isText)
    case .list(let element):
      let span = try offsets(array, field, rows) { _, _ in }
      guard let child = array.children[0] else { throw Broken(description: "\(field.name) has no elements") }
      try look(child.pointee, element, from: Int64(span.lowerBound), length: Int64(span.count))
    case .members(let fields):
      for (index, field) in fields.enumerated() {
        guard let child = array.children[index] else { throw Broken(description: "\(field.name) is missing") }
        try look(child.pointee, field, from: Int64(rows.lowerBound), length: length)
      }
    }
  }

  private func present(_ buffer: UnsafeRawPointer?, _ field: Field, _ rows: Range<Int>) throws -> UnsafeRawPointer? {
    guard buffer != nil || rows.isEmpty else { throw Broken(description: "\(field.name) has no values") }
    return buffer
  }

  private mutating func lookAtBytes(_ array: ArrowArray, _ field: Field, _ rows: Range<Int>, isText: Bool) throws {
    let bytes = array.buffers[2]
    let span = try offsets(array, field, rows) { row, range in
      let isNull = array.buffers[0].map { $0.load(fromByteOffset: row / 8, as: UInt8.self) >> UInt8(row % 8) & 1 == 0 }
      guard isText, isNull != true else { return }
      let text = UnsafeRawBufferPointer(start: bytes.map { $0 + range.lowerBound }, count: range.count)
      guard String(validating: text, as: UTF8.self) != nil else {
        throw Broken(description: "\(field.name): text \(row) is not UTF-8")
      }
    }
    read(bytes.map { $0 + span.lowerBound }, span.count)
  }

  /// - Returns: what the offsets of the rows span.
  private mutating func offsets(
    _ array: ArrowArray, _ field: Field, _ rows: Range<Int>, _ visit: (Int, Range<Int>) throws -> Void
  ) throws -> Range<Int> {
    guard let start = array.buffers[1] else {
      guard rows.isEmpty else { throw Broken(description: "\(field.name) has no offsets") }
      return 0..<0
    }
    func offset(_ row: Int) -> Int { Int(start.loadUnaligned(fromByteOffset: row * 4, as: Int32.self)) }
    guard offset(rows.lowerBound) >= 0 else { throw Broken(description: "\(field.name): an offset is negative") }
    for row in rows {
      let (first, end) = (offset(row), offset(row + 1))
      guard first <= end else {
        throw Broken(description: "\(field.name): offset \(row + 1) is \(end), before it \(first)")
      }
      try visit(row, first..<end)
    }
    read(start + rows.lowerBound * 4, (rows.count + 1) * 4)
    return offset(rows.lowerBound)..<offset(rows.upperBound)
  }

  private mutating func read(_ bytes: UnsafeRawPointer?, _ count: Int) { Sight.mix(&sight.structure, bytes, count) }

  private mutating func readValues(_ bytes: UnsafeRawPointer?, _ count: Int) { Sight.mix(&sight.values, bytes, count) }
}
