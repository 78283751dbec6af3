public import CArrow

extension RecordBatch {
  /// A batch of columns that the host made, all of the same length.
  public init(_ schema: Schema, rows: Int, columns: [ArrowArray]) {
    let array = OwnedArray(rows: rows, adopting: columns)
    self.init(adopting: array.take(), schema: schema)
  }

  /// The batch with more columns to the right; values are not copied. The new columns begin at the batch's first row.
  public consuming func appending(_ fields: [Field], columns: [ArrowArray]) -> RecordBatch {
    let widened = Schema(schema.fields + fields)
    let rows = rowCount
    let original = SharedArray(take())
    var children = original.children(0..<rows)
    children.append(contentsOf: columns)
    let array = OwnedArray(rows: rows, adopting: children)
    return RecordBatch(adopting: array.take(), schema: widened)
  }

  /// The columns at these positions, in this order; values are shared, not copied.
  public consuming func selecting(_ positions: [Int]) -> RecordBatch {
    let selected = Schema(positions.map { schema.fields[$0] })
    let rows = rowCount
    let children = SharedArray(take()).children(0..<rows, at: positions)
    return RecordBatch(selected, rows: rows, columns: children)
  }

  /// The batch with other columns at some positions, of the same length. Types are the caller's to know.
  public consuming func replacing(_ columns: [Int: ArrowArray]) -> RecordBatch {
    let schema = schema
    let rows = rowCount
    let shared = SharedArray(take())
    let children = schema.fields.indices.map { position in
      columns[position] ?? shared.children(0..<rows, at: [position])[0]
    }
    return RecordBatch(schema, rows: rows, columns: children)
  }

  /// The same rows for two owners; values are shared, not copied.
  public consuming func doubled() -> (BatchBox, BatchBox) {
    let schema = schema
    let rows = rowCount
    let original = SharedArray(take())
    func one() -> BatchBox { BatchBox(RecordBatch(schema, rows: rows, columns: original.children(0..<rows))) }
    return (one(), one())
  }

  /// The rows before `row` and the rows from it on; values are shared, not copied.
  public consuming func split(at row: Int) -> (BatchBox, BatchBox) {
    let schema = schema
    let rows = rowCount
    let original = SharedArray(take())
    let first = OwnedArray(rows: row, adopting: original.children(0..<row))
    let second = OwnedArray(rows: rows - row, adopting: original.children(row..<rows))
    return (
      BatchBox(RecordBatch(adopting: first.take(), schema: schema)),
      BatchBox(RecordBatch(adopting: second.take(), schema: schema))
    )
  }
}

/// An array whose children are lent out one by one; the last one to be released releases the array.
private final class SharedArray: @unchecked Sendable {
  // Only read after init; the count of references is atomic.
  private var array: ArrowArray

  init(_ array: ArrowArray) { self.array = array }

  /// The children's values in `rows`, each a slice that keeps this object.
  func children(_ rows: Range<Int>, at positions: [Int]? = nil) -> [ArrowArray] {
    (positions ?? Array(0..<Int(array.n_children))).compactMap { index in
      guard let child = array.children[index] else { return nil }
      var slice = child.pointee
      // A struct's own offset counts in its children as well.
      slice.offset += array.offset + Int64(rows.lowerBound)
      slice.length = Int64(rows.count)
      if slice.null_count > 0, slice.length != child.pointee.length { slice.null_count = -1 }
      slice.release = { slice in
        guard let slice, let owner = slice.pointee.private_data else { return }
        slice.pointee.release = nil
        Unmanaged<SharedArray>.fromOpaque(owner).release()
      }
      slice.private_data = Unmanaged.passRetained(self).toOpaque()
      return slice
    }
  }

  deinit { array.release?(&array) }
}
