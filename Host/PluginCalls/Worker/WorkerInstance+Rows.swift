import CArrow
import CHeadrace
import HostModel

/// The functions of transforms and detectors.
extension WorkerInstance {
  func bind(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let handle = try instance()
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let stream = loan.text(try arguments.text())
    inputColumns = try arguments.schema()
    let lent = ExportedSchema(inputColumns)
    defer { withExtendedLifetime(lent) {} }
    if kind == "detector" {
      let table = try table(plugin.tables.detector)
      return self.call { table.bind(handle, call, stream, lent.pointer, $0) }
    }
    let table = try table(plugin.tables.transform)
    var output = ArrowSchema()
    let outcome = self.call { table.bind(handle, call, stream, lent.pointer, &output, $0) }
    guard outcome.status == .ok else { return outcome }
    defer { if output.release != nil { output.release(&output) } }
    outputColumns = try Schema(importing: output)
    result.put(outputColumns)
    return outcome
  }

  func apply(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.transform), try instance())
    let batch = try exchange.take(&arguments, inputColumns)
    let rows = batch.rowCount
    var input = batch.take()
    var out = headrace_batch.empty
    let outcome = self.call { table.apply(handle, call, &input, &out, $0) }
    if input.release != nil { input.release(&input) }
    guard outcome.status == .ok else { return outcome }
    defer { out.releaseDescription() }
    let transformed = try RecordBatch(validating: out.takeArray(), schema: outputColumns)
    result.put(list: try out.rejectList(inputRows: rows)) { $0.put($1) }
    try exchange.put(transformed, &result)
    return outcome
  }

  func inspect(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (table, handle) = (try table(plugin.tables.detector), try instance())
    let batch = try exchange.take(&arguments, inputColumns)
    var list = headrace_finding_list.empty
    let outcome = batch.withArray { array in self.call { table.inspect(handle, call, array, &list, $0) } }
    guard outcome.status == .ok else { return outcome }
    result.put(list: try list.take(rows: batch.rowCount)) { $0.put($1) }
    memory(call).put(&result)
    return outcome
  }

  func finishRun(
    _ call: Call, _ arguments: inout WireReader, _ result: inout WireWriter
  ) throws(Failure) -> WorkerOutcome {
    let (function, handle) = (try table(try table(plugin.tables.detector).finish), try instance())
    var summary = headrace_run_summary(
      struct_size: UInt32(MemoryLayout<headrace_run_summary>.size), reserved: 0, rows: try arguments.number(),
      wall_time_us: try arguments.number())
    var list = headrace_finding_list.empty
    let outcome = self.call { function(handle, call, &summary, &list, $0) }
    guard outcome.status == .ok else { return outcome }
    result.put(list: try list.take(rows: 0)) { $0.put($1) }
    memory(call).put(&result)
    return outcome
  }

  /// What a detector knows now goes with what it has found, so that its host has both or neither.
  private func memory(_ call: Call) -> RemoteMemory {
    guard let detector = plugin.tables.detector, detector.save != nil, detector.restore != nil else {
      return .untold("")
    }
    do throws(Failure) {
      let (outcome, state) = try state(call)
      return outcome.status == .ok ? .saved(state) : .untold("\(outcome.status.name): \(outcome.message)")
    } catch { return .untold(error.message) }
  }

  func save(_ call: Call, _ result: inout WireWriter) throws(Failure) -> WorkerOutcome {
    let (outcome, state) = try state(call)
    if outcome.status == .ok { result.put(state) }
    return outcome
  }

  private func state(_ call: Call) throws(Failure) -> (WorkerOutcome, [UInt8]) {
    let (function, handle) = (try table(try table(plugin.tables.detector).save), try instance())
    var buffer = headrace_buffer.empty
    let outcome = self.call { function(handle, call, &buffer, $0) }
    return (outcome, outcome.status == .ok ? try buffer.take(atMost: headrace_detector.stateBytes) : [])
  }

  func restore(_ call: Call, _ arguments: inout WireReader) throws(Failure) -> WorkerOutcome {
    let (function, handle) = (try table(try table(plugin.tables.detector).restore), try instance())
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let state = loan.bytes(try arguments.data())
    return self.call { function(handle, call, state, $0) }
  }
}
