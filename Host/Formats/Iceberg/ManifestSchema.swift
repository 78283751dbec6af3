/// The Avro schemas of manifests and manifest lists. The numbers are the field ids of the format's specification.
enum ManifestSchema {
  static func manifest(partition: AvroRecordSchema) -> AvroSchema {
    .record(
      AvroRecordSchema(
        name: "manifest_entry",
        fields: [
          AvroField("status", .int, id: 0), .optional("snapshot_id", .long, id: 1),
          .optional("sequence_number", .long, id: 3), .optional("file_sequence_number", .long, id: 4),
          AvroField("data_file", dataFile(partition), id: 2),
        ]))
  }

  private static func dataFile(_ partition: AvroRecordSchema) -> AvroSchema {
    .record(
      AvroRecordSchema(
        name: "r2",
        fields: [
          AvroField("content", .int, id: 134), AvroField("file_path", .string, id: 100),
          AvroField("file_format", .string, id: 101), AvroField("partition", .record(partition), id: 102),
          AvroField("record_count", .long, id: 103), AvroField("file_size_in_bytes", .long, id: 104),
          .optional("column_sizes", perColumn(.long, 117), id: 108),
          .optional("value_counts", perColumn(.long, 119), id: 109),
          .optional("null_value_counts", perColumn(.long, 121), id: 110),
          .optional("nan_value_counts", perColumn(.long, 138), id: 137),
          .optional("lower_bounds", perColumn(.bytes, 126), id: 125),
          .optional("upper_bounds", perColumn(.bytes, 129), id: 128),
          .optional("key_metadata", .bytes, id: 131),
          .optional("split_offsets", .list(.long, elementID: 133), id: 132),
          .optional("equality_ids", .list(.int, elementID: 136), id: 135), .optional("sort_order_id", .int, id: 140),
        ]))
  }

  private static func perColumn(_ value: AvroSchema, _ keyID: Int) -> AvroSchema {
    .keyValueArray(key: .int, keyID: keyID, value: value, valueID: keyID + 1)
  }

  static let manifestList = AvroSchema.record(
    AvroRecordSchema(
      name: "manifest_file",
      fields: [
        AvroField("manifest_path", .string, id: 500), AvroField("manifest_length", .long, id: 501),
        AvroField("partition_spec_id", .int, id: 502), AvroField("content", .int, id: 517),
        AvroField("sequence_number", .long, id: 515), AvroField("min_sequence_number", .long, id: 516),
        AvroField("added_snapshot_id", .long, id: 503), AvroField("added_files_count", .int, id: 504),
        AvroField("existing_files_count", .int, id: 505), AvroField("deleted_files_count", .int, id: 506),
        AvroField("added_rows_count", .long, id: 512), AvroField("existing_rows_count", .long, id: 513),
        AvroField("deleted_rows_count", .long, id: 514),
        .optional("partitions", .list(.record(partitionSummary), elementID: 508), id: 507),
        .optional("key_metadata", .bytes, id: 519),
      ]))

  private static let partitionSummary = AvroRecordSchema(
    name: "r508",
    fields: [
      AvroField("contains_null", .boolean, id: 509), .optional("contains_nan", .boolean, id: 518),
      .optional("lower_bound", .bytes, id: 510), .optional("upper_bound", .bytes, id: 511),
    ])
}

extension ManifestSchema {
  /// The record of a spec's partition values. Names of fixed types carry the field's id, because Avro forbids to define
  /// one name twice and some readers do not resolve references.
  static func partition(_ spec: PartitionSpec, types: [IcebergType]) -> AvroRecordSchema {
    let fields = zip(spec.fields, types).map { field, type in
      let name = avroName(field.name)
      var optional = AvroField.optional(name, avro(type, suffix: field.id), id: field.id)
      if name != field.name { optional.attributes["iceberg-field-name"] = .string(field.name) }
      return optional
    }
    return AvroRecordSchema(name: "r102", fields: fields)
  }

  private static func avro(_ type: IcebergType, suffix: Int) -> AvroSchema {
    switch type {
    case .boolean: .boolean
    case .int: .int
    case .long: .long
    case .float: .float
    case .double: .double
    case .date: .annotated(.int, ["logicalType": "date"])
    case .time: .annotated(.long, ["logicalType": "time-micros"])
    case .timestamp: .annotated(.long, ["logicalType": "timestamp-micros", "adjust-to-utc": false])
    case .timestamptz: .annotated(.long, ["logicalType": "timestamp-micros", "adjust-to-utc": true])
    case .uuid: .annotated(.fixed(name: "uuid_fixed_\(suffix)", size: 16), ["logicalType": "uuid"])
    case .fixed(let length): .fixed(name: "fixed_\(length)_\(suffix)", size: length)
    case .decimal(let precision, let scale):
      .annotated(
        .fixed(
          name: "decimal_\(precision)_\(scale)_\(suffix)", size: IcebergType.decimalByteCount(precision: precision)),
        ["logicalType": "decimal", "precision": .integer(Int64(precision)), "scale": .integer(Int64(scale))])
    case .binary: .bytes
    case .string, .structure, .list, .map: .string
    }
  }

  /// A name that Avro allows: letters, digits and underscores, no digit first. Other characters become `_x` and their
  /// code in hexadecimal.
  private static func avroName(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
      case "0"..."9": result += (result.isEmpty ? "_" : "") + String(scalar)
      default: result += "_x" + String(scalar.value, radix: 16, uppercase: true)
      }
    }
    return result
  }
}
