import CArrow
import HostModel

/// Arrow arrays made by hand: the tests decide every buffer, offset and child.
enum ArrowSamples {
  static func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  static func numbers<T: BitwiseCopyable>(_ values: [T?], zero: T) -> ArrowArray {
    let nulls = values.filter { $0 == nil }.count
    return OwnedArray(
      length: values.count, nullCount: nulls,
      buffers: [nulls == 0 ? nil : validity(values.map { $0 != nil }), bytes(values.map { $0 ?? zero })]
    ).take()
  }

  static func booleans(_ values: [Bool]) -> ArrowArray {
    OwnedArray(length: values.count, nullCount: 0, buffers: [nil, validity(values)]).take()
  }

  static func texts(_ values: [String?]) -> ArrowArray {
    var builder = ColumnBuilder(.string)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  static func validity(_ valid: [Bool]) -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: (valid.count + 7) / 8)
    for (row, isValid) in valid.enumerated() where isValid { bits[row / 8] |= 1 << (row % 8) }
    return bits
  }

  /// An array with children and own buffers: a list, a map or a struct. The memory is never given back, which a test may.
  static func nested(length: Int, buffers: [[UInt8]?], children: [ArrowArray], offset: Int = 0) -> ArrowArray {
    var array = OwnedArray(length: length, nullCount: 0, buffers: buffers).take()
    let slots = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: children.count)
    for (index, child) in children.enumerated() {
      let node = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
      node.initialize(to: child)
      (slots + index).initialize(to: node)
    }
    array.children = slots
    array.n_children = Int64(children.count)
    array.offset = Int64(offset)
    return array
  }

  static func sliced(_ array: ArrowArray, from offset: Int) -> ArrowArray {
    var slice = array
    slice.offset += Int64(offset)
    slice.length -= Int64(offset)
    return slice
  }
}
