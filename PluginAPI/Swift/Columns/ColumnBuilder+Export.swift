public import CArrow

extension ColumnBuilder {
  /// Moves the column into an Arrow array, whose `release` frees it from any thread, and starts again with room for
  /// as much as it had: batches of one stream resemble each other.
  public mutating func take() -> ArrowArray {
    let rows = count
    let bytes = used
    let children = child.map { [$0.pointee.take()] } ?? []
    let array = ArrowNode.array(length: rows, nullCount: nullCount, buffers: takeBuffers(), children: children)
    length = 0
    used = 0
    nullCount = 0
    reserve(rows: rows, bytes: bytes)
    return array
  }

  private mutating func takeBuffers() -> [UnsafeMutableRawPointer?] {
    if nullCount > 0 { _ = validity.reserve((count + 7) / 8, keeping: validity.capacity, fill: 0xFF) }
    let bitmap = nullCount > 0 ? validity.take() : nil
    switch layout {
    case .bool, .fixed:
      _ = values.reserve(1, keeping: 0, fill: 0)
      return [bitmap, values.take()]
    case .bytes:
      _ = values.reserve(1, keeping: 0, fill: 0)
      _ = offsets.reserve(4, keeping: 0, fill: 0)
      return [bitmap, offsets.take(), values.take()]
    case .list:
      _ = offsets.reserve(4, keeping: 0, fill: 0)
      return [bitmap, offsets.take()]
    }
  }
}
