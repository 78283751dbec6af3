import HostModel
import Testing
import TestSupport

@Suite struct ScriptedFormatTests {
  private final class Upload: ObjectUpload {
    var bytes: [UInt8] = []
    var isFinished = false
    var isAborted = false
    func write(_ more: UnsafeRawBufferPointer) throws(Failure) { bytes += Array(more) }
    func finish() throws(Failure) { isFinished = true }
    func abort() { isAborted = true }
  }

  private let schema = Schema([
    Field("id", .integer(bits: 64), nullable: false, id: 1), Field("name", .string, id: 2),
    Field("score", .double, id: 3),
  ])

  private func batch() -> RecordBatch {
    var ids = ColumnBuilder(.long)
    var names = ColumnBuilder(.string)
    var scores = ColumnBuilder(.double)
    for id in [Int64(5), -3, 9] { ids.append(id) }
    names.append("tab\tand \\N")
    names.append(String?.none)
    names.append("é\n")
    for score in [1.5, .nan, -2.0] { scores.append(score) }
    let columns = [ids.finish().take(), names.finish().take(), scores.finish().take()]
    return RecordBatch(schema, rows: 3, columns: columns)
  }

  @Test func rowsAreReadBackAsTheyWereWritten() throws {
    let upload = Upload()
    let writer = try ScriptedFormat().makeWriter(ExportedSchema(schema), into: upload)
    #expect(try writer.write(batch(), rows: nil) == Int64(upload.bytes.count))
    _ = try writer.write(batch(), rows: [2])
    let summary = try writer.finish()
    let read = try ScriptedFormat.read(upload.bytes)
    #expect(read.columns == ["id:long", "name:string", "score:double"])
    let last = ["9", "é\n", "-2.0"]
    #expect(read.rows == [["5", "tab\tand \\N", "1.5"], ["-3", nil, "nan"], last, last])
    #expect(upload.isFinished && summary.recordCount == 4 && summary.fileBytes == Int64(upload.bytes.count))
    #expect(summary.columns.map(\.fieldID) == [1, 2, 3])
    #expect(summary.columns.map(\.nullCount) == [0, 1, 0] && summary.columns.map(\.nanCount) == [nil, nil, 1])
    #expect(summary.columns[0].lower == [0xFD] + [UInt8](repeating: 0xFF, count: 7))
    #expect(summary.columns[0].upper == [9, 0, 0, 0, 0, 0, 0, 0])
    #expect(summary.columns[1].upper == Array("é\n".utf8) && summary.columns[1].valueCount == 4)
  }

  @Test func slicesOfABatchAreReadAtTheirOffset() throws {
    let upload = Upload()
    let writer = try ScriptedFormat().makeWriter(ExportedSchema(schema), into: upload)
    let (_, rest) = batch().split(at: 1)
    _ = try writer.write(rest.take(), rows: nil)
    _ = try writer.finish()
    #expect(try ScriptedFormat.read(upload.bytes).rows == [["-3", nil, "nan"], ["9", "é\n", "-2.0"]])
  }

  @Test func noPartOfAFileIsTakenForAWholeOne() throws {
    let upload = Upload()
    let writer = try ScriptedFormat().makeWriter(ExportedSchema(schema), into: upload)
    _ = try writer.write(batch(), rows: nil)
    _ = try writer.finish()
    for length in upload.bytes.indices {
      let part = Array(upload.bytes.prefix(length))
      #expect(throws: Failure.self) { try ScriptedFormat.read(part) }
      let zeros = part + [UInt8](repeating: 0, count: upload.bytes.count - length)
      #expect(throws: Failure.self) { try ScriptedFormat.read(zeros) }
    }
  }

  @Test func theScriptFailsWhereItSays() throws {
    let cause = Failure(.run, "as scripted", status: .fatal)
    for step in [ScriptedFormat.Step.begin, .write(rows: 3), .finish] {
      let format = ScriptedFormat { $0 == step ? cause : nil }
      let upload = Upload()
      let error = #expect(throws: Failure.self) {
        let writer = try format.makeWriter(ExportedSchema(schema), into: upload)
        defer { writer.abort() }
        for _ in 0..<2 { _ = try writer.write(batch(), rows: nil) }
        _ = try writer.finish()
      }
      #expect(error?.message == "as scripted" && !upload.isFinished)
    }
  }

  @Test func aTypeThatItLacksIsRefused() {
    #expect(throws: Failure.self) {
      try ScriptedFormat().makeWriter(ExportedSchema(Schema([Field("u", .uuid, id: 1)])), into: Upload())
    }
  }
}
