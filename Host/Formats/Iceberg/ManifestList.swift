/// The manifests of one snapshot.
package enum ManifestList {
  /// The list as an Avro file.
  /// - Parameter sync: 16 random bytes.
  package static func serialized(
    _ manifests: [ManifestFile], snapshotID: Int64, parentID: Int64?, sequenceNumber: Int64, sync: [UInt8]
  ) throws(IcebergError) -> [UInt8] {
    var header = [
      "snapshot-id": String(snapshotID), "sequence-number": String(sequenceNumber), "format-version": "2",
    ]
    header["parent-snapshot-id"] = parentID.map(String.init) ?? "null"
    let file = AvroFile(schema: ManifestSchema.manifestList, metadata: header, values: manifests.map(\.avro))
    do { return try file.serialized(sync: sync) } catch {
      throw IcebergError("a manifest list cannot be written: \(error)")
    }
  }

  package static func parse(_ bytes: [UInt8], location: String) throws(IcebergError) -> [ManifestFile] {
    let file: AvroFile
    do { file = try AvroFile.parse(bytes) } catch { throw IcebergError("\(location): \(error)") }
    guard case .record(let record) = file.schema.base else { throw IcebergError("\(location): no manifest list") }
    let fields = AvroFieldFinder(record)
    let summaries = summaryFields(record)
    var manifests: [ManifestFile] = []
    for value in file.values { manifests.append(try manifest(value, fields, summaries, location)) }
    return manifests
  }

  private static func manifest(
    _ value: AvroValue, _ fields: AvroFieldFinder, _ summaries: AvroFieldFinder?, _ location: String
  ) throws(IcebergError) -> ManifestFile {
    let values = value.recordValue ?? []
    guard let path = fields.value(500, "manifest_path", values).stringValue,
      let length = fields.value(501, "manifest_length", values).longValue,
      let specID = fields.value(502, "partition_spec_id", values).intValue,
      let snapshotID = fields.value(503, "added_snapshot_id", values).longValue,
      let content = ManifestFile.Content(rawValue: fields.value(517, "content", values).intValue ?? 0)
    else { throw IcebergError("\(location): a manifest without path, length, spec or snapshot") }
    func count(_ id: Int, _ name: String) -> Int { fields.value(id, name, values).intValue ?? 0 }
    func rows(_ id: Int, _ name: String) -> Int64 { fields.value(id, name, values).longValue ?? 0 }
    return ManifestFile(
      path: path, length: length, specID: specID, content: content,
      sequenceNumber: rows(515, "sequence_number"), minSequenceNumber: rows(516, "min_sequence_number"),
      addedSnapshotID: snapshotID, addedFiles: count(504, "added_files_count"),
      existingFiles: count(505, "existing_files_count"), deletedFiles: count(506, "deleted_files_count"),
      addedRows: rows(512, "added_rows_count"), existingRows: rows(513, "existing_rows_count"),
      deletedRows: rows(514, "deleted_rows_count"),
      partitions: fields.value(507, "partitions", values).arrayValue.map { $0.map { summary($0, summaries) } },
      keyMetadata: fields.value(519, "key_metadata", values).bytesValue)
  }

  private static func summary(_ value: AvroValue, _ fields: AvroFieldFinder?) -> PartitionSummary {
    let values = value.recordValue ?? []
    func field(_ id: Int, _ name: String) -> AvroValue { fields?.value(id, name, values) ?? .null }
    return PartitionSummary(
      containsNull: field(509, "contains_null").boolValue ?? true,
      containsNaN: field(518, "contains_nan").boolValue, lowerBound: field(510, "lower_bound").bytesValue,
      upperBound: field(511, "upper_bound").bytesValue)
  }

  private static func summaryFields(_ record: AvroRecordSchema) -> AvroFieldFinder? {
    guard let place = record.position(ofField: 507, named: "partitions") else { return nil }
    var schema = record.fields[place].schema.base
    if case .union(let branches) = schema { schema = branches.first { $0.base != .null }?.base ?? schema }
    guard case .array(let items) = schema, case .record(let summary) = items.base else { return nil }
    return AvroFieldFinder(summary)
  }
}

extension ManifestFile {
  fileprivate var avro: AvroValue {
    .record([
      .string(path), .long(length), .long(Int64(specID)), .long(Int64(content.rawValue)), .long(sequenceNumber),
      .long(minSequenceNumber), .long(addedSnapshotID), .long(Int64(addedFiles)), .long(Int64(existingFiles)),
      .long(Int64(deletedFiles)), .long(addedRows), .long(existingRows), .long(deletedRows),
      partitions.map { .array($0.map(\.avro)) } ?? .null, keyMetadata.map { .bytes($0) } ?? .null,
    ])
  }
}

extension PartitionSummary {
  fileprivate var avro: AvroValue {
    .record([
      .boolean(containsNull), containsNaN.map { .boolean($0) } ?? .null, lowerBound.map { .bytes($0) } ?? .null,
      upperBound.map { .bytes($0) } ?? .null,
    ])
  }
}
