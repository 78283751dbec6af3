import CArrow
import CHeadrace
import HostGate
package import HostModel
import HostPolicy

/// A transform, bound to the columns of one stream.
package final class TransformInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_transform
  package private(set) var output = Schema([])

  package init(
    _ plugin: LoadedPlugin, config: String, stream: String, input: ExportedSchema, context: InstanceContext,
    host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.transform else { throw plugin.isNo("transform") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "transform", config: config, context: context,
      services: host.services(for: plugin, context, config: config), watchdog: host.watchdog)
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let name = loan.text(stream)
    var schema = ArrowSchema()
    _ = try perform(.bind, administrative) { _, call, error in
      table.bind(handle, call, name, input.pointer, &schema, error)
    }
    defer { if schema.release != nil { schema.release(&schema) } }
    output = try trusting(.bind) { () throws(Failure) in try Schema(importing: schema) }
  }

  package var allowsPassThrough: Bool { table.flags & UInt32(HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED) != 0 }

  /// Transforms a batch.
  ///
  /// - Returns: the result, or the batch untouched together with the failure.
  package func apply(_ batch: consuming RecordBatch) -> Application {
    let schema = batch.schema
    let inputRows = batch.rowCount
    let given = batch.take()
    var input = given
    var out = headrace_batch.empty
    do throws(Failure) {
      _ = try perform(.apply, repeatable) { _, call, error in
        // As it was, whatever an earlier attempt has made of it.
        input = given
        return table.apply(handle, call, &input, &out, error)
      } judge: { outcome in
        outcome.status == .ok || input.release != nil ? outcome : Self.tookItsInput(outcome)
      }
      // By Arrow's convention what was moved has no release any more: the plugin did not take it.
      if input.release != nil { input.release(&input) }
      input.release = nil
      defer { out.releaseDescription() }
      return .transformed(
        try trusting(.apply) { () throws(Failure) -> TransformedBatch in
          let rows = try RecordBatch(validating: out.takeArray(), schema: output)
          return TransformedBatch(rows: rows, rejects: try out.rejectList(inputRows: inputRows))
        })
    } catch {
      // What was taken may be freed by now, so that nobody looks at it again.
      return .failed(input.release == nil ? nil : RecordBatch(adopting: given, schema: schema), error)
    }
  }

  /// The rows of a call that failed are the host's, which would halve the batch or try again with what may be freed. Whoever has
  /// taken them breaks the ABI, and is not called again.
  private static func tookItsInput(_ outcome: CallOutcome) -> CallOutcome {
    let reason = outcome.error.map { ": \($0.message)" } ?? ""
    return CallOutcome(
      .fatal,
      CallError("it took its input and returned \(outcome.status.name), with which the input stays the host's\(reason)")
    )
  }

  package enum Application: ~Copyable {
    case transformed(TransformedBatch)
    /// The batch is nil where the plugin has taken it.
    case failed(RecordBatch?, Failure)
  }
}
