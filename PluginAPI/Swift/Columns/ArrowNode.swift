import CArrow

/// Makes the nodes of an exported Arrow array. Each node owns its buffers, so that a consumer may move a child out of
/// its parent, as the C Data Interface allows.
enum ArrowNode {
  /// Takes ownership of `buffers` (from `ColumnMemory.take`) and of `children`.
  static func array(
    length: Int, nullCount: Int, buffers: [UnsafeMutableRawPointer?], children: [ArrowArray]
  ) -> ArrowArray {
    let bufferList = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: max(buffers.count, 1))
    for (index, buffer) in buffers.enumerated() { (bufferList + index).initialize(to: UnsafeRawPointer(buffer)) }
    var array = ArrowArray()
    array.length = Int64(length)
    array.null_count = Int64(nullCount)
    array.n_buffers = Int64(buffers.count)
    array.buffers = bufferList
    array.n_children = Int64(children.count)
    array.children = childList(children)
    array.release = { if let array = $0 { ArrowNode.release(array) } }
    return array
  }

  /// The child structures lie in one block behind the list of their addresses.
  private static func childList(_ children: [ArrowArray]) -> UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>? {
    guard !children.isEmpty else { return nil }
    let block = UnsafeMutablePointer<ArrowArray>.allocate(capacity: children.count)
    let list = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: children.count)
    for (index, child) in children.enumerated() {
      (block + index).initialize(to: child)
      (list + index).initialize(to: block + index)
    }
    return list
  }

  /// [any thread] Frees the node, and the children that were not moved out of it.
  private static func release(_ array: UnsafeMutablePointer<ArrowArray>) {
    let node = array.pointee
    for index in 0..<Int(node.n_buffers) { UnsafeMutableRawPointer(mutating: node.buffers[index])?.deallocate() }
    node.buffers.deallocate()
    if let children = node.children {
      for index in 0..<Int(node.n_children) {
        if let child = children[index], let release = child.pointee.release { release(child) }
      }
      children[0]?.deallocate()
      children.deallocate()
    }
    array.pointee.release = nil
    array.pointee.private_data = nil
  }
}
