import Foundation
import HostFormats
import HostGate
import HostLake
import HostModel
import HostObjects
import HostSystem
import Synchronization
import TestSupport

/// A lake in a folder of its own, which is gone with the fixture.
final class LakeFixture: Sendable {
  let folder: String
  let store: TracingStore
  let catalogPath: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("lake-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    catalogPath = folder + "/catalog.db"
    store = TracingStore(try DirectoryStore(root: folder + "/lake", files: SystemFiles()))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A lake as another process would open it: with its own catalog connection and without our cache.
  func open() throws -> Lake {
    Lake(catalog: try openCatalog(), store: store, clock: SystemClock()) {
      UInt64.random(in: 0 ... .max)
    }
  }

  /// The catalog as another process would open it, behind a gate of its own.
  func openCatalog(events: @escaping @Sendable (GateEvent) -> Void = { _ in }) throws(Failure) -> SQLCatalog {
    let clock = SystemClock()
    let gate = Gate(clock: clock, waiter: ThreadWaiter(clock: clock), seed: 1, sink: events)
    return try SQLCatalog(path: catalogPath, calls: ServerCalls(gate, .catalog("test"), operation: .dbQuery))
  }

  /// Runs Python with `catalog`, `arrow`, `json`, `os` and `answer(value)` at hand; the request is `request`.
  @discardableResult func python(_ body: String, _ request: JSONValue = [:]) throws -> JSONValue {
    let preamble = """
      import sys, json, os, warnings
      warnings.filterwarnings("ignore")
      import pyarrow as arrow
      import pyarrow.parquet as parquet
      from pyiceberg.catalog.sql import SqlCatalog
      folder = sys.argv[1]
      request = json.loads(sys.stdin.buffer.read())
      catalog = SqlCatalog("headrace", uri="sqlite:///" + folder + "/catalog.db", warehouse="file://" + folder + "/lake")
      def answer(value): sys.stdout.buffer.write(json.dumps(value).encode())

      """
    let output = try PythonOracle.run(preamble + body, input: request.serialized(), arguments: [folder])
    return output.isEmpty ? .null : try JSONValue.parse(output)
  }

  /// Data files of the column `id`, one for each of these lists, written by pyarrow.
  func files(_ ids: [[Int64]], fieldID: Int = 1) throws -> [NewFile] {
    let folder = "\(self.folder)/lake/data"
    let request: JSONValue = [
      "files": .array(ids.map { .array($0.map(JSONValue.integer)) }), "folder": .string(folder),
      "field": .integer(Int64(fieldID)),
    ]
    let sizes = try python(
      """
      import uuid
      os.makedirs(request["folder"], exist_ok=True)
      field = arrow.field("id", arrow.int64(), metadata={"PARQUET:field_id": str(request["field"])})
      written = []
      for ids in request["files"]:
          path = request["folder"] + "/" + str(uuid.uuid4()) + ".parquet"
          parquet.write_table(arrow.table([arrow.array(ids, arrow.int64())], schema=arrow.schema([field])), path)
          written.append([path, os.path.getsize(path)])
      answer(written)
      """, request)
    return try zip(sizes.arrayValue ?? [], ids).map { size, ids in
      let path = "file://" + (size.arrayValue?[0].stringValue ?? "")
      let bounds = try [ids.min(), ids.max()].map { try IcebergValue.integer($0 ?? 0).serialized(as: .long) }
      let summary = FileSummary(
        recordCount: Int64(ids.count), fileBytes: size.arrayValue?[1].integerValue ?? 0,
        columns: [
          ColumnSummary(
            fieldID: fieldID, bytes: 8, valueCount: Int64(ids.count), nullCount: 0, lower: bounds[0], upper: bounds[1])
        ], splitOffsets: [4])
      return NewFile(
        try DataFile(path: path, format: "PARQUET", summary: summary, partition: [], schema: Self.schema))
    }
  }

  /// A data file that exists in metadata only, for tests that read no rows.
  static func phantom(_ name: String, rows: Int64 = 1) -> NewFile {
    NewFile(DataFile(path: "file:///nowhere/\(name)", recordCount: rows, sizeInBytes: 10))
  }

  /// The ids in a table, by pyiceberg, sorted.
  func ids(_ table: String) throws -> [Int64] {
    let answer = try python(
      "answer(sorted(catalog.load_table(request['table']).scan().to_arrow()['id'].to_pylist()))",
      ["table": .string(table)])
    return (answer.arrayValue ?? []).compactMap(\.integerValue)
  }

  static let schema = IcebergSchema(fields: [IcebergField(1, "id", .long)])
  static let orders = TableName(namespace: "bronze", name: "orders")
  static let stream = StreamID(pipeline: "shop", stream: "public.orders")

  static func positions(_ ordinal: UInt64) -> StreamPositions {
    StreamPositions(["s0": SplitPosition(bytes: Array("at \(ordinal)".utf8), ordinal: ordinal, identity: "db1")])
  }

  static func append(_ files: [NewFile], to table: TableName = orders) -> TableCommit {
    TableCommit(table, .append(files), schema: schema, definition: TableDefinition())
  }
}

/// A store that notes what becomes durable, and lets a test do something just before a key is written.
final class TracingStore: ObjectStore {
  private let store: any ObjectStore
  private let log = Mutex<[String]>([])
  private let interruption = Mutex<(suffix: String, body: @Sendable () throws -> Void)?>(nil)

  init(_ store: any ObjectStore) { self.store = store }

  var trace: [String] { log.withLock { $0 } }

  /// Runs `body` once, before the next object with this suffix is written.
  func interrupt(before suffix: String, _ body: @escaping @Sendable () throws -> Void) {
    interruption.withLock { $0 = (suffix, body) }
  }

  func put(_ key: String, _ bytes: [UInt8]) throws(Failure) {
    let pending = interruption.withLock { pending in
      guard let found = pending, key.hasSuffix(found.suffix) else { return nil as (@Sendable () throws -> Void)? }
      pending = nil
      return found.body
    }
    do { try pending?() } catch { throw Failure(.run, "\(error)") }
    try store.put(key, bytes)
    log.withLock { $0.append(key) }
  }

  func location(of key: String) -> String { store.location(of: key) }
  func key(of location: String) -> String? { store.key(of: location) }
  func begin(_ key: String) throws(Failure) -> any ObjectUpload { try store.begin(key) }
  func replace(_ key: String, _ bytes: [UInt8]) throws(Failure) { try store.replace(key, bytes) }
  func get(_ key: String, limit: Int) throws(Failure) -> [UInt8] { try store.get(key, limit: limit) }
  func list(_ prefix: String) throws(Failure) -> [ObjectInfo] { try store.list(prefix) }
  func delete(_ key: String) throws(Failure) { try store.delete(key) }
}

extension CommitOutcome {
  /// The tables of a commit that happened.
  var tables: [CommittedTable]? {
    if case .committed(let tables) = self { tables } else { nil }
  }

  var isFenced: Bool { tables == nil }
}
