import CArrow
import HostFormats
import HostLake
import HostModel

/// The table beside a destination table that has rows as their source gave them, while a level forbids to transform them.
///
/// A row of it says where it came from. The table is partitioned by that, so that a data file has rows of one split only
/// and the commit that lands their transformed successors can take whole files away by their metadata; see decision 0018.
struct RawTable {
  /// What every row has beside the source's columns, in this order.
  private enum Origin: String, CaseIterable {
    case pipeline = "_pipeline"
    case stream = "_stream"
    case split = "_split"
    case ordinal = "_ordinal"
    case sourceID = "_source_id"
    case ingestedAt = "_ingested_at"

    var field: Field {
      let type: DataType =
        switch self {
        case .pipeline, .stream, .split: .string
        case .ordinal, .sourceID: .integer(bits: 64)
        case .ingestedAt: .timestamp(zoned: true)
        }
      return Field(rawValue, type, nullable: false)
    }
  }

  private static let partition = [Origin.pipeline, .stream, .split].map {
    PartitionExpression(transform: .identity, column: $0.rawValue)
  }

  let name: TableName
  /// Without field ids.
  let schema: Schema
  private let stream: StreamID
  private let source: Schema

  static func name(of table: TableName) -> TableName {
    TableName(namespace: table.namespace, name: table.name + "__raw")
  }

  /// - Throws: a failure that says why the stream's rows cannot stand in such a table.
  init(_ plan: StreamPlan) throws(Failure) {
    name = Self.name(of: plan.table)
    stream = plan.id
    source = plan.schemas[0]
    if let field = source.fields.first(where: { Origin(rawValue: $0.name) != nil }) {
      throw Failure(.run, "its column '\(field.name)' has the name of one of \(name)'s own")
    }
    if let field = source.fields.first(where: { $0.type.hasNarrowMembers }) {
      throw Failure(.run, "the lake has no type for what is in its column '\(field.name)'")
    }
    // Another stream of the table may lack the column.
    let columns = source.asStored.map { Field($0.name, $0.type, nullable: true, doc: $0.doc) }
    schema = Schema(columns + Origin.allCases.map(\.field))
  }

  /// Whether an existing table can take the rows.
  ///
  /// - Throws: a failure that says why not.
  func check(_ table: LakeTable) throws(Failure) {
    do throws(IcebergError) {
      _ = try table.metadata.schema.merging(IcebergSchema(schema), lastColumnID: table.metadata.lastColumnID)
    } catch { throw Failure(.run, "\(name): \(error.message)", status: .conflict) }
  }

  /// The table, made or given the columns that it lacks.
  func prepare(_ lake: Lake) throws(Failure) -> LakeTable {
    if try lake.load(name) == nil {
      do throws(Failure) {
        return try lake.create(name, schema: IcebergSchema(schema), TableDefinition(partition: Self.partition))
      } catch {
        // Another writer may have made it at this moment.
        guard error.status == .conflict else { throw error }
      }
    }
    let commit = TableCommit(name, .none, schema: IcebergSchema(schema))
    guard case .committed(let tables) = try lake.commit([commit]), let known = tables.first?.table else {
      throw Failure(.run, "\(name) cannot be changed", status: .conflict)
    }
    return known
  }

  /// Rows as they are written.
  ///
  /// - Parameter columns: `schema` with the table's field ids.
  func rows(
    _ batch: consuming RecordBatch, _ span: RawSpan, columns: Schema, sourceID: SourceID, ingestedAt: WallTime
  ) -> RecordBatch {
    let count = batch.rowCount
    let own = Schema(Array(columns.fields.prefix(source.fields.count)))
    let stored = StoredBatch(
      columns: source, stored: own, metadata: [], sourceID: sourceID, ingestedAt: ingestedAt)
    let origin = Origin.allCases.map { column -> ArrowArray in
      switch column {
      case .pipeline: ColumnBuilder.constant(stream.pipeline, count: count).take()
      case .stream: ColumnBuilder.constant(stream.stream, count: count).take()
      case .split: ColumnBuilder.constant(span.split, count: count).take()
      case .ordinal: ColumnBuilder.constant(Int64(clamping: span.through), count: count).take()
      case .sourceID: ColumnBuilder.constant(sourceID.value, count: count).take()
      case .ingestedAt: ColumnBuilder.constant(ingestedAt.microseconds, count: count).take()
      }
    }
    return RecordBatch(
      adopting: stored.fitted(batch).appending([], columns: origin).take(), schema: columns)
  }
}

// MARK: Files

/// A data file of a raw table: rows of one split, from whole batches.
struct RawFile: Sendable {
  var file: NewFile
  var split: String
  /// The ordinal of its first batch.
  var first: UInt64
}

extension RawTable {
  /// What the file has, by its metadata.
  ///
  /// - Parameter columns: `schema` with the table's field ids.
  func described(_ file: NewFile, columns: Schema) throws(Failure) -> RawFile {
    let position = Origin.allCases.firstIndex(of: .split)
    let ordinal = columns.fields.first { $0.name == Origin.ordinal.rawValue }?.id
    guard let position, position < file.file.partition.count, case .string(let split)? = file.file.partition[position],
      let bound = ordinal.flatMap({ file.file.lowerBounds[$0] }),
      case .integer(let first)? = try? IcebergValue(serialized: bound, as: .long)
    else { throw Failure(.run, "\(name): the format does not say what is in a file", status: .fatal) }
    return RawFile(file: file, split: split, first: UInt64(clamping: first))
  }

  /// The rows of a stream.
  static func rows(of stream: StreamID) -> LakePredicate {
    .and(equal(.pipeline, stream.pipeline), equal(.stream, stream.stream))
  }

  /// The rows of one of the stream's splits, up to an ordinal or all of them.
  static func rows(of split: String, through ordinal: UInt64?) -> LakePredicate {
    guard let ordinal else { return equal(.split, split) }
    let early = LakePredicate.compare(
      column: Origin.ordinal.rawValue, .lessOrEqual, .integer(Int64(clamping: ordinal)))
    return .and(equal(.split, split), early)
  }

  private static func equal(_ column: Origin, _ text: String) -> LakePredicate {
    .compare(column: column.rawValue, .equal, .string(text))
  }
}
