package import HostFormats
package import HostModel
import Synchronization

/// The tables of one warehouse: a catalog that says which metadata each table has, and a store with all their files.
///
/// A commit is optimistic. It writes manifests and metadata, each object durable before the next names it, and then moves
/// the catalog's rows in one transaction. If somebody else was faster, the commit is built again upon what they made,
/// unless the positions that it states have moved: then it is fenced and changes nothing. Files written for a commit that
/// did not happen are orphans, which nobody reads.
///
/// Calls block. They may come from any thread.
package final class Lake: Sendable {
  let catalog: SQLCatalog
  let store: any ObjectStore
  private let clock: any Clock
  private let random: @Sendable () -> UInt64
  /// The last metadata of each table that we parsed, by its location, which never changes its content.
  private let cache = Mutex<[TableName: LakeTable]>([:])

  /// Objects larger than this are no metadata of ours or of any other engine.
  static let maximumObjectSize = 1 << 30

  /// - Parameter random: numbers that no other process draws too: ids and names of files are made of them.
  package init(
    catalog: SQLCatalog, store: any ObjectStore, clock: any Clock, random: @escaping @Sendable () -> UInt64
  ) {
    self.catalog = catalog
    self.store = store
    self.clock = clock
    self.random = random
  }

  package func tables() throws(Failure) -> [TableName] { try catalog.tables() }

  /// What the catalog's database is and how it keeps what it has committed, for `headrace doctor`.
  package func catalogHealth() throws(Failure) -> (engine: String, durability: SQLCatalog.Durability) {
    (try catalog.engineVersion(), try catalog.durability())
  }

  /// The table as it is now; nil if there is none.
  package func load(_ name: TableName) throws(Failure) -> LakeTable? {
    try name.validateForLake()
    guard let location = try catalog.location(of: name) else { return nil }
    if let cached = cache.withLock({ $0[name] }), cached.metadataLocation == location { return cached }
    let bytes = try read(location)
    let metadata: TableMetadata
    do { metadata = try TableMetadata.parse(bytes) } catch { throw Failure(error, at: "\(name)", status: .unsupported) }
    let table = LakeTable(name: name, metadataLocation: location, metadata: metadata)
    remember(table)
    return table
  }

  /// Makes a table without rows.
  /// - Throws: with the status `conflict` if there is one.
  package func create(
    _ name: TableName, schema: IcebergSchema, _ definition: TableDefinition = TableDefinition()
  ) throws(Failure) -> LakeTable {
    guard try load(name) == nil else { throw Self.exists(name) }
    let commit = TableCommit(name, .none, schema: schema, definition: definition)
    guard case .committed(let tables) = try self.commit([commit]), let first = tables.first else {
      throw Self.exists(name)
    }
    return first.table
  }

  private static func exists(_ name: TableName) -> Failure {
    Failure(.run, "the table \(name) exists", advice: "choose another name", status: .conflict)
  }

  // MARK: For those who build commits and plans

  func remember(_ table: LakeTable) { cache.withLock { $0[table.name] = table } }

  func read(_ location: String) throws(Failure) -> [UInt8] {
    try store.get(try key(of: location), limit: Self.maximumObjectSize)
  }

  /// Writes an object that does not exist, durable when this returns.
  func write(_ location: String, _ bytes: [UInt8]) throws(Failure) { try store.put(try key(of: location), bytes) }

  /// Removes what a commit that did not happen has written, or metadata that nobody needs. Best effort: what stays is an
  /// orphan.
  func discard(_ locations: [String]) {
    for location in locations {
      if let key = store.key(of: location) { try? store.delete(key) }
    }
  }

  func key(of location: String) throws(Failure) -> String {
    guard let key = store.key(of: location) else {
      throw Failure(
        .environment, "\(location) is outside of the warehouse \(store.location(of: ""))",
        advice: "a table of this lake has all its files in it", status: .permissionDenied)
    }
    return key
  }

  func nowMS() -> Int64 { clock.wallTime().milliseconds }

  func randomID() -> Int64 { Int64(random() & UInt64(Int64.max)) }

  /// 16 random bytes: the sync marker of an Avro file.
  func randomBytes() -> [UInt8] {
    let (high, low) = (random(), random())
    return (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(8 * ($0 % 8))) }
  }

  /// A random UUID (version 4) as text.
  package func newUUID() -> String {
    var bytes = randomBytes()
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { byte in
      let digit = String(byte, radix: 16)
      return digit.utf8.count == 1 ? "0" + digit : digit
    }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
  }
}
