import CArrow
import CHeadrace
import HostModel

/// A format's functions.
extension WorkerInstance {
  func openWriter(_ call: Call, _ arguments: inout WireReader) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.format), try instance())
    let number = try arguments.number(UInt64.self)
    let file = WorkerFile(number, try arguments.schema(), services)
    let outcome = self.call { table.open(handle, call, file.schema.pointer, file.output, &file.writer, $0) }
    guard outcome.status == .ok else { return outcome }
    writers[number] = file
    try file.checkOutput()
    guard file.writer != nil else { throw Failure(.run, "it opened no writer", status: .fatal) }
    return outcome
  }

  func file(_ arguments: inout WireReader) throws(Failure) -> WorkerFile {
    guard let file = writers[try arguments.number()] else {
      throw Failure(.run, "there is no such file", status: .fatal)
    }
    return file
  }

  func write(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle, file) = (try table(plugin.tables.format), try instance(), try file(&arguments))
    let rows = try arguments.optional { (reader) throws(Failure) in
      try reader.list { (reader) throws(Failure) in try reader.number(Int32.self) }
    }
    let batch = try exchange.take(&arguments, file.columns)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    // An empty list is no rows, and NULL is all of them.
    let indices = rows.map { $0.isEmpty ? loan.array([Int32(0)]) : loan.array($0) } ?? nil
    var size: Int64 = 0
    let outcome = batch.withArray { array in
      self.call { table.write(handle, call, file.writer, array, indices, UInt64(rows?.count ?? 0), &size, $0) }
    }
    try file.checkOutput()
    result.put(size)
    return outcome
  }

  func finishWriter(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle, file) = (try table(plugin.tables.format), try instance(), try file(&arguments))
    writers[file.number] = nil
    var summary = headrace_file_summary.empty
    let outcome = self.call { table.finish(handle, call, file.writer, &summary, $0) }
    guard outcome.status == .ok else { return outcome }
    let taken = try summary.take()
    try file.checkOutput()
    result.put(taken)
    return outcome
  }

  func abortWriter(_ arguments: inout WireReader) throws(Failure) {
    let (table, handle, file) = (try table(plugin.tables.format), try instance(), try file(&arguments))
    writers[file.number] = nil
    table.abort(handle, file.writer)
  }
}

/// A file that a worker's plugin writes: its bytes go to the host.
final class WorkerFile {
  let number: UInt64
  let columns: Schema
  let schema: ExportedSchema
  let output = UnsafeMutablePointer<headrace_output>.allocate(capacity: 1)
  var writer: OpaquePointer?
  /// Why bytes did not reach the file.
  private var failure: Failure?
  private let services: WorkerServices

  init(_ number: UInt64, _ columns: Schema, _ services: WorkerServices) {
    self.number = number
    self.services = services
    self.columns = columns
    schema = ExportedSchema(columns)
    output.initialize(
      to: headrace_output(
        struct_size: UInt32(MemoryLayout<headrace_output>.size), reserved: 0, ctx: nil,
        write: { context, bytes, error in
          guard let context else { return HEADRACE_FATAL }
          return Unmanaged<WorkerFile>.fromOpaque(context).takeUnretainedValue().write(bytes, error)
        }))
    output.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  private func write(_ bytes: headrace_bytes, _ error: UnsafeMutablePointer<headrace_error>?) -> headrace_status {
    do throws(Failure) {
      try services.output(number, try bytes.written())
      return HEADRACE_OK
    } catch let failure {
      self.failure = failure
      fill(error, failure)
      return (failure.status ?? .fatal).rawValue
    }
  }

  /// Throws what was told to the plugin, which may have made nothing of it.
  func checkOutput() throws(Failure) { if let failure { throw failure } }

  deinit { output.deallocate() }
}
