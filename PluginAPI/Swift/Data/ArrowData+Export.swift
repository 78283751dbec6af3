import CArrow

extension ArrowData {
  /// Fills an array of the receiver, which releases it on whichever thread it likes. Every node stands on memory of its
  /// own, since a receiver may move children out of their parent.
  func export(to out: UnsafeMutablePointer<ArrowArray>) {
    let arena = Arena()
    var array = ArrowArray()
    array.length = Int64(length)
    array.null_count = Int64(nullCount)
    array.offset = Int64(offset)
    array.n_buffers = Int64(buffers.count)
    array.buffers = arena.array(buffers)
    let nodes = children.map { Optional($0.exported(in: arena)) }
    array.n_children = Int64(nodes.count)
    array.children = arena.array(nodes)
    array.dictionary = dictionary.first?.exported(in: arena)
    arena.keptAlive = owners
    array.private_data = Unmanaged.passRetained(arena).toOpaque()
    array.release = releaseArray
    out.pointee = array
  }

  private func exported(in arena: Arena) -> UnsafeMutablePointer<ArrowArray> {
    let node = arena.place(ArrowArray())
    export(to: node)
    return node
  }

  /// The struct array of a batch.
  static func batch(_ columns: [ArrowData], rows: Int) -> ArrowData {
    ArrowData(
      length: rows, nullCount: 0, offset: 0, buffers: [nil], children: columns, dictionary: [], owners: [])
  }
}

private func releaseArray(_ pointer: UnsafeMutablePointer<ArrowArray>?) {
  guard let pointer, pointer.pointee.release != nil else { return }
  for index in 0..<Int(pointer.pointee.n_children) {
    guard let child = pointer.pointee.children?[index], let release = child.pointee.release else { continue }
    release(child)
  }
  if let dictionary = pointer.pointee.dictionary, let release = dictionary.pointee.release { release(dictionary) }
  Released.once(pointer, \.private_data, \.release)
}
