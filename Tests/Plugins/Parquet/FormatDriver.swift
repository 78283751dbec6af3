import CArrow
import CHeadrace

/// Drives a format plugin through the C ABI; what it writes is kept in memory.
final class FormatDriver {
  struct Column {
    var values: Int64
    var nulls: Int64
    var nans: Int64
    var bounds: (lower: [UInt8], upper: [UInt8])?
  }

  struct Summary {
    var rows: Int64
    var bytes: Int64
    var splits: [Int64]
    var columns: [Int32: Column]
  }

  /// Where the bytes go. `limit` makes writing fail as a full disk does.
  final class Sink {
    var bytes: [UInt8] = []
    var limit = Int.max
  }

  let sink = Sink()
  private let format: headrace_format
  private let instance: PluginInstance

  init(config: String = "{}") throws {
    format = try PluginUnderTest("parquet").kind(HEADRACE_FORMAT, as: headrace_format.self)
    instance = try PluginInstance(format.factory.pointee, config: config)
  }

  func open(_ schema: FieldIDs) throws -> OpaquePointer {
    try withExtendedLifetime(schema) { try open(plain: schema.schema) }
  }

  func open(plain schema: ArrowSchema) throws -> OpaquePointer {
    var output = headrace_output()
    output.struct_size = UInt32(MemoryLayout<headrace_output>.size)
    output.ctx = Unmanaged.passUnretained(sink).toOpaque()
    output.write = { context, bytes, error in
      guard let context, let error else { return HEADRACE_FATAL }
      let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
      guard sink.bytes.count + Int(bytes.length) <= sink.limit else {
        error.pointee.status = HEADRACE_TRANSIENT
        error.pointee.vendor_code = 28
        error.pointee.message = FormatDriver.diskFull
        return HEADRACE_TRANSIENT
      }
      sink.bytes += bytes.array
      return HEADRACE_OK
    }
    var writer: OpaquePointer?
    var schema = schema
    try SourceDriver.call(Int64.max) { format.open(instance.handle, $0, &schema, &output, &writer, $1) }
    guard let writer else { throw PluginUnderTest.NotLoaded(description: "no writer") }
    return writer
  }

  @discardableResult
  func write(_ writer: OpaquePointer, _ batch: ArrowArray, rows: [Int32]? = nil) throws -> Int64 {
    var bytes: Int64 = -1
    var batch = batch
    try SourceDriver.call(Int64.max) { call, error in
      guard let rows else { return format.write(instance.handle, call, writer, &batch, nil, 0, &bytes, error) }
      return rows.withUnsafeBufferPointer {
        format.write(instance.handle, call, writer, &batch, $0.baseAddress, UInt64($0.count), &bytes, error)
      }
    }
    return bytes
  }

  func finish(_ writer: OpaquePointer) throws -> Summary {
    var summary = headrace_file_summary()
    summary.struct_size = UInt32(MemoryLayout<headrace_file_summary>.size)
    try SourceDriver.call(Int64.max) { format.finish(instance.handle, $0, writer, &summary, $1) }
    defer { summary.release(&summary) }
    var columns: [Int32: Column] = [:]
    for case let column? in (0..<Int(summary.n_columns)).map({ summary.columns[$0]?.pointee }) {
      let bounds = column.has_bounds == 0 ? nil : (column.lower.array, column.upper.array)
      columns[column.field_id] = Column(
        values: column.value_count, nulls: column.null_count, nans: column.nan_count, bounds: bounds)
    }
    let splits = (0..<Int(summary.n_split_offsets)).map { summary.split_offsets[$0] }
    return Summary(rows: summary.record_count, bytes: summary.file_bytes, splits: splits, columns: columns)
  }

  func abort(_ writer: OpaquePointer) { format.abort(instance.handle, writer) }

  private static var diskFull: headrace_string {
    let text: StaticString = "no space is left"
    let start = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    return headrace_string(data: start, length: UInt64(text.utf8CodeUnitCount))
  }
}
