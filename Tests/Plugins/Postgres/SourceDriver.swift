import CArrow
import CHeadrace
import Foundation
import Synchronization

/// Drives a source plugin through the C ABI alone, as a host would: loads the library, fills the structures, releases
/// what it was given.
final class SourceDriver {
  struct Failure: Error, CustomStringConvertible {
    var status: Int32
    var message: String
    var state: String
    var description: String { "status \(status) [\(state)]: \(message)" }
  }

  struct Stream {
    var name: String
    var columns: [(name: String, format: String)]
    var key: [String]
    var cursors: [String]
    var flags: UInt32
    var rows: Int64
    var notes: [String]
  }

  struct Batch {
    var rows: [[String]]
    var rejects: [(place: String, reason: String, record: [UInt8])]
    var ordinal: UInt64
    var position: [UInt8]
  }

  struct Split {
    var id: String
    var identity: String
    var token: [UInt8]
  }

  struct Known {
    var split: String
    var identity: String
    var isComplete: Bool
  }

  private let source: headrace_source
  private let instance: OpaquePointer
  private let host: UnsafeMutablePointer<headrace_host>
  private var lists: [UnsafeMutablePointer<headrace_split_list>] = []
  /// What `is_cancelled` answers, and the deadline of the calls that follow.
  var deadline: Int64 = Int64.max

  init(_ library: String, config: String) throws {
    source = try Self.load(library)
    host = .allocate(capacity: 1)
    host.initialize(to: headrace_host())
    host.pointee.struct_size = UInt32(MemoryLayout<headrace_host>.size)
    host.pointee.abi_version = 1
    host.pointee.get_extension = { _, _ in nil }
    var made: OpaquePointer?
    let factory = source.factory.pointee
    let host = host
    try Self.call(Int64.max) { call, error in
      config.withC { factory.create(call, host, $0, &made, error) }
    }
    guard let made else { throw Failure(status: -1, message: "no instance", state: "") }
    instance = made
  }

  deinit {
    for list in lists { releaseList(list) }
    source.factory.pointee.destroy(instance)
    host.deallocate()
  }

  func cancel() { source.factory.pointee.cancel(instance) }
  /// For a thread that cancels while another one is in a call.
  var canceller: Canceller { Canceller(cancel: source.factory.pointee.cancel, instance: instance) }

  struct Canceller: @unchecked Sendable {
    let cancel: @convention(c) (OpaquePointer?) -> Void
    let instance: OpaquePointer
    func callAsFunction() { cancel(instance) }
  }

  // MARK: - The source's functions

  func discover(_ patterns: [String]) throws -> [Stream] {
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    let texts = patterns.map { strdup($0) }
    defer { texts.forEach { free($0) } }
    let strings = texts.map {
      headrace_string(data: $0.map { UnsafePointer($0) }, length: UInt64($0.map { strlen($0) } ?? 0))
    }
    try Self.call(deadline) { source.discover(instance, $0, strings, UInt64(strings.count), &list, $1) }
    defer { list.release(&list) }
    return (0..<Int(list.n_items)).compactMap { list.items[$0].map { Stream($0.pointee) } }
  }

  func splits(_ stream: String, known: [Known] = [], bytes: UInt64 = 0) throws -> [Split] {
    let list = UnsafeMutablePointer<headrace_split_list>.allocate(capacity: 1)
    list.initialize(to: headrace_split_list())
    list.pointee.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    try stream.withC { name in
      try withKnown(known) { positions, count in
        var request = headrace_split_request()
        request.struct_size = UInt32(MemoryLayout<headrace_split_request>.size)
        request.stream = name
        request.known = positions
        request.n_known = count
        request.split_bytes = bytes
        try Self.call(deadline) { source.splits(instance, $0, &request, list, $1) }
      }
    }
    lists.append(list)
    return (0..<Int(list.pointee.n_items)).compactMap { index in
      list.pointee.items[index].map {
        Split(id: $0.pointee.id.text, identity: $0.pointee.identity.text, token: $0.pointee.token.array)
      }
    }
  }

  /// Gives the lists of splits back, as a host does after the last reader.
  func releaseSplits() {
    for list in lists { releaseList(list) }
    lists = []
  }

  private func releaseList(_ list: UnsafeMutablePointer<headrace_split_list>) {
    list.pointee.release?(list)
    list.deallocate()
  }

  func open(
    _ stream: String, _ split: Split, position: [UInt8] = [], ordinal: UInt64 = 0, rows: UInt64 = 0, bytes: UInt64 = 0
  ) throws -> Reader {
    var schema = ArrowSchema()
    var reader: OpaquePointer?
    try stream.withC { name in
      try split.id.withC { id in
        try split.identity.withC { identity in
          try split.token.withC { token in
            try position.withC { position in
              var request = headrace_open_request()
              request.struct_size = UInt32(MemoryLayout<headrace_open_request>.size)
              (request.stream, request.split, request.identity) = (name, id, identity)
              (request.token, request.position, request.ordinal) = (token, position, ordinal)
              (request.batch_rows, request.batch_bytes) = (rows, bytes)
              try Self.call(deadline) { source.open(instance, $0, &request, &schema, &reader, $1) }
            }
          }
        }
      }
    }
    guard let reader else { throw Failure(status: -1, message: "no reader", state: "") }
    return Reader(driver: self, schema: schema, reader: reader)
  }

  final class Reader {
    let driver: SourceDriver
    private var schema: ArrowSchema
    private var reader: OpaquePointer?

    init(driver: SourceDriver, schema: ArrowSchema, reader: OpaquePointer) {
      self.driver = driver
      self.schema = schema
      self.reader = reader
    }

    deinit { close() }

    func close() {
      guard let open = reader else { return }
      driver.source.close(driver.instance, open)
      schema.release(&schema)
      reader = nil
    }

    /// The next batch as text, nil at the end.
    func read() throws -> Batch? {
      var batch = headrace_batch()
      batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
      let ended = try SourceDriver.call(driver.deadline) {
        driver.source.read(driver.instance, $0, reader, &batch, $1)
      }
      if ended { return nil }
      let rejects = (0..<Int(batch.n_rejects)).compactMap { index in
        batch.rejects[index].map { ($0.pointee.place.text, $0.pointee.reason.text, $0.pointee.record.array) }
      }
      let result = Batch(
        rows: ArrowText.rows(of: batch.array, schema), rejects: rejects, ordinal: batch.ordinal,
        position: batch.position.array)
      // On another thread and after the rest is gone: a host may let go whenever it likes.
      let array = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
      array.initialize(to: batch.array)
      batch.release?(&batch)
      let lent = Lent(array: array)
      Thread.detachNewThread { lent.release() }
      return result
    }
  }

  private struct Lent: @unchecked Sendable {
    let array: UnsafeMutablePointer<ArrowArray>
    func release() {
      array.pointee.release(array)
      array.deallocate()
    }
  }

  // MARK: - Structures

  static func load(_ library: String) throws -> headrace_source {
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(handle, "headrace_plugin_entry")
    else {
      throw Failure(status: -1, message: dlerror().map { String(cString: $0) } ?? "not loaded", state: "")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<headrace_entry>?
    guard let entry = unsafeBitCast(symbol, to: Entry.self)() else {
      throw Failure(status: -1, message: "no entry", state: "")
    }
    var version: UInt32 = 0
    try call(Int64.max) { _, error in entry.pointee.negotiate(1, 1, &version, error) }
    guard let table = HEADRACE_SOURCE.withC({ entry.pointee.get_extension($0) }) else {
      throw Failure(status: -1, message: "not a source", state: "")
    }
    return table.load(as: headrace_source.self)
  }

  /// Runs a function of the plugin; true at the end of a stream.
  @discardableResult
  static func call(
    _ deadline: Int64, _ body: (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws -> Bool {
    var call = headrace_call()
    call.struct_size = UInt32(MemoryLayout<headrace_call>.size)
    call.attempt = 1
    call.deadline_ns = deadline
    call.now = { _ in SourceDriver.now() }
    call.is_cancelled = { _ in 0 }
    var error = headrace_error()
    error.struct_size = UInt32(MemoryLayout<headrace_error>.size)
    error.retry_after_ns = Int64(HEADRACE_NO_RETRY_AFTER)
    let status = body(&call, &error)
    defer { error.release?(&error) }
    if status == HEADRACE_OK { return false }
    if status == HEADRACE_END_OF_STREAM { return true }
    throw Failure(status: status, message: error.message.text, state: error.vendor_state.text)
  }

  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private func withKnown(
    _ known: [Known], _ body: (UnsafePointer<UnsafePointer<headrace_split_position>?>?, UInt64) throws -> Void
  ) throws {
    var texts: [UnsafeMutablePointer<CChar>?] = []
    defer { texts.forEach { free($0) } }
    func string(_ text: String) -> headrace_string {
      let copy = strdup(text)
      texts.append(copy)
      return headrace_string(data: copy.map { UnsafePointer($0) }, length: UInt64(text.utf8.count))
    }
    let items = UnsafeMutablePointer<headrace_split_position>.allocate(capacity: max(known.count, 1))
    defer { items.deallocate() }
    for (index, one) in known.enumerated() {
      var position = headrace_split_position()
      position.struct_size = UInt32(MemoryLayout<headrace_split_position>.size)
      position.is_complete = one.isComplete ? 1 : 0
      position.split = string(one.split)
      position.identity = string(one.identity)
      (items + index).initialize(to: position)
    }
    let pointers = known.indices.map { Optional(UnsafePointer(items + $0)) }
    try body(pointers, UInt64(pointers.count))
  }
}

extension SourceDriver.Stream {
  init(_ stream: headrace_stream) {
    name = stream.name.text
    columns = (0..<Int(stream.schema.n_children)).compactMap { index in
      stream.schema.children[index].map { child in
        var format = String(cString: child.pointee.format)
        if let element = child.pointee.n_children > 0 ? child.pointee.children[0] : nil {
          format += "<" + String(cString: element.pointee.format) + ">"
        }
        return (String(cString: child.pointee.name), format)
      }
    }
    key = (0..<Int(stream.n_key)).map { stream.key[$0].text }
    cursors = (0..<Int(stream.n_cursors)).map { stream.cursors[$0].text }
    flags = stream.flags
    rows = stream.estimated_rows
    notes = (0..<Int(stream.n_notes)).map { stream.notes[$0].text }
  }
}

extension headrace_string {
  var text: String {
    guard let data else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(length)), as: UTF8.self)
  }
}

extension headrace_bytes {
  var array: [UInt8] { data.map { Array(UnsafeBufferPointer(start: $0, count: Int(length))) } ?? [] }
}

extension String {
  func withC<Result>(_ body: (headrace_string) throws -> Result) rethrows -> Result {
    var copy = self
    return try copy.withUTF8 { bytes in
      try bytes.withMemoryRebound(to: CChar.self) {
        try body(headrace_string(data: $0.baseAddress, length: UInt64($0.count)))
      }
    }
  }
}

extension [UInt8] {
  func withC<Result>(_ body: (headrace_bytes) throws -> Result) rethrows -> Result {
    try withUnsafeBufferPointer { try body(headrace_bytes(data: $0.baseAddress, length: UInt64($0.count))) }
  }
}
