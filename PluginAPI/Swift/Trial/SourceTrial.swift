import CArrow
public import CHeadrace

/// A source on trial.
///
/// ```swift
/// let source = try SourceTrial(headrace_plugin_entry(), configuration: #"{"rows": 3}"#)
/// #expect(try source.read("numbers").first?.rows.first == #"{"n":0,"label":"number 0"}"#)
/// ```
public final class SourceTrial: PluginTrial {
  private let table: headrace_source

  /// What one call of `read` gave.
  public struct Batch: Sendable, Hashable {
    public var split: String
    /// Each row as a JSON object.
    public var rows: [String]
    public var position: [UInt8]
    public var ordinal: UInt64
  }

  public init(_ entry: UnsafePointer<headrace_entry>?, configuration: String = "{}") throws {
    table = try Self.table(HEADRACE_SOURCE, of: entry, empty: headrace_source())
    try super.init(table.factory, configuration: configuration)
  }

  /// The names of the streams that match.
  public func discover(_ patterns: [String] = []) throws -> [String] {
    let arena = Arena()
    let asked = arena.array(patterns.map(arena.string))
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    try withExtendedLifetime(arena) {
      try call("discover") { table.discover(instance, $0, asked, UInt64(patterns.count), &list, $1) }
    }
    defer { list.release?(&list) }
    return (0..<Int(list.n_items)).compactMap { list.items[$0]?.pointee.name.text }
  }

  /// What is to be read of a stream when the splits in `complete` have been read to their ends.
  public func splits(_ stream: String, complete: [String] = []) throws -> [Split] {
    try withSplits(stream, complete: complete) { $0 }
  }

  /// All batches of a stream, or of one split of it, that come after a position.
  public func read(_ stream: String, split: String? = nil, position: [UInt8] = [], ordinal: UInt64 = 0) throws
    -> [Batch]
  {
    try withSplits(stream, complete: []) { splits in
      try splits.filter { split == nil || $0.id == split }.flatMap { split in
        try read(stream, split, position: position, ordinal: ordinal)
      }
    }
  }

  /// All batches behind one that an instance of this source gave before.
  public func read(_ stream: String, after batch: Batch) throws -> [Batch] {
    try read(stream, split: batch.split, position: batch.position, ordinal: batch.ordinal)
  }

  /// The list is released at the end: a source may hold something until then that its readers need.
  private func withSplits<R>(_ stream: String, complete: [String], _ body: ([Split]) throws -> R) throws -> R {
    let arena = Arena()
    let known = complete.map { id in
      Optional(
        UnsafePointer(
          arena.place(
            headrace_split_position(
              struct_size: UInt32(MemoryLayout<headrace_split_position>.size), is_complete: 1, split: arena.string(id),
              identity: headrace_string(), position: headrace_bytes(), ordinal: 1))))
    }
    var request = headrace_split_request(
      struct_size: UInt32(MemoryLayout<headrace_split_request>.size), read: UInt32(HEADRACE_READ_FULL),
      stream: arena.string(stream), known: UnsafePointer(arena.array(known)), n_known: UInt64(known.count),
      split_bytes: 1 << 26, cursor: headrace_string())
    var list = headrace_split_list()
    list.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    try withExtendedLifetime(arena) {
      try call("splits") { table.splits(instance, $0, &request, &list, $1) }
    }
    defer { list.release?(&list) }
    return try body(
      (0..<Int(list.n_items)).compactMap { list.items[$0]?.pointee }.map {
        Split(
          id: $0.id.text, identity: $0.identity.text, token: $0.token.array, estimatedRows: $0.estimated_rows,
          estimatedBytes: $0.estimated_bytes)
      })
  }

  private func read(_ stream: String, _ split: Split, position: [UInt8], ordinal: UInt64) throws -> [Batch] {
    let arena = Arena()
    var request = headrace_open_request(
      struct_size: UInt32(MemoryLayout<headrace_open_request>.size), read: UInt32(HEADRACE_READ_FULL),
      stream: arena.string(stream), split: arena.string(split.id), identity: arena.string(split.identity),
      token: arena.bytes(split.token), position: arena.bytes(position), ordinal: ordinal, batch_bytes: 1 << 20,
      batch_rows: 65_536)
    var exported = ArrowSchema()
    var reader: OpaquePointer?
    try withExtendedLifetime(arena) {
      try call("open") { table.open(instance, $0, &request, &exported, &reader, $1) }
    }
    defer {
      table.close(instance, reader)
      exported.release?(&exported)
    }
    let schema = try Schema(&exported)
    var batches: [Batch] = []
    while let batch = try next(reader, split.id, schema) { batches.append(batch) }
    return batches
  }

  private func next(_ reader: OpaquePointer?, _ split: String, _ schema: Schema) throws -> Batch? {
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    var isEnd = false
    try call("read") { call, error in
      let status = table.read(instance, call, reader, &batch, error)
      isEnd = status == HEADRACE_END_OF_STREAM
      return isEnd ? HEADRACE_OK : status
    }
    guard !isEnd else { return nil }
    defer {
      batch.array.release?(&batch.array)
      batch.release?(&batch)
    }
    return Batch(
      split: split, rows: try TrialRows.read(&batch.array, schema), position: batch.position.array,
      ordinal: batch.ordinal)
  }
}
