package import HostModel

/// A format that a test reads without a library: text, one line a row, whose last line says how many rows there are, so
/// that a file that was cut short is recognised.
///
/// The first line has the columns (`id:long<tab>name:string`). Values are separated by tabs; `\N` is null; a backslash
/// escapes itself (`\\`), tab (`\t`) and line feed (`\n`). Columns of int, long, double, timestamps and text.
package struct ScriptedFormat: Format {
  /// Where a script can make the format fail.
  package enum Step: Sendable, Hashable {
    case begin
    /// Rows that the file has so far.
    case write(rows: Int)
    case finish
  }

  package let fileExtension = "rows"
  package let icebergName = "PARQUET"
  private let script: @Sendable (Step) -> Failure?

  /// - Parameter script: is asked at every step; a failure is thrown there.
  package init(script: @escaping @Sendable (Step) -> Failure? = { _ in nil }) { self.script = script }

  package func makeWriter(
    _ schema: ExportedSchema, into upload: any ObjectUpload
  ) throws(Failure) -> any FormatWriter {
    if let failure = script(.begin) { throw failure }
    return try ScriptedWriter(schema.schema, upload: upload, script: script)
  }

  /// What is in a file.
  ///
  /// - Throws: a `Failure` that says why it is not a whole file of this format.
  package static func read(_ bytes: [UInt8]) throws(Failure) -> (columns: [String], rows: [[String?]]) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.popLast() == "", let end = lines.popLast(), end.hasPrefix("#"), !lines.isEmpty,
      end == "#\(lines.count - 1)"
    else { throw Failure(.run, "a file of rows is cut short after \(bytes.count) bytes", status: .truncated) }
    let columns = lines.removeFirst().split(separator: "\t").map(String.init)
    let rows = lines.map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map { unescaped(String($0)) }
    }
    guard rows.allSatisfy({ $0.count == columns.count }) else {
      throw Failure(.run, "a file of rows has a row of another width", status: .badRecord)
    }
    return (columns, rows)
  }

  private static func unescaped(_ text: String) -> String? {
    if text == "\\N" { return nil }
    var plain = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        plain.append(character == "t" ? "\t" : character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        plain.append(character)
      }
    }
    return plain
  }
}
