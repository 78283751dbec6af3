import CArrow
import CHeadrace
import HostModel

/// Lends Swift values as C structures, and reads C structures that a plugin filled. No function pointer table is here.

extension String {
  init(_ text: headrace_string) {
    let bytes = UnsafeRawBufferPointer(start: text.data, count: text.data == nil ? 0 : Int(text.length))
    self = String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  init(_ bytes: headrace_bytes) {
    self = Array(UnsafeBufferPointer(start: bytes.data, count: bytes.data == nil ? 0 : Int(bytes.length)))
  }
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
  func rejectList() -> [Reject] {
    (0..<Int(n_rejects)).compactMap { index in
      guard let reject = readSized(rejects?[index], as: headrace_reject.self, minimum: 16) else { return nil }
      return Reject(
        status: Status(rawValue: reject.status) ?? .badRecord, row: reject.row >= 0 ? Int(reject.row) : nil,
        place: String(reject.place), reason: String(reject.reason),
        record: Array([UInt8](reject.record).prefix(1 << 16)))
    }
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
  mutating func take() -> [Finding] {
    defer {
      release?(&self)
      release = nil
    }
    return (0..<Int(n_items)).compactMap { index in
      guard let finding = readSized(items?[index], as: headrace_finding.self, minimum: 72) else { return nil }
      return Finding(
        severity: Finding.Severity(rawValue: finding.severity) ?? .warning, rule: String(finding.rule),
        column: finding.column.length > 0 ? String(finding.column) : nil, message: String(finding.message),
        row: finding.row >= 0 ? Int(finding.row) : nil, score: finding.score,
        observed: finding.observed.isNaN ? nil : finding.observed,
        expected: finding.expected.isNaN ? nil : finding.expected)
    }
  }
}

extension headrace_buffer {
  static var empty: headrace_buffer {
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    return buffer
  }

  mutating func take() -> [UInt8] {
    defer {
      release?(&self)
      release = nil
    }
    return [UInt8](bytes)
  }
}

extension headrace_stream {
  func discovered() throws(Failure) -> DiscoveredStream {
    func names(_ list: UnsafePointer<headrace_string>?, _ count: UInt64) -> [String] {
      (0..<Int(count)).compactMap { index in list.map { String($0[index]) } }
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

  mutating func take() -> FileSummary {
    defer {
      release?(&self)
      release = nil
    }
    let summaries = (0..<Int(n_columns)).compactMap { index in
      readSized(columns?[index], as: headrace_column_summary.self, minimum: 40).map(ColumnSummary.init)
    }
    let offsets = (0..<Int(n_split_offsets)).compactMap { split_offsets?[$0] }
    return FileSummary(recordCount: record_count, fileBytes: file_bytes, columns: summaries, splitOffsets: offsets)
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
