import CArrow
import CHeadrace
import HostModel

/// Lends Swift values as C structures, and reads C structures that a plugin filled. No function pointer table is here.

extension String {
  /// A text, or its beginning. A length that no text has comes from a plugin that filled in nothing: it is no text.
  init(_ text: headrace_string, limit: Int = 1 << 24) {
    let isText = text.data != nil && text.length <= 1 << 40
    let bytes = UnsafeRawBufferPointer(start: text.data, count: isText ? Swift.min(Int(text.length), limit) : 0)
    self = String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  init(_ bytes: headrace_bytes, limit: Int = 1 << 30) {
    let isThere = bytes.data != nil && bytes.length <= 1 << 40
    self = Array(UnsafeBufferPointer(start: bytes.data, count: isThere ? Swift.min(Int(bytes.length), limit) : 0))
  }
}

extension headrace_bytes {
  /// What a format hands over to be written.
  ///
  /// - Throws: if it states a length and has no bytes, which would be lost in silence.
  func written() throws(Failure) -> UnsafeRawBufferPointer {
    guard data != nil || length == 0, let count = Int(exactly: length) else {
      throw Failure(.run, "it wrote \(length) bytes from nowhere", status: .fatal)
    }
    return UnsafeRawBufferPointer(start: data, count: count)
  }
}

/// The message for a result that breaks the ABI.
func malformedResult(_ what: String) -> Failure {
  Failure(.run, "it returned \(what)", advice: "report it to the plugin's author", status: .fatal)
}

/// The elements of an array of pointers to structures, each copied as far as both sides know it.
func elements<T>(
  _ items: UnsafePointer<UnsafePointer<T>?>?, _ count: UInt64, _ what: String
) throws(Failure) -> [T] {
  guard count <= 1 << 24 else { throw malformedResult("\(count) \(what), which is no sensible number") }
  var found: [T] = []
  found.reserveCapacity(Int(count))
  for index in 0..<Int(count) {
    guard let pointer = items?[index] else { throw malformedResult("\(count) \(what), of which \(index) is NULL") }
    guard let element = readSized(pointer, as: T.self, minimum: MemoryLayout<T>.size) else {
      let size = UnsafeRawPointer(pointer).loadUnaligned(as: UInt32.self)
      throw malformedResult("\(what) whose struct_size is \(size) instead of \(MemoryLayout<T>.size)")
    }
    found.append(element)
  }
  return found
}

/// The same for structures that the plugin may still write to.
func elements<T>(
  _ items: UnsafePointer<UnsafeMutablePointer<T>?>?, _ count: UInt64, _ what: String
) throws(Failure) -> [T] {
  try elements(UnsafeRawPointer(items)?.assumingMemoryBound(to: UnsafePointer<T>?.self), count, what)
}

/// Memory for arguments: everything lent through it lives until it is gone.
final class Loan {
  private var blocks: [UnsafeMutableRawPointer] = []

  func text(_ value: String) -> headrace_string {
    let copy = bytes(Array(value.utf8))
    return headrace_string(data: UnsafeRawPointer(copy.data)?.assumingMemoryBound(to: CChar.self), length: copy.length)
  }

  func bytes(_ value: [UInt8]) -> headrace_bytes {
    guard !value.isEmpty else { return headrace_bytes(data: nil, length: 0) }
    let block = UnsafeMutableRawPointer.allocate(byteCount: value.count, alignment: 1)
    block.copyMemory(from: value, byteCount: value.count)
    blocks.append(block)
    return headrace_bytes(data: UnsafePointer(block.assumingMemoryBound(to: UInt8.self)), length: UInt64(value.count))
  }

  func array<T>(_ values: [T]) -> UnsafePointer<T>? {
    guard !values.isEmpty else { return nil }
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<T>.stride * values.count, alignment: MemoryLayout<T>.alignment)
    blocks.append(block)
    let typed = block.bindMemory(to: T.self, capacity: values.count)
    typed.initialize(from: values, count: values.count)
    return UnsafePointer(typed)
  }

  /// An array of pointers to structures, as the ABI wants arrays of what can grow.
  func pointers<T>(_ values: [T]) -> UnsafePointer<UnsafePointer<T>?>? {
    array(values.map { array([$0]) })
  }

  deinit { for block in blocks { block.deallocate() } }
}

/// Reads a structure of another version: the bytes that both sides know; the rest is zero.
///
/// - Returns: nil if the structure says that it is shorter than `minimum`, or there is none.
func readSized<T>(_ pointer: UnsafeRawPointer?, as type: T.Type, minimum: Int) -> T? {
  guard let pointer else { return nil }
  let size = Int(pointer.loadUnaligned(as: UInt32.self))
  guard size >= minimum, size <= 1 << 16 else { return nil }
  return withUnsafeTemporaryAllocation(byteCount: MemoryLayout<T>.size, alignment: MemoryLayout<T>.alignment) {
    buffer in
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    buffer.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: min(size, buffer.count)))
    return buffer.loadUnaligned(as: T.self)
  }
}

extension headrace_error {
  static var empty: headrace_error {
    var error = headrace_error()
    error.struct_size = UInt32(MemoryLayout<headrace_error>.size)
    error.retry_after_ns = Int64(HEADRACE_NO_RETRY_AFTER)
    return error
  }
}

extension headrace_batch {
  static var empty: headrace_batch {
    var batch = headrace_batch()
    batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
    return batch
  }

  /// The rejects, copied.
  ///
  /// - Parameter inputRows: how many rows a transform was given; nil for a source.
  func rejectList(inputRows: Int?) throws(Failure) -> [Reject] {
    var rejects: [Reject] = []
    for reject in try elements(self.rejects, n_rejects, "rejects") {
      if let inputRows, reject.row < 0 || reject.row >= Int64(inputRows) {
        throw malformedResult("a reject of row \(reject.row) of a batch of \(inputRows)")
      }
      rejects.append(
        Reject(
          status: Status(rawValue: reject.status) ?? .badRecord, row: inputRows == nil ? nil : Int(reject.row),
          place: String(reject.place), reason: String(reject.reason, limit: 8 << 10),
          record: [UInt8](reject.record, limit: 64 << 10)))
    }
    return rejects
  }

  /// Refuses a position that could not be resumed from.
  func checkPosition(after last: UInt64) throws(Failure) {
    guard ordinal > last else { throw malformedResult("the ordinal \(ordinal) after \(last): ordinals grow") }
    guard position.length <= 16 << 10 else {
      throw malformedResult("a position of \(position.length) bytes; 16 KiB is the most")
    }
  }

  /// Moves the array out, so that it is released by its new owner alone.
  mutating func takeArray() -> ArrowArray {
    let taken = array
    array.release = nil
    return taken
  }

  mutating func releaseDescription() {
    release?(&self)
    release = nil
  }
}

extension headrace_finding_list {
  static var empty: headrace_finding_list {
    var list = headrace_finding_list()
    list.struct_size = UInt32(MemoryLayout<headrace_finding_list>.size)
    return list
  }

  /// The findings, copied; the list is released.
  ///
  /// - Parameter rows: of the batch that they are about.
  mutating func take(rows: Int) throws(Failure) -> [Finding] {
    defer {
      release?(&self)
      release = nil
    }
    var findings: [Finding] = []
    for finding in try elements(items, n_items, "findings") {
      guard finding.row < Int64(rows) else {
        throw malformedResult("a finding about row \(finding.row) of a batch of \(rows)")
      }
      findings.append(Finding(finding))
    }
    return findings
  }
}

extension Finding {
  fileprivate init(_ finding: headrace_finding) {
    self.init(
      severity: Severity(rawValue: finding.severity) ?? .warning, rule: String(finding.rule),
      column: finding.column.length > 0 ? String(finding.column) : nil,
      message: String(finding.message, limit: 8 << 10), row: finding.row >= 0 ? Int(finding.row) : nil,
      score: finding.score, observed: finding.observed.isNaN ? nil : finding.observed,
      expected: finding.expected.isNaN ? nil : finding.expected)
  }
}

extension headrace_split_list {
  func splitList() throws(Failure) -> [Split] {
    var splits: [Split] = []
    for split in try elements(items, n_items, "splits") {
      guard (1...512).contains(split.id.length), split.identity.length <= 128 else {
        let lengths = "id has \(split.id.length) and identity \(split.identity.length) bytes"
        throw malformedResult("a split whose \(lengths); 1 to 512 and at most 128 are allowed")
      }
      splits.append(
        Split(
          id: String(split.id), identity: String(split.identity), token: [UInt8](split.token),
          estimatedRows: split.estimated_rows >= 0 ? split.estimated_rows : nil,
          estimatedBytes: split.estimated_bytes >= 0 ? split.estimated_bytes : nil))
    }
    guard Set(splits.map(\.id)).count == splits.count else { throw malformedResult("two splits of one id") }
    return splits
  }
}

extension headrace_buffer {
  static var empty: headrace_buffer {
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    return buffer
  }

  /// The bytes, copied; the buffer is released.
  mutating func take(atMost most: UInt64 = 1 << 30) throws(Failure) -> [UInt8] {
    defer {
      release?(&self)
      release = nil
    }
    guard bytes.length <= most else { throw malformedResult("\(bytes.length) bytes; \(most) is the most") }
    guard bytes.length == 0 || bytes.data != nil else {
      throw malformedResult("\(bytes.length) bytes without saying where")
    }
    return [UInt8](bytes)
  }
}

extension headrace_detector {
  /// The most that `save` may return.
  static let stateBytes: UInt64 = 1 << 20
}

extension headrace_stream {
  func discovered() throws(Failure) -> DiscoveredStream {
    func names(_ list: UnsafePointer<headrace_string>?, _ count: UInt64) -> [String] {
      (0..<Int(min(count, 1 << 16))).compactMap { index in list.map { String($0[index]) } }
    }
    return DiscoveredStream(
      name: String(name), schema: try Schema(importing: schema), key: names(key, n_key),
      cursors: names(cursors, n_cursors), estimatedRows: estimated_rows >= 0 ? estimated_rows : nil,
      estimatedBytes: estimated_bytes >= 0 ? estimated_bytes : nil, notes: names(notes, n_notes),
      isMadeOfFiles: flags & UInt32(HEADRACE_STREAM_FILES) != 0,
      isUnstable: flags & UInt32(HEADRACE_STREAM_UNSTABLE) != 0)
  }
}

extension headrace_file_summary {
  static var empty: headrace_file_summary {
    var summary = headrace_file_summary()
    summary.struct_size = UInt32(MemoryLayout<headrace_file_summary>.size)
    return summary
  }

  /// The summary, copied and released.
  mutating func take() throws(Failure) -> FileSummary {
    defer {
      release?(&self)
      release = nil
    }
    let summaries = try elements(columns, n_columns, "columns")
    guard n_split_offsets == 0 || split_offsets != nil, n_split_offsets <= 1 << 24 else {
      throw malformedResult("\(n_split_offsets) split offsets, which are not there")
    }
    return FileSummary(
      recordCount: record_count, fileBytes: file_bytes, columns: summaries.map(ColumnSummary.init),
      splitOffsets: (0..<Int(n_split_offsets)).map { split_offsets[$0] })
  }
}

extension ColumnSummary {
  fileprivate init(_ column: headrace_column_summary) {
    self.init(
      fieldID: Int(column.field_id), bytes: column.bytes, valueCount: column.value_count,
      nullCount: column.null_count, nanCount: column.nan_count >= 0 ? column.nan_count : nil,
      lower: column.has_bounds != 0 ? [UInt8](column.lower) : nil,
      upper: column.has_bounds != 0 ? [UInt8](column.upper) : nil)
  }
}
