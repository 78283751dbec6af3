import CArrow
import CHeadrace
import HostModel

/// A query plugin's functions.
extension WorkerInstance {
  func tables(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.query), try instance())
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let sql = loan.text(try arguments.text())
    var buffer = headrace_buffer.empty
    let outcome = self.call { table.tables(handle, call, sql, &buffer, $0) }
    guard outcome.status == .ok else { return outcome }
    result.put(try buffer.take())
    return outcome
  }

  func run(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.query), try instance())
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let sql = loan.text(try arguments.text())
    let tables = try arguments.list { (reader) throws(Failure) in try reader.table() }
    defer { withExtendedLifetime(tables) {} }
    let lent = loan.pointers(tables.map { $0.lent(by: loan) })
    var schema = ArrowSchema()
    let outcome = self.call { table.run(handle, call, sql, lent, UInt64(tables.count), &schema, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { if schema.release != nil { schema.release(&schema) } }
    outputColumns = try Schema(importing: schema)
    result.put(outputColumns)
    return outcome
  }

  func next(_ call: Call, _ result: inout WireWriter) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.query), try instance())
    var batch = headrace_batch.empty
    let outcome = self.call { table.next(handle, call, &batch, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { batch.releaseDescription() }
    try exchange.put(try RecordBatch(validating: batch.takeArray(), schema: outputColumns), &result)
    return outcome
  }
}
