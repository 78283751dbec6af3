import HostFormats
import HostLake
import HostModel

/// Writes rows of one table as data files: one open file for each partition, up to a bound. Used by one lane.
final class TableWriter {
  struct Limits: Sendable {
    /// A file is closed at this size.
    var fileBytes: Int64
    /// Files open at once; beyond, the one that was written to longest ago is closed.
    var openFiles: Int
  }

  private struct OpenFile {
    var writer: any FormatWriter
    var icebergName: String
    var key: String
    var values: [IcebergValue?]
    var lastUse: Int
    var rows: Int64 = 0
  }

  private let table: LakeTable
  private let schema: Schema
  private let fileSchema: ExportedSchema
  private let icebergSchema: IcebergSchema
  private let format: any FormatPlace
  private let store: any ObjectStore
  private let router: PartitionRouter
  private let limits: Limits
  private let newName: () -> String
  private let whenClosed: (String) -> Void
  private var open: [[IcebergValue?]: OpenFile] = [:]
  private var finished: [NewFile] = []
  private var uses = 0

  /// - Parameters:
  ///   - schema: the rows' columns with the table's field ids.
  ///   - newName: a name that no other file has.
  ///   - whenClosed: is told the key of each file that is complete and durable.
  init(
    _ table: LakeTable, schema: Schema, format: any FormatPlace, store: any ObjectStore, limits: Limits,
    newName: @escaping () -> String, whenClosed: @escaping (String) -> Void
  ) throws(Failure) {
    self.table = table
    self.schema = schema
    self.format = format
    self.store = store
    self.limits = limits
    self.newName = newName
    self.whenClosed = whenClosed
    fileSchema = ExportedSchema(schema)
    icebergSchema = IcebergSchema(schema)
    router = try PartitionRouter(table.metadata.spec, schema: schema, table: table.metadata.schema)
  }

  func write(_ batch: borrowing RecordBatch) throws(Failure) {
    guard batch.rowCount > 0 else { return }
    for group in router.route(batch) {
      if format.isOnTrial {
        try format.write { (format) throws(Failure) in try writeWhole(batch, group, by: format) }
        continue
      }
      let file = try file(for: group)
      let size = try file.writer.write(batch, rows: group.rows)
      open[group.key]?.rows += Int64(group.rows?.count ?? batch.rowCount)
      if size >= limits.fileBytes { try close(group.key) }
    }
  }

  /// The first rows of a format that took another's place are a file of their own: until it is complete, they are in hand.
  private func writeWhole(
    _ batch: borrowing RecordBatch, _ group: PartitionRouter.Group, by format: any Format
  ) throws(Failure) {
    var file = try makeFile(group.values, by: format)
    do throws(Failure) { _ = try file.writer.write(batch, rows: group.rows) } catch {
      file.writer.abort()
      throw error
    }
    file.rows = Int64(group.rows?.count ?? batch.rowCount)
    try complete(file)
  }

  private func file(for group: PartitionRouter.Group) throws(Failure) -> OpenFile {
    uses += 1
    if var known = open[group.key] {
      known.lastUse = uses
      open[group.key] = known
      return known
    }
    var fresh = try makeFile(group.values, by: format.format)
    fresh.lastUse = uses
    open[group.key] = fresh
    return fresh
  }

  private func makeFile(_ values: [IcebergValue?], by format: any Format) throws(Failure) -> OpenFile {
    if open.count >= limits.openFiles, let oldest = open.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      try close(oldest.key)
    }
    let location = "\(table.metadata.location)/data/\(newName()).\(format.fileExtension)"
    guard let key = store.key(of: location) else {
      throw Failure(.environment, "\(table.name) is outside of the warehouse", status: .permissionDenied)
    }
    let upload = try store.begin(key)
    do throws(Failure) {
      return OpenFile(
        writer: try format.makeWriter(fileSchema, into: upload), icebergName: format.icebergName, key: key,
        values: values, lastUse: 0)
    } catch {
      upload.abort()
      throw error
    }
  }

  private func close(_ key: [IcebergValue?]) throws(Failure) {
    guard let file = open.removeValue(forKey: key) else { return }
    try complete(file)
  }

  private func complete(_ file: OpenFile) throws(Failure) {
    let summary: FileSummary
    do throws(Failure) { summary = try file.writer.finish() } catch {
      file.writer.abort()
      throw error
    }
    guard summary.recordCount == file.rows else {
      throw Failure(
        .run, "\(table.name): the format wrote \(summary.recordCount) of \(file.rows) rows into \(file.key)",
        advice: "nothing of it is committed; see whether another version of the plugin is right", status: .fatal)
    }
    do throws(IcebergError) {
      // Void fields of the spec are not routed by, and null in every row.
      let data = try DataFile(
        path: store.location(of: file.key), format: file.icebergName, summary: summary,
        partition: partition(file.values), schema: icebergSchema)
      finished.append(NewFile(data, specID: table.metadata.defaultSpecID))
    } catch {
      throw Failure(
        .run, "\(table.name): the format's summary of \(file.key) is wrong: \(error.message)", status: .fatal)
    }
    whenClosed(file.key)
  }

  private func partition(_ values: [IcebergValue?]) -> [IcebergValue?] {
    var rest = values[...]
    return table.metadata.spec.fields.map { field in
      if case .void = field.transform { return nil }
      return rest.popFirst() ?? nil
    }
  }

  /// Closes all open files and gives every file since the last time.
  func cut() throws(Failure) -> [NewFile] {
    // In the order of use, not of the hash table: the same rows give the same commit.
    for (key, _) in open.sorted(by: { $0.value.lastUse < $1.value.lastUse }) { try close(key) }
    defer { finished = [] }
    return finished
  }

  /// Gives up what is open. Files that were closed are orphans.
  func abort() {
    for file in open.values { file.writer.abort() }
    open = [:]
    finished = []
  }

  deinit { abort() }
}

extension Schema {
  /// These columns with the field ids of a table, found by name at every level.
  ///
  /// - Returns: nil if the table lacks one of the columns.
  func withIDs(of table: IcebergSchema) -> Schema? {
    var fields: [Field] = []
    for field in self.fields {
      guard let stored = table.field(named: field.name), let identified = field.withIDs(of: stored) else { return nil }
      fields.append(identified)
    }
    return Schema(fields)
  }
}

extension Field {
  fileprivate func withIDs(of stored: IcebergField) -> Field? {
    guard let type = type.withIDs(of: stored.type) else { return nil }
    return Field(name, type, nullable: isNullable, id: stored.id, doc: doc)
  }
}

extension DataType {
  fileprivate func withIDs(of stored: IcebergType) -> DataType? {
    switch (self, stored) {
    case (.structure(let fields), .structure(let known)):
      let pairs = fields.map { field in known.first { $0.name == field.name }.flatMap { field.withIDs(of: $0) } }
      let identified = pairs.compactMap { $0 }
      return identified.count == fields.count ? .structure(identified) : nil
    case (.list(let element), .list(let known)):
      return element.type.withIDs(of: known.element).map {
        .list(Field("element", $0, nullable: element.isNullable, id: known.elementID))
      }
    case (.map(let key, let value), .map(let known)):
      guard let keyType = key.type.withIDs(of: known.key), let valueType = value.type.withIDs(of: known.value) else {
        return nil
      }
      return .map(
        key: Field("key", keyType, nullable: false, id: known.keyID),
        value: Field("value", valueType, nullable: value.isNullable, id: known.valueID))
    case (.list, _), (.structure, _), (.map, _): return nil
    default: return IcebergType(self).batchType
    }
  }
}
