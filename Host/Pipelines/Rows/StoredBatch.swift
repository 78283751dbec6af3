import CArrow
import HostFormats
import HostModel

/// Makes batches fit what the lake stores: narrow integers become `int` or `long`, metadata columns are added, and every
/// column carries the table's field id.
struct StoredBatch {
  /// Which columns go into the file, in the batch's order, and what they become.
  private let kept: [Int]
  private let schema: Schema
  private let sourceID: SourceID
  private let ingestedAt: WallTime
  private let metadata: [DestinationSection.MetadataColumn]
  private let casts: [String: ExactCast]

  /// - Parameters:
  ///   - columns: of the batches.
  ///   - stored: the file's columns with ids, metadata columns last.
  ///   - casts: of the columns that the table has in another type, by name; what a cast cannot tell becomes null.
  init(
    columns: Schema, stored: Schema, metadata: [DestinationSection.MetadataColumn], sourceID: SourceID,
    ingestedAt: WallTime, casts: [String: ExactCast] = [:]
  ) {
    self.casts = casts
    kept = columns.fields.indices.filter { stored.index(of: columns.fields[$0].name) != nil }
    schema = stored
    self.metadata = metadata
    self.sourceID = sourceID
    self.ingestedAt = ingestedAt
  }

  /// The batch as it is written.
  func fitted(_ batch: consuming RecordBatch) -> RecordBatch {
    let rows = batch.rowCount
    let columns = batch.schema
    let added = metadata.map { column in
      ColumnBuilder.constant(
        column == .sourceID ? sourceID.value : ingestedAt.microseconds, count: rows
      ).take()
    }
    let selected = batch.selecting(kept)
    let widened = converted(selected, columns)
    return RecordBatch(
      adopting: widened.appending([], columns: added).take(), schema: schema)
  }

  /// The columns that the lake, or this table, has in another type.
  private func converted(_ batch: consuming RecordBatch, _ columns: Schema) -> RecordBatch {
    let fields = kept.map { columns.fields[$0] }
    let other = fields.indices.filter { fields[$0].type.isNarrow || casts[fields[$0].name] != nil }
    guard !other.isEmpty else { return batch }
    var replacements: [Int: ArrowArray] = [:]
    let rows = batch.rowCount
    batch.withArray { array in
      let cells = ArrowCells.columns(of: array, Schema(fields))
      for index in other {
        replacements[index] = column(fields[index].name, cells[index], rows).take()
      }
    }
    return batch.replacing(replacements)
  }

  private func column(_ name: String, _ cells: ArrowCells, _ rows: Int) -> OwnedArray {
    if let cast = casts[name] { return cast.column(cells, rows: rows) }
    var builder = ColumnBuilder(cells.type.isStoredAsLong ? .long : .int)
    for row in 0..<rows { builder.append(cells.integer(row)) }
    return builder.finish()
  }
}

extension DataType {
  /// Integers that the lake has no type for.
  fileprivate var isNarrow: Bool {
    switch self {
    case .integer(let bits): bits < 32
    case .unsigned: true
    default: false
    }
  }

  /// Whether a nested type holds such integers: its columns are stored as they are, so they would be read at the wrong
  /// width.
  var hasNarrowMembers: Bool {
    let members: [Field] =
      switch self {
      case .structure(let fields): fields
      case .list(let element): [element]
      case .map(let key, let value): [key, value]
      default: []
      }
    return members.contains { $0.type.isNarrow || $0.type.hasNarrowMembers }
  }

  fileprivate var isStoredAsLong: Bool { self == .unsigned(bits: 32) }
}
