import CArrow
import CHeadrace
import HostModel

/// Fills the structures of the ABI as a plugin would: their memory is freed by their own release.
enum Lent {
  /// Memory, and what else has to live as long.
  private final class Holder {
    let loan = Loan()
    var kept: [AnyObject] = []
    var whenReleased: (() -> Void)?

    deinit { whenReleased?() }
  }

  private static func keep(_ holder: Holder) -> UnsafeMutableRawPointer { Unmanaged.passRetained(holder).toOpaque() }

  private static func free(_ pointer: inout UnsafeMutableRawPointer?) {
    guard let holder = pointer else { return }
    pointer = nil
    Unmanaged<Holder>.fromOpaque(holder).release()
  }

  static func schema(_ schema: Schema) -> ArrowSchema {
    let exported = ExportedSchema(schema)
    var copy = exported.pointer.pointee
    copy.private_data = Unmanaged.passRetained(exported).toOpaque()
    copy.release = { schema in
      guard let schema, let exported = schema.pointee.private_data else { return }
      schema.pointee.release = nil
      Unmanaged<ExportedSchema>.fromOpaque(exported).release()
    }
    return copy
  }

  static func fill(_ out: UnsafeMutablePointer<headrace_stream_list>, _ streams: [DiscoveredStream]) {
    let holder = Holder()
    let loan = holder.loan
    func texts(_ list: [String]) -> UnsafePointer<headrace_string>? { loan.array(list.map { loan.text($0) }) }
    let items = streams.map { stream in
      let exported = ExportedSchema(stream.schema)
      holder.kept.append(exported)
      var flags: Int32 = stream.isMadeOfFiles ? HEADRACE_STREAM_FILES : 0
      if stream.isUnstable { flags |= HEADRACE_STREAM_UNSTABLE }
      return headrace_stream(
        struct_size: UInt32(MemoryLayout<headrace_stream>.size), flags: UInt32(flags), name: loan.text(stream.name),
        schema: exported.pointer.pointee, key: texts(stream.key), n_key: UInt64(stream.key.count),
        cursors: texts(stream.cursors), n_cursors: UInt64(stream.cursors.count),
        estimated_rows: stream.estimatedRows ?? -1, estimated_bytes: stream.estimatedBytes ?? -1,
        notes: texts(stream.notes), n_notes: UInt64(stream.notes.count))
    }
    let pointers = items.map { loan.array([$0]).map { UnsafeMutablePointer(mutating: $0) } }
    out.pointee.items = loan.array(pointers)
    out.pointee.n_items = UInt64(items.count)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { list in list.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(
    _ out: UnsafeMutablePointer<headrace_split_list>, _ splits: [Split], whenReleased: @escaping () -> Void
  ) {
    let holder = Holder()
    holder.whenReleased = whenReleased
    let loan = holder.loan
    let items = splits.map { split in
      headrace_split(
        struct_size: UInt32(MemoryLayout<headrace_split>.size), reserved: 0, id: loan.text(split.id),
        identity: loan.text(split.identity), token: loan.bytes(split.token),
        estimated_rows: split.estimatedRows ?? -1, estimated_bytes: split.estimatedBytes ?? -1)
    }
    let pointers = items.map { loan.array([$0]).map { UnsafeMutablePointer(mutating: $0) } }
    out.pointee.items = loan.array(pointers)
    out.pointee.n_items = UInt64(items.count)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { list in list.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(
    _ out: UnsafeMutablePointer<headrace_batch>, _ rows: consuming RecordBatch, _ rejects: [Reject], position: [UInt8]
  ) {
    let holder = Holder()
    let loan = holder.loan
    let items = rejects.map { reject in
      headrace_reject(
        struct_size: UInt32(MemoryLayout<headrace_reject>.size), status: reject.status.rawValue,
        row: Int64(reject.row ?? -1), place: loan.text(reject.place), reason: loan.text(reject.reason),
        record: loan.bytes(reject.record))
    }
    out.pointee.array = rows.take()
    out.pointee.rejects = loan.pointers(items)
    out.pointee.n_rejects = UInt64(items.count)
    out.pointee.position = loan.bytes(position)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { batch in batch.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(_ out: UnsafeMutablePointer<headrace_finding_list>, _ findings: [Finding]) {
    let holder = Holder()
    let loan = holder.loan
    let items = findings.map { finding in
      headrace_finding(
        struct_size: UInt32(MemoryLayout<headrace_finding>.size), severity: finding.severity.rawValue,
        rule: loan.text(finding.rule), column: loan.text(finding.column ?? ""), message: loan.text(finding.message),
        row: Int64(finding.row ?? -1), score: finding.score, observed: finding.observed ?? .nan,
        expected: finding.expected ?? .nan)
    }
    out.pointee.items = loan.pointers(items)
    out.pointee.n_items = UInt64(items.count)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { list in list.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(_ out: UnsafeMutablePointer<headrace_buffer>, _ bytes: [UInt8]) {
    let holder = Holder()
    out.pointee.bytes = holder.loan.bytes(bytes)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { buffer in buffer.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(_ out: UnsafeMutablePointer<headrace_file_summary>, _ summary: FileSummary) {
    let holder = Holder()
    let loan = holder.loan
    let columns = summary.columns.map { column in
      headrace_column_summary(
        struct_size: UInt32(MemoryLayout<headrace_column_summary>.size), field_id: Int32(clamping: column.fieldID),
        bytes: column.bytes, value_count: column.valueCount, null_count: column.nullCount,
        nan_count: column.nanCount ?? -1, has_bounds: column.lower != nil && column.upper != nil ? 1 : 0, reserved: 0,
        lower: loan.bytes(column.lower ?? []), upper: loan.bytes(column.upper ?? []))
    }
    out.pointee.record_count = summary.recordCount
    out.pointee.file_bytes = summary.fileBytes
    out.pointee.columns = loan.pointers(columns)
    out.pointee.n_columns = UInt64(columns.count)
    out.pointee.split_offsets = loan.array(summary.splitOffsets)
    out.pointee.n_split_offsets = UInt64(summary.splitOffsets.count)
    out.pointee.private_data = keep(holder)
    out.pointee.release = { summary in summary.map { Lent.free(&$0.pointee.private_data) } }
  }

  static func fill(
    _ out: UnsafeMutablePointer<headrace_completion>, finish: UInt32, text: [UInt8], model: [UInt8]
  ) {
    func string(_ bytes: headrace_bytes) -> headrace_string {
      headrace_string(data: UnsafeRawPointer(bytes.data)?.assumingMemoryBound(to: CChar.self), length: bytes.length)
    }
    let holder = Holder()
    out.pointee.finish = finish
    out.pointee.text = string(holder.loan.bytes(text))
    out.pointee.model = string(holder.loan.bytes(model))
    out.pointee.private_data = keep(holder)
    out.pointee.release = { completion in completion.map { Lent.free(&$0.pointee.private_data) } }
  }
}
