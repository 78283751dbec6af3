import CArrow
import CHeadrace

/// Drives the kind `query` through the C ABI. It also serves as a source of batches of every type: DuckDB reads what
/// pyarrow wrote.
final class QueryDriver {
  private let query: headrace_query
  private let instance: PluginInstance

  init() throws {
    query = try PluginUnderTest("sql").kind(HEADRACE_QUERY, as: headrace_query.self)
    instance = try PluginInstance(query.factory.pointee, config: "{}")
  }

  func tables(_ sql: String) throws -> [String] {
    var buffer = headrace_buffer()
    buffer.struct_size = UInt32(MemoryLayout<headrace_buffer>.size)
    try SourceDriver.call(Int64.max) { call, error in
      sql.withC { query.tables(instance.handle, call, $0, &buffer, error) }
    }
    defer { buffer.release(&buffer) }
    return String(decoding: buffer.bytes.array, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Runs a statement in which `bronze.t` is a table of these files, and fetches all of it.
  func run(_ sql: String, schema: FieldIDs? = nil, files: [String] = []) throws -> Batches {
    let batches = Batches()
    try withTable(schema?.schema, files) { table, count in
      _ = try SourceDriver.call(Int64.max) { call, error in
        sql.withC { query.run(instance.handle, call, $0, table, count, &batches.schema, error) }
      }
    }
    withExtendedLifetime(schema) {}
    while true {
      var batch = headrace_batch()
      batch.struct_size = UInt32(MemoryLayout<headrace_batch>.size)
      if try SourceDriver.call(Int64.max, { query.next(instance.handle, $0, &batch, $1) }) { return batches }
      batch.release?(&batch)
      batches.arrays.append(batch.array)
    }
  }

  private typealias Tables = UnsafePointer<UnsafePointer<headrace_query_table>?>

  private func withTable(
    _ schema: ArrowSchema?, _ files: [String], _ body: (Tables?, UInt64) throws -> Void
  ) throws {
    guard var schema else { return try body(nil, 0) }
    let paths = files.joined()
    try paths.withC { all in
      var start = 0
      let strings = files.map { file -> headrace_string in
        defer { start += file.utf8.count }
        return headrace_string(data: all.data + start, length: UInt64(file.utf8.count))
      }
      try "bronze".withC { nameSpace in
        try "t".withC { name in
          try strings.withUnsafeBufferPointer { files in
            try withUnsafePointer(to: &schema) { schema in
              var table = headrace_query_table()
              table.struct_size = UInt32(MemoryLayout<headrace_query_table>.size)
              (table.name_space, table.name, table.schema) = (nameSpace, name, schema)
              (table.files, table.n_files) = (files.baseAddress, UInt64(files.count))
              try withUnsafePointer(to: &table) { try body([$0], 1) }
            }
          }
        }
      }
    }
  }
}
