import CArrow
import HostModel

/// Writes a file of `ScriptedFormat`.
final class ScriptedWriter: FormatWriter {
  private let schema: Schema
  private let upload: any ObjectUpload
  private let script: @Sendable (ScriptedFormat.Step) -> Failure?
  private var columns: [ScriptedColumn]
  private var rowCount = 0
  private var byteCount = 0

  init(
    _ schema: Schema, upload: any ObjectUpload, script: @escaping @Sendable (ScriptedFormat.Step) -> Failure?
  ) throws(Failure) {
    self.schema = schema
    self.upload = upload
    self.script = script
    columns = []
    for field in schema.fields { columns.append(try ScriptedColumn(field)) }
    try put(schema.fields.map { "\($0.name):\($0.type)" }.joined(separator: "\t") + "\n")
  }

  func write(_ batch: borrowing RecordBatch, rows: [Int32]?) throws(Failure) -> Int64 {
    if let failure = script(.write(rows: rowCount)) { throw failure }
    let chosen = rows?.map(Int.init) ?? Array(0..<batch.rowCount)
    var text = ""
    batch.withArray { array in
      for row in chosen {
        for index in columns.indices {
          guard let child = array.pointee.children[index] else { continue }
          text += columns[index].take(child.pointee, row: row + Int(array.pointee.offset))
          text += index == columns.count - 1 ? "\n" : "\t"
        }
      }
    }
    rowCount += chosen.count
    try put(text)
    return Int64(byteCount)
  }

  func finish() throws(Failure) -> FileSummary {
    if let failure = script(.finish) { throw failure }
    try put("#\(rowCount)\n")
    try upload.finish()
    return FileSummary(
      recordCount: Int64(rowCount), fileBytes: Int64(byteCount), columns: columns.compactMap(\.summary),
      splitOffsets: [])
  }

  func abort() { upload.abort() }

  private func put(_ text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    byteCount += bytes.count
    try upload.writeAll(bytes)
  }
}
