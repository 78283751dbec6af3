import HostModel
@testable import HostPluginCalls
import Testing

/// SQL in a worker: the answers of the same library in the host's own process, and a clear end if the worker dies.
@Suite struct QueryWorkerTests {
  private static let library = Built.folder + "/libheadrace-sql.so"

  private func instances() throws -> (here: QueryInstance, there: QueryInstance, host: RealHost) {
    let host = RealHost(try TestFolder())
    let here = try LoadedPlugin(path: Self.library)
    func instance(_ plugin: LoadedPlugin) throws -> QueryInstance {
      try QueryInstance(plugin, config: "{}", context: host.context(), host: host.services)
    }
    return (try instance(here), try instance(LoadedPlugin(Self.library, inWorkersLike: here)), host)
  }

  /// What a statement answers: columns, the values of the first one, and the number of batches.
  private func answer(
    _ instance: QueryInstance, _ sql: String
  ) throws -> (schema: Schema, values: [Int64], batches: Int) {
    var (values, batches): ([Int64], Int) = ([], 0)
    let schema = try instance.run(sql, tables: []) { batch in
      values += batch.int64Values(0)
      batches += 1
    }
    return (schema, values, batches)
  }

  @Test func aStatementHasTheSameAnswerInAWorker() throws {
    let (here, there, _) = try instances()
    let sql = "SELECT range * 7 % 100003 AS n, 'row ' || range AS text FROM range(300000)"
    let (inside, worker) = (try answer(here, sql), try answer(there, sql))
    #expect(inside == worker && inside.values.count == 300_000 && inside.batches > 1)
    let named = "SELECT * FROM bronze.a JOIN silver.b USING (id)"
    #expect(try here.tables(of: named) == there.tables(of: named))
    #expect(try there.tables(of: named).sorted() == ["bronze.a", "silver.b"])
  }

  @Test func aMistakeIsToldInTheSameWords() throws {
    let (here, there, _) = try instances()
    for sql in ["SELEC 1", "SELECT nothing", "SELECT 1; SELECT 2", "DROP TABLE a", "SELECT * FROM a.b"] {
      let (inside, worker) = (failure { _ = try answer(here, sql) }, failure { _ = try answer(there, sql) })
      #expect(inside?.message == worker?.message && inside?.status == worker?.status && worker != nil, "\(sql)")
    }
  }

  /// Rows were handed over already: the statement is not repeated behind the back of who has them.
  @Test func anAnswerEndsWithItsWorkerAndTheNextStatementHasAnother() throws {
    let (_, there, _) = try instances()
    var seen = 0
    let told = failure {
      _ = try there.run("SELECT range AS n FROM range(1000000)", tables: []) { (batch) throws(Failure) in
        seen += batch.rowCount
        do { try there.endWorker() } catch { throw Failure(.run, "\(error)", status: .fatal) }
      }
    }
    #expect(told?.status == .crashed && told?.message.contains("next") == true, "\(told as Any)")
    #expect(seen > 0 && seen < 1_000_000)
    #expect(try answer(there, "SELECT 42::BIGINT AS n").values == [42])
  }
}
