import HostFormats
import HostModel
import HostPluginCalls

/// What the pipeline's schema contract makes of rows whose columns are not those of the table.
///
/// Most streams have no exceptions, and then no row is looked at.
struct RowContract: Sendable, Equatable {
  /// A column that arrives otherwise than the table has it.
  struct Exception: Sendable, Equatable {
    var column: String
    /// What tells its values in the table's type; nil if the table can take none of them.
    var cast: ExactCast?
    /// Whether a record with a value that the table cannot take becomes a dead letter; otherwise the value becomes null.
    var refusesRecords: Bool
    /// Why: the end of a dead letter's reason.
    var reason: String
  }

  var exceptions: [Exception] = []

  /// The casts of the columns whose values are told in the table's type, by column.
  var casts: [String: ExactCast] {
    Dictionary(
      uniqueKeysWithValues: exceptions.compactMap { exception in exception.cast.map { (exception.column, $0) } })
  }

  /// Takes the records out that the contract refuses.
  ///
  /// - Returns: the other rows, in order, in several parts where a record between them was taken out; values are shared.
  func judged(_ batch: consuming RecordBatch, _ letters: inout [DeadLetter]) -> [BatchBox] {
    let strict = exceptions.filter(\.refusesRecords)
    guard !strict.isEmpty else { return [BatchBox(batch)] }
    let refused = Self.refusals(batch, strict)
    letters += refused.map { refusal in
      DeadLetter(
        stage: .contract, plugin: "",
        reject: Reject(
          status: .badRecord, row: nil, place: "", reason: refusal.reason,
          record: batch.json(row: refusal.row).serialized()))
    }
    return Self.without(refused.map(\.row), batch)
  }

  private struct Refusal {
    var row: Int
    var reason: String
  }

  private static func refusals(_ batch: borrowing RecordBatch, _ exceptions: [Exception]) -> [Refusal] {
    let schema = batch.schema
    let rows = batch.rowCount
    return batch.withArray { array in
      let columns = ArrowCells.columns(of: array, schema)
      let looked = exceptions.compactMap { exception in
        schema.index(of: exception.column).map { (exception, columns[$0]) }
      }
      return (0..<rows).compactMap { row in
        for (exception, cells) in looked where !cells.isNull(row) && exception.cast?.value(cells, row) == nil {
          let value = cells.text(row).map { String($0.prefix(100)) } ?? ""
          return Refusal(row: row, reason: "column '\(exception.column)' has '\(value)', \(exception.reason)")
        }
        return nil
      }
    }
  }

  /// The rows between those that are taken out.
  private static func without(_ rows: [Int], _ batch: consuming RecordBatch) -> [BatchBox] {
    var parts: [BatchBox] = []
    var rest = BatchBox(batch)
    var start = 0
    for row in rows {
      let (before, from) = rest.take().split(at: row - start)
      if row > start { parts.append(before) }
      rest = from.take().split(at: 1).1
      start = row + 1
    }
    let last = rest.take()
    if last.rowCount > 0 || parts.isEmpty { parts.append(BatchBox(last)) }
    return parts
  }
}
