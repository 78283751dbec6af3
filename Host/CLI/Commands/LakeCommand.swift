import ArgumentParser
import HostFormats
import HostLake
import HostModel
import HostPipelines

struct LakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lake", abstract: "Looks into the lake: tables, snapshots, files, and SQL.",
    subcommands: [Tables.self, Snapshots.self, Files.self, SQL.self])

  struct Tables: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tables.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let lake = try Composition(global).openLake().lake
      var table = TextTable(
        ["table", "rows", "files", "snapshots", "location"], alignsRight: [false, true, true, true])
      var rows: [JSONValue] = []
      for name in try lake.tables().sorted() {
        guard let found = try lake.load(name) else { continue }
        let summary = found.metadata.currentSnapshot?.summary ?? [:]
        let cells = [
          name.description, summary["total-records"] ?? "0", summary["total-data-files"] ?? "0",
          String(found.metadata.snapshots.count), found.metadata.location,
        ]
        table.add(cells)
        rows.append(
          .object([
            "table": .string(cells[0]), "rows": .string(cells[1]), "files": .string(cells[2]),
            "snapshots": .integer(Int64(found.metadata.snapshots.count)), "location": .string(cells[4]),
          ]))
      }
      global.isJSON
        ? Terminal.json(.object(["schema_version": 1, "tables": .array(rows)])) : Terminal.write(table.text)
    }
  }

  struct Snapshots: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the snapshots of a table, oldest first.")
    @Argument(help: "The table, such as bronze.orders.")
    var table: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let found = try LakeTables(Composition(global).openLake().lake).named(table)
      var text = TextTable(
        ["snapshot", "time", "operation", "rows", "added", "refs"], alignsRight: [true, false, false, true, true])
      var rows: [JSONValue] = []
      for snapshot in found.metadata.snapshots {
        let refs = found.metadata.references.filter { $0.value.snapshotID == snapshot.id }.map(\.key).sorted()
        let time = TimeText.timestamp(microseconds: snapshot.timestampMS * 1000, zoned: true)
        text.add([
          String(snapshot.id), time, snapshot.operation, snapshot.summary["total-records"] ?? "",
          snapshot.summary["added-records"] ?? "0", refs.joined(separator: ", "),
        ])
        let summary = snapshot.summary.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        rows.append(
          .object([
            "snapshot_id": .string(String(snapshot.id)), "time": .string(time),
            "operation": .string(snapshot.operation), "refs": .array(refs.map { .string($0) }),
            "summary": .object(JSONObject(summary)),
          ]))
      }
      global.isJSON
        ? Terminal.json(.object(["schema_version": 1, "snapshots": .array(rows)])) : Terminal.write(text.text)
    }
  }

  struct Files: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the data files of a table's newest snapshot.")
    @Argument(help: "The table, such as bronze.orders.")
    var table: String
    @Option(help: "Another snapshot.")
    var snapshot: Int64?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let lake = try Composition(global).openLake().lake
      let found = try LakeTables(lake).named(table)
      let plan = try lake.plan(found, snapshotID: snapshot)
      var text = TextTable(["rows", "bytes", "file"], alignsRight: [true, true])
      for file in plan.dataFiles {
        text.add([String(file.file.recordCount), String(file.file.sizeInBytes), String(file.file.path.suffix(58))])
      }
      let rows = plan.dataFiles.map { file -> JSONValue in
        .object([
          "path": .string(file.file.path), "rows": .string(String(file.file.recordCount)),
          "bytes": .string(String(file.file.sizeInBytes)),
        ])
      }
      global.isJSON ? Terminal.json(.object(["schema_version": 1, "files": .array(rows)])) : Terminal.write(text.text)
    }
  }

  struct SQL: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sql", abstract: "Answers a SELECT over the lake's tables, named as namespace.table.")
    @Argument(help: "The statement.")
    var statement: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let host = try Composition(global).pipelineHost()
      if global.isJSON {
        _ = try LakeQuery(host).run(statement) { (schema, row) in Terminal.json(row.json(schema)) }
        return
      }
      var table: TextTable?
      let schema = try LakeQuery(host).run(statement) { (schema, row) in
        if table == nil { table = schema.table }
        table?.add(row.texts.map { $0 ?? "NULL" })
      }
      Terminal.write((table ?? schema.table).text)
    }
  }
}
