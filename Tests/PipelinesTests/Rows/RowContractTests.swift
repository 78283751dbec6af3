import HostFormats
import HostModel
@testable import HostPipelines
import Testing

@Suite struct RowContractTests {
  private static let schema = Schema([Field("id", .integer(bits: 64)), Field("extra", .string)])

  private func batch(_ extras: [String?]) -> RecordBatch {
    var ids = ColumnBuilder(.long)
    var texts = ColumnBuilder(.string)
    for (row, extra) in extras.enumerated() {
      ids.append(Int64(row))
      texts.append(extra)
    }
    return RecordBatch(Self.schema, rows: extras.count, columns: [ids.finish().take(), texts.finish().take()])
  }

  /// The ids of the rows that are left, part by part, and the dead letters.
  private func judged(_ extras: [String?], _ exception: RowContract.Exception) -> ([[Int64]], [DeadLetter]) {
    var letters: [DeadLetter] = []
    let parts = RowContract(exceptions: [exception]).judged(batch(extras), &letters)
    let ids = parts.map { part in
      let rows = part.take()
      return rows.withArray { array in
        let cells = ArrowCells.columns(of: array, Self.schema)
        return (0..<Int(array.pointee.length)).compactMap { cells[0].integer($0) }
      }
    }
    return (ids, letters)
  }

  private let unknown = RowContract.Exception(
    column: "extra", cast: nil, refusesRecords: true, reason: "which the table does not have")

  @Test func aRecordWithAValueThatHasNoPlaceIsADeadLetterAndTheOthersPass() {
    let (ids, letters) = judged([nil, "a", nil, nil, "b", "c", nil], unknown)
    #expect(ids == [[0], [2, 3], [6]])
    #expect(
      letters.map(\.reject.reason)
        == ["a", "b", "c"].map { "column 'extra' has '\($0)', which the table does not have" })
    #expect(letters.map { String(decoding: $0.reject.record, as: UTF8.self) }.first == #"{"id":"1","extra":"a"}"#)
    #expect(letters.allSatisfy { $0.stage == .contract && $0.reject.status == .badRecord })
  }

  @Test func rowsAtTheEdgesAreTakenOutAndAnEmptyBatchStaysOne() {
    #expect(judged(["a", nil, "b"], unknown).0 == [[1]])
    #expect(judged(["a", "b"], unknown).0 == [[]])
    #expect(judged([], unknown).0 == [[]])
    #expect(judged([nil, nil], unknown).0 == [[0, 1]])
  }

  @Test func valuesThatTheCastTellsPass() throws {
    let cast = try #require(ExactCast(from: .string, to: .integer(bits: 64)))
    var exception = RowContract.Exception(column: "extra", cast: cast, refusesRecords: true, reason: "which is no long")
    let (ids, letters) = judged(["1", "two", nil], exception)
    #expect(ids == [[0], [2]] && letters.map(\.reject.reason) == ["column 'extra' has 'two', which is no long"])
    exception.refusesRecords = false
    #expect(judged(["1", "two", nil], exception).0 == [[0, 1, 2]])
  }
}
