import HeadracePlugin

/// Counts: one stream, `numbers`, that is read in one split, `all`.
final class @Type@Source: Source {
  static let configurationSchema = """
    {"type": "object", "additionalProperties": false, "properties": {
      "rows": {"description": "How many rows there are.", "type": "integer", "minimum": 0, "default": 1000}
    }}
    """
  private let rows: Int64
  private let all: Split

  /// Opens nothing: a wrong password is told by the first call that needs the connection.
  init(configuration: Configuration, host: Host) throws {
    rows = try configuration.integer("rows", default: 1000)
    all = Split(id: "all", identity: "@name@", estimatedRows: rows)  // a file's is its hash
  }

  func discover(_ patterns: [String], call: Call) throws -> [SourceStream] {
    try call.check()
    let numbers = SourceStream(name: "numbers", schema: Reader.schema, key: ["n"], estimatedRows: rows)
    return try [numbers].matching(patterns)
  }

  func splits(_ request: SplitRequest, call: Call) throws -> SplitList {
    try call.check()
    guard request.stream == "numbers" else { throw PluginError(.notFound, "no stream '\(request.stream)'") }
    return SplitList(try request.unread([all]))
  }

  func open(_ request: OpenRequest, call: Call) throws -> (schema: Schema, reader: any SourceReader) {
    try call.check()
    guard request.stream == "numbers" else { throw PluginError(.notFound, "no stream '\(request.stream)'") }
    try request.find(in: [all])
    // A position comes back as `read` gave it; one that does not fit is of other data than there is now.
    let position = request.position.isEmpty ? "0" : String(decoding: request.position, as: UTF8.self)
    guard let next = Int64(position), next >= 0, next <= rows else {
      throw PluginError(.conflict, "position '\(position)' is not one of these \(rows) rows")
    }
    return (Reader.schema, Reader(rows: next..<rows, ordinal: request.ordinal))
  }
}

private final class Reader: SourceReader {
  static let schema = Schema([.required("n", .int64), .required("label", .string)])
  private var rows: Range<Int64>
  private var ordinal: UInt64

  init(rows: Range<Int64>, ordinal: UInt64) { (self.rows, self.ordinal) = (rows, ordinal) }

  /// From one position the same batches in every run: the host reads again what an interruption cut off.
  func read(call: Call) throws -> SourceBatch? {
    try call.check()  // a source that waits for a server ends the wait in its `cancel()` as well
    let next = rows.prefix(1000)
    guard !next.isEmpty else { return nil }
    var batch = try RecordBuilder(Self.schema)
    for n in next {
      batch.columns[0].append(n)
      batch.columns[1].append("number \(n)")
    }
    rows.removeFirst(next.count)
    ordinal += 1
    let position = Array("\(next.upperBound)".utf8)
    return SourceBatch(columns: batch.take(), rows: next.count, ordinal: ordinal, position: position)
  }
}
