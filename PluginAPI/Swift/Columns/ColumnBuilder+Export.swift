extension ColumnBuilder {
  /// Moves the column into data for the host, and starts again with room for as much as it had: the batches of one
  /// stream resemble each other.
  public mutating func take() -> ArrowData {
    let (rows, bytes) = (length, used)
    let children = child.map { [$0.pointee.take()] } ?? []
    let nulls = nullCount
    let buffers = ColumnBuffers(takeBuffers())
    (length, used, nullCount) = (0, 0, 0)
    reserve(rows: rows, bytes: bytes)
    return ArrowData(
      length: rows, nullCount: nulls, offset: 0, buffers: buffers.pointers, children: children, dictionary: [],
      owners: [buffers])
  }

  private mutating func takeBuffers() -> [ColumnBuffer?] {
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
