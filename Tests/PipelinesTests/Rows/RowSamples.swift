import CArrow
import HostFormats
import HostModel

/// Batches and tables of two kinds of columns, which is enough to divide rows by.
enum RowSamples {
  static func texts(_ values: [String?]) -> ArrowArray {
    var builder = ColumnBuilder(.string)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  static func longs(_ values: [Int64?]) -> ArrowArray {
    var builder = ColumnBuilder(.long)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  static func doubles(_ values: [Double?]) -> ArrowArray {
    var builder = ColumnBuilder(.double)
    for value in values { builder.append(value) }
    return builder.finish().take()
  }

  /// Numbers of any width, without nulls.
  static func numbers<T: BitwiseCopyable>(_ values: [T]) -> ArrowArray {
    OwnedArray(length: values.count, nullCount: 0, buffers: [nil, values.withUnsafeBytes { Array($0) }]).take()
  }

  static func rows(_ batch: borrowing RecordBatch) -> [String] {
    let schema = batch.schema
    let count = batch.rowCount
    return batch.withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return (0..<count).map { row in cells.map { $0.text(row) ?? "-" }.joined(separator: "|") }
    }
  }

  static func table(
    _ schema: Schema, _ partition: [PartitionExpression] = [], location: String = "mem://t"
  ) throws -> TableMetadata {
    try TableMetadata(
      uuid: "00000000-0000-0000-0000-000000000001", location: location, schema: IcebergSchema(schema),
      partition: partition, timestampMS: 0)
  }
}
