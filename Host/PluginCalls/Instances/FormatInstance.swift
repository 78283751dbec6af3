import CHeadrace
package import HostModel

/// A format, as one lane uses it: the files that it has open.
package final class FormatInstance: PluginInstance, Format, @unchecked Sendable {
  private let table: headrace_format

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.format else { throw plugin.isNo("format") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "format", config: config, context: context,
      services: host.services(for: plugin, context, config: config), watchdog: host.watchdog)
  }

  package var fileExtension: String { String(table.extension) }
  package var icebergName: String { String(table.iceberg_name) }

  package func makeWriter(
    _ schema: ExportedSchema, into upload: any ObjectUpload
  ) throws(Failure) -> any FormatWriter {
    let writer = PluginFormatWriter(self, table, upload)
    try writer.open(schema)
    return writer
  }
}

private final class PluginFormatWriter: FormatWriter {
  private let format: FormatInstance
  private let table: headrace_format
  private let upload: any ObjectUpload
  private let output = UnsafeMutablePointer<headrace_output>.allocate(capacity: 1)
  private var writer: OpaquePointer?
  /// What has come of the file, in bytes.
  private var written: Int64 = 0
  /// Why the object could not be written: told instead of what the plugin makes of it.
  private var uploadFailure: Failure?

  init(_ format: FormatInstance, _ table: headrace_format, _ upload: any ObjectUpload) {
    self.format = format
    self.table = table
    self.upload = upload
    output.initialize(
      to: headrace_output(
        struct_size: UInt32(MemoryLayout<headrace_output>.size), reserved: 0, ctx: nil,
        write: { context, bytes, error in
          guard let context else { return HEADRACE_FATAL }
          return Unmanaged<PluginFormatWriter>.fromOpaque(context).takeUnretainedValue().write(bytes, error)
        }))
    output.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  func open(_ schema: ExportedSchema) throws(Failure) {
    try telling { () throws(Failure) in
      _ = try format.perform(.open, format.unrepeatable) { _, call, error in
        table.open(format.handle, call, schema.pointer, output, &writer, error)
      }
    }
    guard writer != nil else {
      throw Failure(.run, "plugin '\(format.plugin.description.name)' opened no writer", status: .fatal)
    }
  }

  private func write(_ bytes: headrace_bytes, _ error: UnsafeMutablePointer<headrace_error>?) -> headrace_status {
    do throws(Failure) {
      let piece = try bytes.written()
      try upload.write(piece)
      written += Int64(piece.count)
      return HEADRACE_OK
    } catch let failure {
      uploadFailure = failure
      fill(error, failure)
      return (failure.status ?? .transient).rawValue
    }
  }

  func write(_ batch: borrowing RecordBatch, rows: [Int32]?) throws(Failure) -> Int64 {
    var size: Int64 = 0
    try telling { () throws(Failure) in
      try batch.withArray { (array) throws(Failure) in
        _ = try format.perform(.write, format.unrepeatable) { _, call, error in
          guard let rows else { return table.write(format.handle, call, writer, array, nil, 0, &size, error) }
          return rows.withUnsafeBufferPointer { indices in
            table.write(
              format.handle, call, writer, array, indices.baseAddress, UInt64(indices.count), &size, error)
          }
        }
      }
    }
    return size
  }

  func finish() throws(Failure) -> FileSummary {
    var summary = headrace_file_summary.empty
    try telling { () throws(Failure) in
      _ = try format.perform(.finish, format.unrepeatable) { _, call, error in
        let finished = writer
        writer = nil
        return table.finish(format.handle, call, finished, &summary, error)
      }
    }
    let taken = try format.trusting(.finish) { () throws(Failure) in try checked(try summary.take()) }
    try upload.finish()
    return taken
  }

  /// Readers of the table find their way in a file by how long it is said to be, and sums are made of it.
  private func checked(_ summary: FileSummary) throws(Failure) -> FileSummary {
    guard summary.fileBytes == written else {
      throw malformedResult("a summary with 'file_bytes' of \(summary.fileBytes); it wrote \(written)")
    }
    return summary
  }

  /// Prefers the cause at the object store to its echo from the plugin, and to a success that the plugin makes of it: the
  /// file lacks those bytes.
  private func telling(_ body: () throws(Failure) -> Void) throws(Failure) {
    do throws(Failure) { try body() } catch { throw uploadFailure ?? lost(error) }
    if let uploadFailure { throw uploadFailure }
  }

  /// A file is finished by the process that began it.
  private func lost(_ failure: Failure) -> Failure {
    guard failure.status == .crashed || failure.status == .hung else { return failure }
    var told = failure
    told.message += "; the file that it was writing is given up, and none of its rows is in the lake"
    told.advice = "run again: the next run goes on from the last commit; if it ends there too, use another build of it"
    return told
  }

  func abort() {
    if let writer, format.mayBeFreed { table.abort(format.handle, writer) }
    writer = nil
    upload.abort()
  }

  deinit {
    abort()
    output.deallocate()
  }
}
