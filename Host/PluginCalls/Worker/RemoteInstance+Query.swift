import CArrow
import CHeadrace
import HostModel

/// The functions of a query plugin.
extension RemoteInstance {
  func tables(
    _ call: Call, _ sql: headrace_string, _ out: UnsafeMutablePointer<headrace_buffer>?, _ error: Problem
  ) -> headrace_status {
    conclude(perform(.tables, call, error) { $0.put(String(sql)) }, error) { (reader) throws(Failure) in
      try reader.data()
    } handOver: { names in
      if let out { Lent.fill(out, names) }
    }
  }

  func run(
    _ call: Call, _ sql: headrace_string, _ tables: UnsafePointer<UnsafePointer<headrace_query_table>?>?,
    _ count: UInt64, _ schema: UnsafeMutablePointer<ArrowSchema>?, _ error: Problem
  ) -> headrace_status {
    statement = nil
    let answer = perform(.run, call, error) { (writer) throws(Failure) in
      writer.put(String(sql))
      writer.put(UInt32(clamping: count))
      for table in try elements(tables, count, "tables") { try writer.put(table) }
    }
    return conclude(answer, error) { (reader) throws(Failure) in
      try reader.schema()
    } handOver: { columns in
      statement = (columns, generation)
      schema?.pointee = Lent.schema(columns)
    }
  }

  func next(_ call: Call, _ out: UnsafeMutablePointer<headrace_batch>?, _ error: Problem) -> headrace_status {
    guard let statement, worker != nil, statement.generation == generation else { return gone("the answer", error) }
    return conclude(perform(.next, call, error), error) { (wire) throws(Failure) in
      BatchBox(try take(&wire, statement.columns))
    } handOver: { rows in
      if let out { Lent.fill(out, rows.take(), [], position: []) }
    }
  }
}

extension WireWriter {
  fileprivate mutating func put(_ table: headrace_query_table) throws(Failure) {
    guard let schema = table.schema, table.n_files == 0 || table.files != nil else {
      throw Failure(.run, "a table without columns or files", status: .fatal)
    }
    put(String(table.name_space))
    put(String(table.name))
    put(try Schema(importing: schema.pointee))
    put(UInt32(clamping: table.n_files))
    for index in 0..<Int(table.n_files) { if let files = table.files { put(String(files[index])) } }
  }
}

extension WireReader {
  mutating func table() throws(Failure) -> QueryTable {
    let name = TableName(namespace: try text(), name: try text())
    return QueryTable(
      name: name, schema: ExportedSchema(try schema()),
      files: try list { (reader) throws(Failure) in try reader.text() })
  }
}
