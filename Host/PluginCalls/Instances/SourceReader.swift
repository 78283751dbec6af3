import CArrow
import CHeadrace
package import HostModel

/// A split being read. A failed read is repeated from the last position, by the same rules as every other call.
package final class SourceReader {
  private let source: SourceInstance
  private let table: headrace_source
  private var request: SplitRequest
  private var reader: OpaquePointer?
  package private(set) var schema = Schema([])

  init(_ source: SourceInstance, _ table: headrace_source, _ request: SplitRequest) {
    self.source = source
    self.table = table
    self.request = request
  }

  func open() throws(Failure) {
    var opened = ArrowSchema()
    _ = try source.perform(.open, source.repeatable) { _, call, error in open(call, &opened, error) }
    defer { if opened.release != nil { opened.release(&opened) } }
    guard reader != nil else {
      throw Failure(.run, "plugin '\(source.plugin.description.name)' opened no reader", status: .fatal)
    }
    schema = try source.trusting(.open) { () throws(Failure) in try Schema(importing: opened) }
  }

  private func open(
    _ call: UnsafePointer<headrace_call>, _ schema: UnsafeMutablePointer<ArrowSchema>,
    _ error: UnsafeMutablePointer<headrace_error>
  ) -> headrace_status {
    close()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var lent = headrace_open_request()
    lent.struct_size = UInt32(MemoryLayout<headrace_open_request>.size)
    lent.read = request.read.rawValue
    lent.stream = loan.text(request.stream)
    lent.split = loan.text(request.split.id)
    lent.identity = loan.text(request.split.identity)
    lent.token = loan.bytes(request.split.token)
    lent.position = loan.bytes(request.position?.position ?? [])
    lent.ordinal = request.position?.ordinal ?? 0
    lent.batch_bytes = UInt64(request.batchBytes)
    lent.batch_rows = UInt64(request.batchRows)
    return table.open(source.handle, call, &lent, schema, &reader, error)
  }

  /// The next batch; nil at the end of the split.
  package func read() throws(Failure) -> SourceBatch? {
    var batch = headrace_batch.empty
    var change: Failure?
    let status: Status
    do throws(Failure) {
      status = try source.perform(.read, source.repeatable) { attempt, call, error in
        if attempt.number > 1 || reader == nil {
          // What the last attempt left is only good for being closed.
          let code = reopen(call, error, &change)
          guard code == HEADRACE_OK else { return code }
        }
        return table.read(source.handle, call, reader, &batch, error)
      }
    } catch {
      close()
      throw change ?? error
    }
    if status == .endOfStream { return nil }
    defer { batch.releaseDescription() }
    return try source.trusting(.read) { () throws(Failure) -> SourceBatch in
      let rows = try RecordBatch(validating: batch.takeArray(), schema: schema)
      let rejects = try batch.rejectList(inputRows: nil)
      try batch.checkPosition(after: request.position?.ordinal ?? 0)
      let position = [UInt8](batch.position)
      request.position = SplitPosition(
        split: request.split.id, identity: request.split.identity, position: position, ordinal: batch.ordinal,
        isComplete: false)
      return SourceBatch(
        rows: rows, rejects: rejects, ordinal: batch.ordinal, position: position, sourceBytes: batch.source_bytes)
    }
  }

  /// Opens again where the last batch ended. The rows behind it are promised to be of the same columns.
  private func reopen(
    _ call: UnsafePointer<headrace_call>, _ error: UnsafeMutablePointer<headrace_error>, _ change: inout Failure?
  ) -> headrace_status {
    var reopened = ArrowSchema()
    let code = open(call, &reopened, error)
    defer { if reopened.release != nil { reopened.release(&reopened) } }
    guard code == HEADRACE_OK else { return code }
    do throws(Failure) {
      guard reader != nil, try Schema(importing: reopened) == schema else {
        throw Failure(.run, "the columns of '\(request.stream)' changed while it was read", status: .conflict)
      }
      return HEADRACE_OK
    } catch let failure {
      change = failure
      return HEADRACE_CONFLICT
    }
  }

  private func close() {
    if let reader, source.mayBeFreed { table.close(source.handle, reader) }
    reader = nil
  }

  deinit { close() }
}
