import Foundation
import HostFormats
import HostGate
@testable import HostLake
import HostModel
import HostObjects
@testable import HostPipelines
import HostSystem
import Synchronization
import TestSupport

/// A warehouse whose objects are in a `MemoryFileSystem` and whose catalog is a real SQLite file. Crashes take objects away;
/// the catalog keeps every commit that it has acknowledged, as SQLite promises, and none that the code under test makes
/// after the moment of its crash.
final class LakeWorld: Sendable {
  static let root = "/warehouse"
  let files: MemoryFileSystem
  private let clock: VirtualClock
  private let folder: URL
  private let generator: Mutex<SplitMix64>
  /// The catalog's file; a copy of it after a crash.
  private let catalog: Mutex<URL>

  init(seed: UInt64, simulation: Simulation? = nil) throws {
    clock = simulation?.clock ?? VirtualClock()
    files = MemoryFileSystem(seed: seed &* 7919, clock: clock, simulation: simulation)
    generator = Mutex(SplitMix64(seed: seed))
    // In memory where there is such a place: what the catalog promises of its own disk is not what is tested here.
    let shared = URL(fileURLWithPath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: shared.path) ? shared : FileManager.default.temporaryDirectory
    folder = base.appendingPathComponent("headrace-sim-\(UUID().uuidString)")
    catalog = Mutex(folder.appendingPathComponent("catalog.db"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    files.whenCrashed { [weak self] in self?.keepCatalog() }
  }

  /// What is committed lies in the file and in its log; no transaction is open while files are written.
  private func keepCatalog() {
    catalog.withLock { catalog in
      let copy = folder.appendingPathComponent("kept.db")
      for part in ["", "-wal"] {
        let source = catalog.path + part
        guard FileManager.default.fileExists(atPath: source) else { continue }
        do { try FileManager.default.copyItem(atPath: source, toPath: copy.path + part) } catch {
          preconditionFailure("\(error)")
        }
      }
      catalog = copy
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What a process has open that begins now.
  func open() throws -> LakeProcess {
    let random: @Sendable () -> UInt64 = { [self] in generator.withLock { $0.next() } }
    let store = try DirectoryStore(root: Self.root, files: files, random: random)
    // The catalog is a real file, so what it waits for is real time.
    let gate = Gate(clock: SystemClock(), waiter: ThreadWaiter(clock: SystemClock()), seed: 1)
    let catalog = try SQLCatalog(
      path: catalog.withLock { $0.path }, calls: ServerCalls(gate, .catalog("lake"), operation: .dbQuery))
    return LakeProcess(store: store, lake: Lake(catalog: catalog, store: store, clock: clock, random: random))
  }
}

/// One process's view of a `LakeWorld`.
struct LakeProcess: Sendable {
  let store: DirectoryStore
  let lake: Lake

  static let schema = IcebergSchema(
    Schema([Field("id", .integer(bits: 64), nullable: false, id: 1), Field("region", .string, id: 2)]))

  /// Rows with these ids, of two regions.
  private static func batch(_ ids: Range<Int64>) -> RecordBatch {
    var numbers = ColumnBuilder(.long)
    var regions = ColumnBuilder(.string)
    for id in ids {
      numbers.append(id)
      regions.append(id % 2 == 0 ? "even" : "odd")
    }
    return RecordBatch(
      schema.batchSchema, rows: ids.count, columns: [numbers.finish().take(), regions.finish().take()])
  }

  /// Writes data files, complete and durable and known to nobody yet.
  func write(_ ids: Range<Int64>, for table: LakeTable) throws -> [NewFile] {
    let writer = try TableWriter(
      table, schema: Self.schema.batchSchema, format: OneFormat(), store: store,
      limits: TableWriter.Limits(fileBytes: 1 << 20, openFiles: 4), newName: { lake.newUUID() }, whenClosed: { _ in })
    try writer.write(Self.batch(ids))
    return try writer.cut()
  }

  /// The table, or what it will be once the first commit makes it.
  func table(_ name: TableName, _ partition: [PartitionExpression]) throws -> LakeTable {
    if let table = try lake.load(name) { return table }
    let metadata = try TableMetadata(
      uuid: lake.newUUID(), location: store.location(of: "\(name.namespace)/\(name.name)"), schema: Self.schema,
      partition: partition, timestampMS: 0)
    return LakeTable(name: name, metadataLocation: "", metadata: metadata)
  }

  /// The ids in a table, sorted; nil if there is no table.
  func rows(_ name: TableName) throws -> [Int64]? {
    guard let table = try lake.load(name) else { return nil }
    return try lake.plan(table).dataFiles.flatMap { try rows(in: $0.file) }.sorted()
  }

  private func rows(in file: DataFile) throws -> [Int64] {
    guard let key = store.key(of: file.path) else { throw Inconsistency("\(file.path) is not in the warehouse") }
    let bytes = try store.get(key, limit: 1 << 20)
    let rows = try ScriptedFormat.read(bytes).rows.compactMap { $0[0].flatMap { Int64($0) } }
    guard Int64(bytes.count) == file.sizeInBytes, Int64(rows.count) == file.recordCount else {
      throw Inconsistency("\(file.path) has \(rows.count) rows and \(bytes.count) bytes, not what its manifest says")
    }
    return rows
  }

  struct Inconsistency: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  /// Opens everything that the catalog leads to: of every table the metadata, of every snapshot that it has, visible or
  /// not, the lists, the manifests and the live files, whole; and every older metadata file that it names.
  func audit() throws {
    for name in try lake.tables() {
      guard let table = try lake.load(name) else { throw Inconsistency("\(name) is listed and not there") }
      for entry in table.metadata.metadataLog {
        _ = try TableMetadata.parse(try lake.read(entry.metadataFile))
      }
      for snapshot in table.metadata.snapshots {
        for manifest in try lake.manifests(of: snapshot) {
          let entries = try lake.entries(of: manifest)
          for entry in entries where entry.isLive { _ = try rows(in: entry.file) }
        }
      }
    }
  }
}

/// A format that nobody replaces.
private final class OneFormat: FormatPlace {
  let format: any Format = ScriptedFormat()
  let isOnTrial = false

  func write(_ body: (any Format) throws(Failure) -> Void) throws(Failure) { try body(format) }
}
