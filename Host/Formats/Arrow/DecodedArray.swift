import CArrow

/// An array whose buffers lie in the memory of its batch.
struct DecodedArray {
  var length: Int
  var offset = 0
  var nullCount = 0
  /// The first is the validity.
  var buffers: [UnsafeRawPointer?]
  var children: [DecodedArray] = []

  func isNull(_ row: Int) -> Bool {
    guard let validity = buffers[0] else { return false }
    let bit = row + offset
    return validity.load(fromByteOffset: bit / 8, as: UInt8.self) >> UInt8(bit % 8) & 1 == 0
  }

  /// The array in Arrow's C form. It keeps the memory, and so does each child by itself: whoever takes a child out of it may
  /// release the two in any order.
  func export(_ memory: AnyObject) -> ArrowArray {
    let node = ExportedNode(memory, buffers, children.map { $0.export(memory) })
    return ArrowArray(
      length: Int64(length), null_count: Int64(nullCount), offset: Int64(offset), n_buffers: Int64(buffers.count),
      n_children: Int64(children.count), buffers: node.buffers, children: node.children, dictionary: nil,
      release: { array in
        guard let array, let node = array.pointee.private_data else { return }
        array.pointee.release = nil
        Unmanaged<ExportedNode>.fromOpaque(node).release()
      }, private_data: Unmanaged.passRetained(node).toOpaque())
  }
}

/// What the release of one array frees.
private final class ExportedNode {
  let buffers: UnsafeMutablePointer<UnsafeRawPointer?>
  let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
  private let childCount: Int
  private let memory: AnyObject

  init(_ memory: AnyObject, _ contents: [UnsafeRawPointer?], _ arrays: [ArrowArray]) {
    self.memory = memory
    childCount = arrays.count
    buffers = .allocate(capacity: contents.count)
    children = .allocate(capacity: max(1, arrays.count))
    for (index, content) in contents.enumerated() { (buffers + index).initialize(to: content) }
    for (index, array) in arrays.enumerated() {
      let node = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
      node.initialize(to: array)
      (children + index).initialize(to: node)
    }
  }

  deinit {
    for index in 0..<childCount {
      guard let child = children[index] else { continue }
      child.pointee.release?(child)
      child.deallocate()
    }
    children.deallocate()
    buffers.deallocate()
  }
}
