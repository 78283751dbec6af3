import CArrow
import CHeadrace
package import HostModel

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
    var input = batch.take()
    var out = headrace_batch.empty
    do throws(Failure) {
      _ = try perform(.apply, repeatable) { _, call, error in table.apply(handle, call, &input, &out, error) }
      // By Arrow's convention what was moved has no release any more: the plugin did not take it.
      if input.release != nil { input.release(&input) }
      defer { out.releaseDescription() }
      return .transformed(
        try trusting(.apply) { () throws(Failure) -> TransformedBatch in
          let rows = try RecordBatch(validating: out.takeArray(), schema: output)
          return TransformedBatch(rows: rows, rejects: try out.rejectList(inputRows: inputRows))
        })
    } catch {
      return .failed(RecordBatch(adopting: input, schema: schema), error)
    }
  }

  package enum Application: ~Copyable {
    case transformed(TransformedBatch)
    case failed(RecordBatch, Failure)
  }
}
