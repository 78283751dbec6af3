import CHeadrace
import HostGate
package import HostModel

/// A detector, bound to the columns of one stream.
package final class DetectorInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_detector

  package init(
    _ plugin: LoadedPlugin, config: String, stream: String, schema: ExportedSchema, context: InstanceContext,
    host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.detector else { throw plugin.isNo("detector") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "detector", config: config, context: context,
      services: host.services(for: plugin, context, config: config), watchdog: host.watchdog)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let name = loan.text(stream)
    _ = try perform(.bind, administrative) { _, call, error in table.bind(handle, call, name, schema.pointer, error) }
  }

  /// A call that failed may have taught the instance something, and is not repeated. Only in a worker it is: the instance is
  /// replaced by one that knows what was known before.
  private var isReplaceable: Bool { plugin.isWorker && table.save != nil && table.restore != nil }
  private var learning: CallSite { isReplaceable ? repeatable : unrepeatable }

  package func inspect(_ batch: borrowing RecordBatch) throws(Failure) -> [Finding] {
    var list = headrace_finding_list.empty
    try batch.withArray { (array) throws(Failure) in
      _ = try perform(.inspect, learning) { _, call, error in table.inspect(handle, call, array, &list, error) }
    }
    let rows = batch.rowCount
    return try trusting(.inspect) { () throws(Failure) in try list.take(rows: rows) }
  }

  /// The stream has been read to its end.
  package func finish(rows: Int, at now: WallTime) throws(Failure) -> [Finding] {
    guard let function = table.finish else { return [] }
    var summary = headrace_run_summary(
      struct_size: UInt32(MemoryLayout<headrace_run_summary>.size), reserved: 0, rows: UInt64(rows),
      wall_time_us: now.microseconds)
    var list = headrace_finding_list.empty
    _ = try perform(.finish, learning) { _, call, error in function(handle, call, &summary, &list, error) }
    return try trusting(.finish) { () throws(Failure) in try list.take(rows: 0) }
  }

  /// What was learnt; nil for a detector that learns nothing.
  package func save() throws(Failure) -> [UInt8]? {
    guard let function = table.save else { return nil }
    var buffer = headrace_buffer.empty
    _ = try perform(.save, administrative) { _, call, error in function(handle, call, &buffer, error) }
    return try trusting(.save) { () throws(Failure) in try buffer.take(atMost: headrace_detector.stateBytes) }
  }

  package func restore(_ state: [UInt8]) throws(Failure) {
    guard let function = table.restore else { return }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let bytes = loan.bytes(state)
    let site = isReplaceable ? administrative : context.site(context.behaviour.administration, isIdempotent: false)
    _ = try perform(.restore, site) { _, call, error in function(handle, call, bytes, error) }
  }
}
