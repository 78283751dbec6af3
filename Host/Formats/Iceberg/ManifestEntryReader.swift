/// Finds the fields of manifest entries by their ids in the schema of one file, so that entries of any writer are read:
/// with fields in another order, with fields that we do not know, or without those that we do.
struct ManifestEntryReader {
  private let entry: AvroFieldFinder
  private let file: AvroFieldFinder
  private let partition: [AvroSchema]

  init(_ schema: AvroSchema) throws(IcebergError) {
    guard case .record(let record) = schema.base else { throw IcebergError("a manifest's schema is no record") }
    entry = AvroFieldFinder(record)
    guard let place = record.position(ofField: 2, named: "data_file"),
      case .record(let fileRecord) = record.fields[place].schema.base
    else { throw IcebergError("a manifest without 'data_file'") }
    file = AvroFieldFinder(fileRecord)
    guard let place = fileRecord.position(ofField: 102, named: "partition"),
      case .record(let partitionRecord) = fileRecord.fields[place].schema.base
    else { throw IcebergError("a manifest without 'partition'") }
    partition = partitionRecord.fields.map(\.schema)
  }

  func entry(_ value: AvroValue) throws(IcebergError) -> ManifestEntry {
    guard let values = value.recordValue, let fileValues = entry.value(2, "data_file", values).recordValue,
      let status = entry.value(0, "status", values).intValue.flatMap(ManifestEntry.Status.init(rawValue:))
    else { throw IcebergError("a manifest entry without status or file") }
    return ManifestEntry(
      status, snapshotID: entry.value(1, "snapshot_id", values).longValue,
      sequenceNumber: entry.value(3, "sequence_number", values).longValue,
      fileSequenceNumber: entry.value(4, "file_sequence_number", values).longValue, file: try dataFile(fileValues))
  }

  private func dataFile(_ values: [AvroValue]) throws(IcebergError) -> DataFile {
    guard let path = file.value(100, "file_path", values).stringValue,
      let format = file.value(101, "file_format", values).stringValue,
      let records = file.value(103, "record_count", values).longValue,
      let size = file.value(104, "file_size_in_bytes", values).longValue
    else { throw IcebergError("a data file without path, format, record count or size") }
    let content = file.value(134, "content", values).intValue ?? 0
    guard let content = DataFile.Content(rawValue: content) else {
      throw IcebergError("\(path): unknown content \(content)")
    }
    var result = DataFile(
      path: path, format: format.uppercased(), partition: partition(values), recordCount: records, sizeInBytes: size,
      content: content)
    result.columnSizes = perColumn(108, "column_sizes", values, \.longValue)
    result.valueCounts = perColumn(109, "value_counts", values, \.longValue)
    result.nullValueCounts = perColumn(110, "null_value_counts", values, \.longValue)
    result.nanValueCounts = perColumn(137, "nan_value_counts", values, \.longValue)
    result.lowerBounds = perColumn(125, "lower_bounds", values, \.bytesValue)
    result.upperBounds = perColumn(128, "upper_bounds", values, \.bytesValue)
    result.keyMetadata = file.value(131, "key_metadata", values).bytesValue
    result.splitOffsets = file.value(132, "split_offsets", values).arrayValue?.compactMap(\.longValue)
    result.equalityIDs = file.value(135, "equality_ids", values).arrayValue?.compactMap(\.intValue)
    result.sortOrderID = file.value(140, "sort_order_id", values).intValue
    return result
  }

  private func partition(_ values: [AvroValue]) -> [IcebergValue?] {
    let fields = file.value(102, "partition", values).recordValue ?? []
    return zip(fields, partition).map { value, schema in Self.partitionValue(value, schema) }
  }

  /// A partition value by the shape that its file gives it: the type itself may have been dropped from the table.
  private static func partitionValue(_ value: AvroValue, _ schema: AvroSchema) -> IcebergValue? {
    switch value {
    case .boolean(let flag): .boolean(flag)
    case .long(let number): .integer(number)
    case .float(let number): .float(number)
    case .double(let number): .double(number)
    case .string(let text): .string(text)
    case .bytes(let bytes) where isDecimal(schema) && bytes.count <= 16: .decimal(IcebergValue.fromBigEndian(bytes))
    case .bytes(let bytes): .bytes(bytes)
    case .null, .array, .map, .record: nil
    }
  }

  private static func isDecimal(_ schema: AvroSchema) -> Bool {
    if case .union(let branches) = schema.base { return branches.contains { isDecimal($0) } }
    return schema.logicalType == "decimal"
  }

  private func perColumn<Value>(
    _ id: Int, _ name: String, _ values: [AvroValue], _ read: (AvroValue) -> Value?
  ) -> [Int: Value] {
    var result: [Int: Value] = [:]
    for pair in file.value(id, name, values).arrayValue ?? [] {
      guard let pair = pair.recordValue, pair.count >= 2, let column = pair[0].intValue, let value = read(pair[1])
      else { continue }
      result[column] = value
    }
    return result
  }
}

/// Where the fields of a record are, by Iceberg id.
struct AvroFieldFinder {
  private var positions: [Int: Int] = [:]
  private var names: [String: Int] = [:]

  init(_ record: AvroRecordSchema) {
    for (position, field) in record.fields.enumerated() {
      if let id = field.id { positions[id] = position } else { names[field.name] = position }
    }
  }

  func value(_ id: Int, _ name: String, _ values: [AvroValue]) -> AvroValue {
    guard let position = positions[id] ?? names[name], position < values.count else { return .null }
    return values[position]
  }
}
