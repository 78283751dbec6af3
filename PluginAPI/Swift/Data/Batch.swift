import CArrow
import CHeadrace

/// A row that could not be read or transformed. It becomes a dead letter; the plugin is healthy.
public struct Reject: Sendable, Hashable {
  /// The row's index in the input batch of a transform; -1 in a source.
  public var row: Int
  /// Where it stands in the source, for a person: `orders.csv:14`.
  public var place: String
  /// What is wrong: `column 'amount': 'twelve' is not a number`.
  public var reason: String
  /// The row as it came. No more than 64 KiB reach the host.
  public var record: [UInt8]
  public var status: PluginError.Status

  public static let maximumRecordBytes = 65536

  public init(
    row: Int = -1, place: String = "", reason: String, record: [UInt8] = [], status: PluginError.Status = .badRecord
  ) {
    self.row = row
    self.place = place
    self.reason = reason
    self.record = record
    self.status = status
  }
}

/// The next rows of a split.
public struct SourceBatch: Sendable {
  /// One for each column of the schema, each with `rows` values.
  public var columns: [ArrowData]
  public var rows: Int
  public var rejects: [Reject]
  /// Grows with every batch of a split; never below what `open` was given.
  public var ordinal: UInt64
  /// Where the split stands after this batch; at most 16 KiB; handed back to `open`.
  public var position: [UInt8]
  /// What was read from the source for it; -1 if it is not known.
  public var sourceBytes: Int64

  public init(
    columns: [ArrowData], rows: Int, rejects: [Reject] = [], ordinal: UInt64, position: [UInt8],
    sourceBytes: Int64 = -1
  ) {
    self.columns = columns
    self.rows = rows
    self.rejects = rejects
    self.ordinal = ordinal
    self.position = position
    self.sourceBytes = sourceBytes
  }
}

/// What a transform made of a batch.
public struct TransformedBatch: Sendable {
  /// One for each column of the output schema, each with `rows` values.
  public var columns: [ArrowData]
  public var rows: Int
  public var rejects: [Reject]

  public init(columns: [ArrowData], rows: Int, rejects: [Reject] = []) {
    self.columns = columns
    self.rows = rows
    self.rejects = rejects
  }
}

extension SourceBatch {
  func export(to out: UnsafeMutablePointer<headrace_batch>) throws {
    let limit = 16384
    guard position.count <= limit else {
      throw PluginError(.fatal, "a position of \(position.count) bytes, and \(limit) are the most")
    }
    try BatchExport.fill(out, columns: columns, rows: rows, rejects: rejects) { batch, arena in
      batch.ordinal = ordinal
      batch.position = arena.bytes(position)
      batch.source_bytes = sourceBytes
    }
  }
}

extension TransformedBatch {
  func export(to out: UnsafeMutablePointer<headrace_batch>) throws {
    try BatchExport.fill(out, columns: columns, rows: rows, rejects: rejects) { _, _ in }
  }
}

enum BatchExport {
  static func fill(
    _ out: UnsafeMutablePointer<headrace_batch>, columns: [ArrowData], rows: Int, rejects: [Reject],
    _ complete: (inout headrace_batch, Arena) -> Void
  ) throws {
    guard Sized.has(\.release, in: UnsafePointer(out)) else { throw Barrier.missing("room for a batch") }
    if let wrong = columns.firstIndex(where: { $0.length != rows }) {
      throw PluginError(.fatal, "column \(wrong) has \(columns[wrong].length) values in a batch of \(rows) rows")
    }
    let arena = Arena()
    var batch = headrace_batch()
    let items: [UnsafePointer<headrace_reject>?] = rejects.map { reject in
      if reject.record.count > Reject.maximumRecordBytes { batch.flags |= UInt32(HEADRACE_BATCH_RECORD_CUT) }
      return UnsafePointer(arena.place(reject.exported(in: arena)))
    }
    batch.rejects = UnsafePointer(arena.array(items))
    batch.n_rejects = UInt64(items.count)
    complete(&batch, arena)
    ArrowData.batch(columns, rows: rows).export(to: &batch.array)
    batch.private_data = Unmanaged.passRetained(arena).toOpaque()
    batch.release = { Released.once($0, \.private_data, \.release) }
    Sized.write(batch, to: out)
  }
}

extension Reject {
  func exported(in arena: Arena) -> headrace_reject {
    headrace_reject(
      struct_size: UInt32(MemoryLayout<headrace_reject>.size), status: status.rawValue, row: Int64(row),
      place: arena.string(place), reason: arena.string(reason),
      record: arena.bytes(
        record.count > Self.maximumRecordBytes ? Array(record.prefix(Self.maximumRecordBytes)) : record))
  }
}
