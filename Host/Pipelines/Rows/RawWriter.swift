import HostLake
import HostModel

/// Writes rows of one stream into its raw table. Used by one lane.
final class RawWriter {
  private let table: RawTable
  private let columns: Schema
  private let sourceID: SourceID
  private let ingestedAt: WallTime
  private let rows: TableWriter

  /// Makes the table if it is not there.
  ///
  /// - Parameter writer: of a table, for these columns.
  init(
    _ table: RawTable, lake: Lake, sourceID: SourceID, ingestedAt: WallTime,
    writer: (LakeTable, Schema) throws(Failure) -> TableWriter
  ) throws(Failure) {
    let known = try table.prepare(lake)
    guard let columns = table.schema.withIDs(of: known.metadata.schema) else {
      throw Failure(
        .run, "\(known.name): does not have the columns of a table of raw rows", advice: "rename that table",
        status: .conflict)
    }
    self.table = table
    self.columns = columns
    self.sourceID = sourceID
    self.ingestedAt = ingestedAt
    rows = try writer(known, columns)
  }

  func write(_ batch: RawBatch) throws(Failure) {
    try rows.write(
      table.rows(batch.rows.take(), batch.span, columns: columns, sourceID: sourceID, ingestedAt: ingestedAt))
  }

  /// Closes all open files and describes every file since the last time.
  func cut() throws(Failure) -> [RawFile] {
    var files: [RawFile] = []
    for file in try rows.cut() { files.append(try table.described(file, columns: columns)) }
    return files
  }
}
