import CArrow
import HostModel

/// Rows with a column of each shape that a batch can have: texts, bytes, bits, lists, maps and structures, with nulls in them.
enum NestedRows {
  static let schema = Schema([
    Field("id", .integer(bits: 64), nullable: false), Field("name", .string), Field("raw", .binary),
    Field("flag", .boolean), Field("tags", .list(Field("element", .string))),
    Field("point", .structure([Field("x", .double), Field("label", .string)])),
    Field("counts", .map(key: Field("key", .string, nullable: false), value: Field("value", .integer(bits: 64)))),
  ])

  static func batch(rows: Int, from first: Int) -> RecordBatch {
    let texts = (0..<rows).map { row in row % 5 == 3 ? nil : "grün \(first + row)" }
    let columns = [
      longs((0..<rows).map { Int64(first + $0) }), strings(texts), bytes(rows), flags(rows),
      list(rows, strings((0..<2 * rows).map { $0 % 7 == 6 ? nil : "tag \($0)" })),
      nested(rows, [nil], [doubles(rows), strings(texts.reversed())]),
      list(
        rows,
        nested(2 * rows, [nil], [strings((0..<2 * rows).map { "key \($0)" }), longs((0..<2 * rows).map { Int64($0) })])),
    ]
    return RecordBatch(schema, rows: rows, columns: columns)
  }

  private static func longs(_ values: [Int64]) -> ArrowArray {
    var builder = ColumnBuilder(.long)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  private static func doubles(_ count: Int) -> ArrowArray {
    var builder = ColumnBuilder(.double)
    for value in 0..<count { builder.append(value % 4 == 1 ? nil : Double(value) / 8) }
    return builder.finish().take()
  }

  private static func strings(_ values: [String?]) -> ArrowArray {
    var builder = ColumnBuilder(.string)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  private static func bytes(_ rows: Int) -> ArrowArray {
    var builder = ColumnBuilder(.binary)
    for row in 0..<rows { builder.append([UInt8](repeating: 0xFF, count: row % 9)) }
    return builder.finish().take()
  }

  private static func flags(_ rows: Int) -> ArrowArray {
    OwnedArray(length: rows, nullCount: 0, buffers: [nil, [UInt8](repeating: 0x5A, count: (rows + 7) / 8)]).take()
  }

  /// Two elements for each row.
  private static func list(_ rows: Int, _ elements: ArrowArray) -> ArrowArray {
    nested(rows, [nil, (0...rows).map { Int32(2 * $0) }.withUnsafeBytes { Array($0) }], [elements])
  }

  /// An array with buffers and children, as `OwnedArray` makes only one or the other.
  private static func nested(_ length: Int, _ buffers: [[UInt8]?], _ children: [ArrowArray]) -> ArrowArray {
    let parts = NestedParts(
      own: OwnedArray(length: length, nullCount: 0, buffers: buffers).take(),
      structure: OwnedArray(rows: length, adopting: children).take())
    var array = parts.own
    array.children = parts.structure.children
    array.n_children = parts.structure.n_children
    array.private_data = Unmanaged.passRetained(parts).toOpaque()
    array.release = { array in
      guard let array, let parts = array.pointee.private_data else { return }
      array.pointee.release = nil
      Unmanaged<NestedParts>.fromOpaque(parts).release()
    }
    return array
  }
}

private final class NestedParts {
  var own: ArrowArray
  var structure: ArrowArray

  init(own: ArrowArray, structure: ArrowArray) {
    self.own = own
    self.structure = structure
  }

  deinit {
    own.release?(&own)
    structure.release?(&structure)
  }
}
