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

  /// - Parameters:
  ///   - columns: of the batches.
  ///   - stored: the file's columns with ids, metadata columns last.
  init(
    columns: Schema, stored: Schema, metadata: [DestinationSection.MetadataColumn], sourceID: SourceID,
    ingestedAt: WallTime
  ) {
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
    let widened = widen(selected, columns)
    return RecordBatch(
      adopting: widened.appending([], columns: added).take(), schema: schema)
  }

  private func widen(_ batch: consuming RecordBatch, _ columns: Schema) -> RecordBatch {
    let narrow = kept.indices.filter { columns.fields[kept[$0]].type.isNarrow }
    guard !narrow.isEmpty else { return batch }
    var replacements: [Int: ArrowArray] = [:]
    let rows = batch.rowCount
    batch.withArray { array in
      let cells = ArrowCells.columns(of: array, Schema(kept.map { columns.fields[$0] }))
      for index in narrow {
        var builder = ColumnBuilder(cells[index].type.isStoredAsLong ? .long : .int)
        for row in 0..<rows { builder.append(cells[index].integer(row)) }
        replacements[index] = builder.finish().take()
      }
    }
    return batch.replacing(replacements)
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
