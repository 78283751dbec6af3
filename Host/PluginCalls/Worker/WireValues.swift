import HostFormats
package import HostModel

/// The values of the ABI, as calls and results carry them.

extension WireWriter {
  mutating func put(_ schema: Schema) { put(SchemaCodec.encode(schema)) }

  mutating func put(_ stream: DiscoveredStream) {
    put(stream.name)
    put(stream.schema)
    put(list: stream.key) { $0.put($1) }
    put(list: stream.cursors) { $0.put($1) }
    put(stream.estimatedRows ?? -1)
    put(stream.estimatedBytes ?? -1)
    put(list: stream.notes) { $0.put($1) }
    put(stream.isMadeOfFiles)
    put(stream.isUnstable)
  }

  mutating func put(_ position: SplitPosition) {
    put(position.split)
    put(position.identity)
    put(position.position)
    put(position.ordinal)
    put(position.isComplete)
  }

  mutating func put(_ split: Split) {
    put(split.id)
    put(split.identity)
    put(split.token)
    put(split.estimatedRows ?? -1)
    put(split.estimatedBytes ?? -1)
  }

  mutating func put(_ reject: Reject) {
    put(reject.status.rawValue)
    put(Int64(reject.row ?? -1))
    put(reject.place)
    put(reject.reason)
    put(reject.record)
  }

  mutating func put(_ finding: Finding) {
    put(finding.severity.rawValue)
    put(finding.rule)
    put(finding.column ?? "")
    put(finding.message)
    put(Int64(finding.row ?? -1))
    put(finding.score)
    put(finding.observed ?? .nan)
    put(finding.expected ?? .nan)
  }

  mutating func put(_ summary: FileSummary) {
    put(summary.recordCount)
    put(summary.fileBytes)
    put(list: summary.columns) { writer, column in
      writer.put(Int32(clamping: column.fieldID))
      writer.put(column.bytes)
      writer.put(column.valueCount)
      writer.put(column.nullCount)
      writer.put(column.nanCount ?? -1)
      writer.put(column.lower) { $0.put($1) }
      writer.put(column.upper) { $0.put($1) }
    }
    put(list: summary.splitOffsets) { $0.put($1) }
  }
}

extension WireReader {
  mutating func schema() throws(Failure) -> Schema { try SchemaCodec.decode(try data()) }

  mutating func stream() throws(Failure) -> DiscoveredStream {
    DiscoveredStream(
      name: try text(), schema: try schema(), key: try list { (reader) throws(Failure) in try reader.text() },
      cursors: try list { (reader) throws(Failure) in try reader.text() }, estimatedRows: try known(),
      estimatedBytes: try known(), notes: try list { (reader) throws(Failure) in try reader.text() },
      isMadeOfFiles: try bool(), isUnstable: try bool())
  }

  /// A number that is negative where it is not known.
  private mutating func known() throws(Failure) -> Int64? {
    let number = try number(Int64.self)
    return number < 0 ? nil : number
  }

  mutating func position() throws(Failure) -> SplitPosition {
    SplitPosition(
      split: try text(), identity: try text(), position: try data(), ordinal: try number(), isComplete: try bool())
  }

  mutating func split() throws(Failure) -> Split {
    Split(
      id: try text(), identity: try text(), token: try data(), estimatedRows: try known(), estimatedBytes: try known())
  }

  mutating func reject() throws(Failure) -> Reject {
    Reject(
      status: Status(rawValue: try number()) ?? .badRecord, row: try known().map { Int($0) }, place: try text(),
      reason: try text(), record: try data())
  }

  mutating func finding() throws(Failure) -> Finding {
    func present(_ number: Double) -> Double? { number.isNaN ? nil : number }
    let severity = Finding.Severity(rawValue: try number()) ?? .warning
    let (rule, column, message) = (try text(), try text(), try text())
    return Finding(
      severity: severity, rule: rule, column: column.isEmpty ? nil : column, message: message,
      row: try known().map { Int($0) }, score: try double(), observed: present(try double()),
      expected: present(try double()))
  }

  mutating func summary() throws(Failure) -> FileSummary {
    let (records, bytes) = (try number(Int64.self), try number(Int64.self))
    let columns = try list { (reader) throws(Failure) in
      ColumnSummary(
        fieldID: Int(try reader.number(Int32.self)), bytes: try reader.number(), valueCount: try reader.number(),
        nullCount: try reader.number(), nanCount: try reader.known(),
        lower: try reader.optional { (reader) throws(Failure) in try reader.data() },
        upper: try reader.optional { (reader) throws(Failure) in try reader.data() })
    }
    return FileSummary(
      recordCount: records, fileBytes: bytes, columns: columns,
      splitOffsets: try list { (reader) throws(Failure) in try reader.number() })
  }
}

/// Bounds on what a worker may send, and on what it may be sent.
package enum WorkerLimits {
  /// The shared segment of each direction; what does not fit goes through the socket.
  package static let segmentBytes = 64 << 20
  package static let batchBytes = 1 << 29
  /// Of one frame. A batch's data is in none: lists of streams, splits, findings and rejects are the most that there is. Requests
  /// have pieces of a file, and values of the state store.
  package static let frameBytes = WorkerRequest.FrameBytes(calls: 64 << 20, others: 4 << 20)
  /// Room in a frame for what stands before a call or a result.
  static let headBytes = 1 << 20
  /// How much of a worker's segment the host keeps lent, so that the worker has the rest to work in; beyond it the host copies.
  static let lentBytes = segmentBytes / 2
  static let lentBatches = 1024
}
