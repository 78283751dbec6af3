import CArrow
import CHeadrace
package import HostModel

/// Answers SQL over the files of a snapshot.
package final class QueryInstance: PluginInstance, @unchecked Sendable {
  private let table: headrace_query

  package init(
    _ plugin: LoadedPlugin, config: String, context: InstanceContext, host: PluginServices
  ) throws(Failure) {
    guard let table = plugin.tables.query else { throw plugin.isNo("query") }
    self.table = table
    try super.init(
      plugin, table.factory, kind: "query", config: config, context: context,
      services: host.services(for: plugin, context, config: config), watchdog: host.watchdog)
  }

  /// The tables that a statement reads.
  package func tables(of sql: String) throws(Failure) -> [String] {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let text = loan.text(sql)
    var buffer = headrace_buffer.empty
    _ = try perform(.tables, repeatable) { _, call, error in table.tables(handle, call, text, &buffer, error) }
    let lines = try trusting(.tables) { () throws(Failure) in try buffer.take() }
    return String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Runs a statement and hands over its batches, one after another.
  package func run(
    _ sql: String, tables: [QueryTable], each: (borrowing RecordBatch) throws(Failure) -> Void
  ) throws(Failure) -> Schema {
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let text = loan.text(sql)
    let lent = loan.pointers(tables.map { $0.lent(by: loan) })
    var imported = ArrowSchema()
    _ = try perform(.run, repeatable) { _, call, error in
      table.run(handle, call, text, lent, UInt64(tables.count), &imported, error)
    }
    defer { if imported.release != nil { imported.release(&imported) } }
    let schema = try trusting(.run) { () throws(Failure) in try Schema(importing: imported) }
    while true {
      var batch = headrace_batch.empty
      let status = try perform(.next, unrepeatable) { _, call, error in table.next(handle, call, &batch, error) }
      if status == .endOfStream { return schema }
      defer { batch.releaseDescription() }
      let rows = try trusting(.next) { () throws(Failure) -> RecordBatch in
        try RecordBatch(validating: batch.takeArray(), schema: schema)
      }
      try each(rows)
    }
  }
}

extension QueryTable {
  /// Its columns live as long as the table, the rest as long as the loan.
  func lent(by loan: Loan) -> headrace_query_table {
    headrace_query_table(
      struct_size: UInt32(MemoryLayout<headrace_query_table>.size), reserved: 0, name_space: loan.text(name.namespace),
      name: loan.text(name.name), schema: schema.pointer, files: loan.array(files.map { loan.text($0) }),
      n_files: UInt64(files.count))
  }
}
