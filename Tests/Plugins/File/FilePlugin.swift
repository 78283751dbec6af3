import CArrow
import CHeadrace
import Foundation

/// Drives the file source through the C ABI alone, as a host would.
final class FilePlugin {
  struct Failure: Error, Equatable, CustomStringConvertible {
    var status: Int32
    var message: String
    var code: Int64 = 0
    var description: String { "status \(status): \(message)" }
  }

  struct Split: Equatable {
    var id: String
    var identity: String
    var token: [UInt8]
  }

  struct Reject: Equatable, CustomStringConvertible {
    var place: String
    var reason: String
    var record: [UInt8]
    var description: String { "\(place) | \(reason)" }
  }

  struct Batch: Equatable {
    var rows: [[String]]
    var rejects: [Reject]
    var ordinal: UInt64
    var position: [UInt8]
    var bytes: Int64
    var isRecordCut: Bool
  }

  struct Stream {
    var name: String
    var columns: [String]
    var notes: [String]
    var rows: Int64
  }

  struct Known {
    var split: Split
    var isComplete: Bool
  }

  struct Limits {
    var bytes: UInt64 = 1 << 20
    var rows: UInt64 = 65_536
  }

  /// Beside the test executable, or where `HEADRACE_TEST_PLUGINS` says.
  static let library: String = {
    let named = ProcessInfo.processInfo.environment["HEADRACE_TEST_PLUGINS"]
    let beside = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (named ?? URL(fileURLWithPath: beside).deletingLastPathComponent().path) + "/libheadrace-file.so"
  }()

  let stream: String
  private let source: headrace_source
  private let instance: OpaquePointer
  private let host: UnsafeMutablePointer<headrace_host>
  /// What `is_cancelled` answers from now on, and the deadline of the calls.
  var isCancelled = false
  var deadline = Int64.max

  /// `config` is JSON.
  init(_ config: String, stream: String = "s") throws {
    self.stream = stream
    let source = try Self.load()
    let host = UnsafeMutablePointer<headrace_host>.allocate(capacity: 1)
    host.initialize(to: headrace_host())
    host.pointee.struct_size = UInt32(MemoryLayout<headrace_host>.size)
    host.pointee.abi_version = 1
    host.pointee.get_extension = { _, _ in nil }
    self.source = source
    self.host = host
    var made: OpaquePointer?
    try Self.call { call, error in
      Borrowed(config).string { source.factory.pointee.create(call, host, $0, &made, error) }
    }
    guard let made else { throw Failure(status: -1, message: "no instance") }
    instance = made
  }

  deinit {
    source.factory.pointee.destroy(instance)
    host.deallocate()
  }

  var configSchema: [UInt8] { Array(bytes: source.factory.pointee.config_schema) }

  func discover(_ pattern: String? = nil) throws -> [Stream] {
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    try Borrowed(pattern ?? "").string { text in
      var text = text
      try call { source.discover(instance, $0, &text, pattern == nil ? 0 : 1, &list, $1) }
    }
    defer { list.release?(&list) }
    return (0..<Int(list.n_items)).compactMap { index in
      list.items[index].map { stream in
        Stream(
          name: text(stream.pointee.name), columns: FileRows.columns(stream.pointee.schema),
          notes: (0..<Int(stream.pointee.n_notes)).map { text(stream.pointee.notes[$0]) },
          rows: stream.pointee.estimated_rows)
      }
    }
  }

  func splits(known: [Known] = [], bytes: UInt64 = 0, read: Int32 = HEADRACE_READ_NEW_FILES) throws -> [Split] {
    var list = headrace_split_list()
    list.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    let names = known.map { Borrowed($0.split.id) }
    let identities = known.map { Borrowed($0.split.identity) }
    let items = UnsafeMutablePointer<headrace_split_position>.allocate(capacity: max(known.count, 1))
    defer { items.deallocate() }
    for (index, one) in known.enumerated() {
      var item = headrace_split_position()
      item.struct_size = UInt32(MemoryLayout<headrace_split_position>.size)
      item.is_complete = one.isComplete ? 1 : 0
      item.split = names[index].view
      item.identity = identities[index].view
      (items + index).initialize(to: item)
    }
    let pointers = known.indices.map { Optional(UnsafePointer(items + $0)) }
    let name = Borrowed(stream)
    try pointers.withUnsafeBufferPointer { pointers in
      var request = headrace_split_request()
      request.struct_size = UInt32(MemoryLayout<headrace_split_request>.size)
      request.read = UInt32(read)
      request.stream = name.view
      request.known = pointers.baseAddress
      request.n_known = UInt64(known.count)
      request.split_bytes = bytes
      try call { source.splits(instance, $0, &request, &list, $1) }
    }
    withExtendedLifetime((names, identities, name)) {}
    defer { list.release?(&list) }
    return (0..<Int(list.n_items)).compactMap { index in
      list.items[index].map {
        Split(id: text($0.pointee.id), identity: text($0.pointee.identity), token: Array(bytes: $0.pointee.token))
      }
    }
  }

  /// The batches of a split from a position on.
  func read(_ split: Split, from start: Batch? = nil, limits: Limits = Limits()) throws -> [Batch] {
    var out: [Batch] = []
    try reading(split, from: start, limits: limits) { next in
      while let batch = try next() { out.append(batch) }
    }
    return out
  }

  /// Opens a split, lends a function that reads the next batch, and closes the split.
  func reading(
    _ split: Split, from start: Batch? = nil, limits: Limits = Limits(), _ body: (() throws -> Batch?) throws -> Void
  ) throws {
    let texts = [stream, split.id, split.identity].map { Borrowed($0) }
    let token = Borrowed(split.token), position = Borrowed(start?.position ?? [])
    var request = headrace_open_request()
    request.struct_size = UInt32(MemoryLayout<headrace_open_request>.size)
    (request.stream, request.split, request.identity) = (texts[0].view, texts[1].view, texts[2].view)
    (request.token, request.position, request.ordinal) = (token.bytes, position.bytes, start?.ordinal ?? 0)
    (request.batch_bytes, request.batch_rows) = (limits.bytes, limits.rows)
    var schema = ArrowSchema()
    var reader: OpaquePointer?
    try call { source.open(instance, $0, &request, &schema, &reader, $1) }
    withExtendedLifetime((texts, token, position)) {}
    defer {
      source.close(instance, reader)
      schema.release?(&schema)
    }
    try body { try next(reader, schema) }
  }

  private func next(_ reader: OpaquePointer?, _ schema: ArrowSchema) throws -> Batch? {
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    if try call({ source.read(instance, $0, reader, &batch, $1) }) { return nil }
    let rejects = (0..<Int(batch.n_rejects)).compactMap { index in
      batch.rejects[index].map {
        Reject(
          place: text($0.pointee.place), reason: text($0.pointee.reason), record: Array(bytes: $0.pointee.record))
      }
    }
    let out = Batch(
      rows: try FileRows.rows(batch.array, schema), rejects: rejects, ordinal: batch.ordinal,
      position: Array(bytes: batch.position), bytes: batch.source_bytes,
      isRecordCut: batch.flags & UInt32(HEADRACE_BATCH_RECORD_CUT) != 0)
    batch.release?(&batch)
    batch.array.release?(&batch.array)
    return out
  }

  private static func load() throws -> headrace_source {
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(handle, "headrace_plugin_entry")
    else {
      throw Failure(status: -1, message: dlerror().map { String(cString: $0) } ?? "not loaded")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<headrace_entry>?
    let entry = unsafeBitCast(symbol, to: Entry.self)()
    guard let table = Borrowed(HEADRACE_SOURCE).string({ entry?.pointee.get_extension($0) }) else {
      throw Failure(status: -1, message: "not a source")
    }
    return table.load(as: headrace_source.self)
  }

  private typealias Body = (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status

  @discardableResult
  private func call(_ body: Body) throws -> Bool {
    try Self.call(deadline: deadline, isCancelled: isCancelled, body)
  }

  /// True at the end of the stream.
  @discardableResult
  private static func call(deadline: Int64 = .max, isCancelled: Bool = false, _ body: Body) throws -> Bool {
    var call = headrace_call()
    call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
    call.attempt = 1
    call.deadline_ns = deadline
    call.now = { _ in 1_000 }
    call.ctx = UnsafeMutableRawPointer(bitPattern: isCancelled ? 1 : 0)
    call.is_cancelled = { $0?.pointee.ctx == nil ? 0 : 1 }
    var error = headrace_error()
    error.struct_size = UInt32(MemoryLayout<headrace_error>.size)
    error.retry_after_ns = Int64(HEADRACE_NO_RETRY_AFTER)
    let status = body(&call, &error)
    defer { error.release?(&error) }
    if status == HEADRACE_OK || status == HEADRACE_END_OF_STREAM { return status == HEADRACE_END_OF_STREAM }
    let message = String(decoding: Array(bytes: error.message), as: UTF8.self)
    throw Failure(status: status, message: message, code: error.vendor_code)
  }

  private func text(_ string: headrace_string) -> String { String(decoding: Array(bytes: string), as: UTF8.self) }
}

/// Bytes at an address that stays, for as long as this object lives.
private final class Borrowed {
  private let memory: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) {
    memory = .allocate(capacity: bytes.count)
    _ = memory.initialize(from: bytes)
  }

  convenience init(_ text: String) { self.init(Array(text.utf8)) }

  deinit { memory.deallocate() }

  var bytes: headrace_bytes { headrace_bytes(data: UnsafePointer(memory.baseAddress), length: UInt64(memory.count)) }

  var view: headrace_string {
    let start = UnsafeRawPointer(memory.baseAddress)?.assumingMemoryBound(to: CChar.self)
    return headrace_string(data: start, length: UInt64(memory.count))
  }

  func string<Result>(_ body: (headrace_string) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(view)
  }
}

extension [UInt8] {
  fileprivate init(bytes: headrace_bytes) {
    self = Array(UnsafeBufferPointer(start: bytes.data, count: Int(bytes.length)))
  }

  fileprivate init(bytes: headrace_string) {
    self = Array(UnsafeRawBufferPointer(start: bytes.data, count: Int(bytes.length)))
  }
}
