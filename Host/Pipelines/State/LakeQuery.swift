package import HostFormats
import HostGate
package import HostLake
package import HostModel
import HostPluginCalls
import HostPolicy

/// A row of an answer.
package struct AnswerRow: Sendable {
  /// The values for people; nil is null.
  package var texts: [String?]
  package var values: [JSONValue]

  package func json(_ schema: Schema) -> JSONValue {
    .object(JSONObject(zip(schema.fields, values).map { ($0.name, $1) }))
  }
}

/// Tables of the lake by the names that users type.
package struct LakeTables {
  private let lake: Lake

  package init(_ lake: Lake) { self.lake = lake }

  package func named(_ text: String) throws(Failure) -> LakeTable {
    if let name = TableName(text), let table = try lake.load(name) { return table }
    let known = try lake.tables().map(\.description).sorted()
    let suggestion = EditDistance.suggestion(for: text, among: known)
    throw Failure(
      .invalidInput, "there is no table '\(text)' in the lake",
      advice: suggestion ?? (known.isEmpty ? "it is empty: run a pipeline first" : "see 'headrace lake tables'"),
      status: .notFound)
  }
}

/// Answers SQL over the lake with the plugin that can.
package struct LakeQuery {
  private let host: PipelineHost
  private static let plugin = "sql"
  /// Rows are told one by one: an answer is not held in memory.
  package typealias Receiver = (Schema, AnswerRow) -> Void

  package init(_ host: PipelineHost) { self.host = host }

  package func run(_ sql: String, each receive: Receiver) throws(Failure) -> Schema {
    let place = SourcePlace(file: "lake sql", line: 0, column: 0)
    let installed = try host.registry.installed(Self.plugin, at: place)
    let plugin = try host.registry.load(installed)
    let origin = CallOrigin(tenant: host.tenant, sourceID: SourceID(derivedFrom: "lake"), pipeline: "lake")
    let context = InstanceContext(
      dependency: host.gate.dependency(DependencyKey(plugin: Self.plugin), host.platformPolicy.gate), origin: origin,
      pipeline: host.gate.pipeline(origin), operation: .dbQuery,
      behaviour: StageBehaviour(.transformations, .predefinedSQL),
      tuning: CallTuning(retry: OperationClass.dbQuery.retry, timeout: .seconds(3600)), cancellation: Cancellation())
    let instance = try QueryInstance(plugin, config: "{}", context: context, host: host.services)
    let tables = try tables(of: sql, instance)
    return try instance.run(sql, tables: tables) { batch in Self.deliver(batch, receive) }
  }

  private func tables(of sql: String, _ instance: QueryInstance) throws(Failure) -> [QueryTable] {
    let known = LakeTables(host.lake)
    var tables: [QueryTable] = []
    for name in try instance.tables(of: sql) {
      let table = try known.named(name)
      let plan = try host.lake.plan(table)
      guard plan.deleteFiles.isEmpty else {
        throw Failure(
          .run, "\(name): has delete files of another writer, which 'lake sql' does not read yet",
          advice: "read it with DuckDB or pyiceberg", status: .unsupported)
      }
      let files = plan.dataFiles.map { Self.path(of: $0.file.path) }
      tables.append(
        QueryTable(name: table.name, schema: ExportedSchema(table.metadata.schema.batchSchema), files: files))
    }
    return tables
  }

  private static func path(of location: String) -> String {
    location.hasPrefix("file://") ? String(location.dropFirst("file://".count)) : location
  }

  private static func deliver(_ batch: borrowing RecordBatch, _ receive: Receiver) {
    let schema = batch.schema
    let rows = batch.rowCount
    batch.withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      for row in 0..<rows {
        receive(schema, AnswerRow(texts: cells.map { $0.text(row) }, values: cells.map { $0.json(row) }))
      }
    }
  }
}
