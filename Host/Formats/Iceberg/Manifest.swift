/// The contents of a manifest: files of one partition spec.
package struct Manifest: Sendable, Hashable {
  package var specID: Int
  package var content: ManifestFile.Content
  package var entries: [ManifestEntry]

  package init(specID: Int, content: ManifestFile.Content = .data, entries: [ManifestEntry]) {
    self.specID = specID
    self.content = content
    self.entries = entries
  }
}

extension Manifest {
  /// The manifest as an Avro file.
  /// - Parameter sync: 16 random bytes.
  package func serialized(metadata: TableMetadata, sync: [UInt8]) throws(IcebergError) -> [UInt8] {
    let (spec, types) = try specAndTypes(metadata)
    let schema = ManifestSchema.manifest(partition: ManifestSchema.partition(spec, types: types))
    let header = [
      "schema": metadata.schema.json.text(), "schema-id": String(metadata.currentSchemaID),
      "partition-spec": spec.fieldsJSON.text(), "partition-spec-id": String(specID), "format-version": "2",
      "content": content == .data ? "data" : "deletes",
    ]
    do {
      return try AvroFile(schema: schema, metadata: header, values: entries.map { $0.avro(types) }).serialized(
        sync: sync)
    } catch { throw IcebergError("a manifest cannot be written: \(error)") }
  }

  /// The line that a manifest list has for this manifest.
  package func summary(
    path: String, length: Int, snapshotID: Int64, sequenceNumber: Int64, metadata: TableMetadata
  ) throws(IcebergError) -> ManifestFile {
    let types = try specAndTypes(metadata).types
    let live = entries.filter(\.isLive)
    func files(_ status: ManifestEntry.Status) -> Int { entries.count { $0.status == status } }
    func rows(_ status: ManifestEntry.Status) -> Int64 {
      entries.reduce(0) { $1.status == status ? $0 + $1.file.recordCount : $0 }
    }
    return ManifestFile(
      path: path, length: Int64(length), specID: specID, content: content, sequenceNumber: sequenceNumber,
      minSequenceNumber: live.map { $0.sequenceNumber ?? sequenceNumber }.min() ?? sequenceNumber,
      addedSnapshotID: snapshotID, addedFiles: files(.added), existingFiles: files(.existing),
      deletedFiles: files(.deleted), addedRows: rows(.added), existingRows: rows(.existing),
      deletedRows: rows(.deleted),
      partitions: try PartitionSummary.summarise(entries.map(\.file.partition), types: types), keyMetadata: nil)
  }

  private func specAndTypes(
    _ metadata: TableMetadata
  ) throws(IcebergError) -> (spec: PartitionSpec, types: [IcebergType]) {
    guard let spec = metadata.spec(id: specID) else { throw IcebergError("there is no partition spec \(specID)") }
    return (spec, metadata.partitionTypes(of: spec))
  }

  /// Reads a manifest; its entries inherit from the list's line what they do not state themselves.
  package static func parse(_ bytes: [UInt8], _ manifest: ManifestFile) throws(IcebergError) -> Manifest {
    let file: AvroFile
    do { file = try AvroFile.parse(bytes) } catch { throw IcebergError("\(manifest.path): \(error)") }
    let reader = try ManifestEntryReader(file.schema)
    var entries: [ManifestEntry] = []
    entries.reserveCapacity(file.values.count)
    for value in file.values { entries.append(try reader.entry(value).inheriting(from: manifest)) }
    return Manifest(specID: manifest.specID, content: manifest.content, entries: entries)
  }
}

extension ManifestEntry {
  fileprivate func avro(_ types: [IcebergType]) -> AvroValue {
    .record([
      .long(Int64(status.rawValue)), .optional(snapshotID), .optional(sequenceNumber), .optional(fileSequenceNumber),
      file.avro(types),
    ])
  }
}

extension DataFile {
  fileprivate func avro(_ types: [IcebergType]) -> AvroValue {
    let values = types.enumerated().map { index, type in
      AvroValue.partition(index < partition.count ? partition[index] : nil, type)
    }
    // Some readers take an absent map of sizes for a mistake, though it is optional.
    let sizes = columnSizes.isEmpty ? .array([]) : AvroValue.perColumn(columnSizes.mapValues { .long($0) })
    return .record([
      .long(Int64(content.rawValue)), .string(path), .string(format), .record(values),
      .long(recordCount), .long(sizeInBytes), sizes,
      .perColumn(valueCounts.mapValues { .long($0) }), .perColumn(nullValueCounts.mapValues { .long($0) }),
      .perColumn(nanValueCounts.mapValues { .long($0) }), .perColumn(lowerBounds.mapValues { .bytes($0) }),
      .perColumn(upperBounds.mapValues { .bytes($0) }), keyMetadata.map { .bytes($0) } ?? .null,
      splitOffsets.map { .array($0.map(AvroValue.long)) } ?? .null,
      equalityIDs.map { .array($0.map { .long(Int64($0)) }) } ?? .null, .optional(sortOrderID.map(Int64.init)),
    ])
  }
}

extension AvroValue {
  static func optional(_ value: Int64?) -> AvroValue { value.map { .long($0) } ?? .null }

  /// Key-value records sorted by column; null where there are none.
  fileprivate static func perColumn(_ values: [Int: AvroValue]) -> AvroValue {
    guard !values.isEmpty else { return .null }
    return .array(values.sorted { $0.key < $1.key }.map { .record([.long(Int64($0.key)), $0.value]) })
  }

  fileprivate static func partition(_ value: IcebergValue?, _ type: IcebergType) -> AvroValue {
    switch value {
    case nil: .null
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .long(number)
    case .float(let number): .float(number)
    case .double(let number): .double(number)
    case .decimal(let unscaled):
      if case .decimal(let precision, _) = type {
        .bytes(IcebergValue.bigEndian(unscaled, count: IcebergType.decimalByteCount(precision: precision)))
      } else {
        .bytes(IcebergValue.minimalBigEndian(unscaled))
      }
    case .string(let text): .string(text)
    case .bytes(let bytes): .bytes(bytes)
    }
  }
}
