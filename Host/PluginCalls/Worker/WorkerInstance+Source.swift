import CArrow
import CHeadrace
import HostModel

/// A source's functions.
extension WorkerInstance {
  func discover(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.source), try instance())
    let patterns = try arguments.list { (reader) throws(Failure) in try reader.text() }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let names = loan.array(patterns.map { loan.text($0) })
    var list = headrace_stream_list()
    list.struct_size = UInt32(MemoryLayout<headrace_stream_list>.size)
    let outcome = self.call { table.discover(handle, call, names, UInt64(patterns.count), &list, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { list.release?(&list) }
    var streams: [DiscoveredStream] = []
    for item in try elements(list.items, list.n_items, "streams") { streams.append(try item.discovered()) }
    result.put(list: streams) { $0.put($1) }
    return outcome
  }

  func splits(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.source), try instance())
    forgetSplits()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var request = headrace_split_request()
    request.struct_size = UInt32(MemoryLayout<headrace_split_request>.size)
    request.read = try arguments.number()
    request.stream = loan.text(try arguments.text())
    let known = try arguments.list { (reader) throws(Failure) in try reader.position() }
    request.known = loan.pointers(known.map { $0.lent(by: loan) })
    request.n_known = UInt64(known.count)
    request.split_bytes = try arguments.number()
    request.cursor = loan.text(try arguments.text())
    var list = headrace_split_list()
    list.struct_size = UInt32(MemoryLayout<headrace_split_list>.size)
    let outcome = self.call { table.splits(handle, call, &request, &list, $0) }
    guard outcome.status == .ok else { return outcome }
    splits = list
    result.put(list: try list.splitList()) { $0.put($1) }
    return outcome
  }

  func forgetSplits() {
    guard var list = splits else { return }
    splits = nil
    list.release?(&list)
  }

  func openReader(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.source), try instance())
    closeReader()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var request = try OpenedSplit(&arguments).lent(by: loan)
    var schema = ArrowSchema()
    var opened: OpaquePointer?
    let outcome = self.call { table.open(handle, call, &request, &schema, &opened, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { if schema.release != nil { schema.release(&schema) } }
    guard opened != nil else { throw Failure(.run, "it opened no reader", status: .fatal) }
    reader = opened
    readerColumns = try Schema(importing: schema)
    result.put(readerColumns)
    return outcome
  }

  func read(_ call: Call, _ result: inout WireWriter) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.source), try instance())
    var batch = headrace_batch.empty
    let outcome = self.call { table.read(handle, call, reader, &batch, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { batch.releaseDescription() }
    let rows = try RecordBatch(validating: batch.takeArray(), schema: readerColumns)
    result.put(list: try batch.rejectList(inputRows: nil)) { $0.put($1) }
    result.put(batch.ordinal)
    guard batch.position.length <= 16 << 10 else {
      throw malformedResult("a position of \(batch.position.length) bytes; 16 KiB is the most")
    }
    result.put([UInt8](batch.position))
    result.put(batch.source_bytes)
    // Last: what is sent is given back by the host only if it arrives there.
    try exchange.put(rows, &result)
    return outcome
  }

  func acknowledge(_ call: Call, _ arguments: inout WireReader) throws(Failure) -> WorkerOutcome {
    guard let function = try table(plugin.tables.source).ack else { return WorkerOutcome(.ok) }
    let handle = try instance()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    var position = try arguments.position().lent(by: loan)
    return self.call { function(handle, call, &position, $0) }
  }

  func closeReader() {
    if let reader, let handle, let table = plugin.tables.source { table.close(handle, reader) }
    reader = nil
  }
}
