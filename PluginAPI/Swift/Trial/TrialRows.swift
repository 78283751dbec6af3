import CArrow

/// Rows of a test, written as JSON objects: `{"city":"Ulm","n":1}`. A member that is missing is null.
enum TrialRows {
  /// The rows as the host gives them. Those in front of `first` are there and are cut off by an offset, as in a slice.
  static func export(_ rows: [String], _ schema: Schema, from first: Int) throws -> ArrowArray {
    var builder = try RecordBuilder(schema)
    for row in rows {
      let object = try JSON(parsing: row)
      for (index, field) in schema.fields.enumerated() {
        try append(object[field.name] ?? .null, field, to: &builder.columns[index])
      }
      builder.endRow()
    }
    var array = ArrowArray()
    ArrowData.batch(builder.take(), rows: rows.count).export(to: &array)
    array.offset = Int64(first)
    array.length -= Int64(first)
    return array
  }

  private static func append(_ value: JSON, _ field: Field, to column: inout ColumnBuilder) throws {
    switch (field.type, value) {
    case (_, .null): column.appendNull()
    case (.bool, .bool(let value)): column.append(bool: value)
    case (.string, .string(let value)): column.append(value)
    case (.int32, .integer(let value)): column.append(Int32(truncatingIfNeeded: value))
    case (.int64, .integer(let value)): column.append(value)
    case (.float64, .integer(let value)): column.append(Double(value))
    case (.float64, .double(let value)): column.append(value)
    default:
      throw PluginError(
        .unsupported, "column '\(field.name)': a trial makes no \(field.type.description) of \(value.kind)")
    }
  }

  /// What a plugin returned, in the same form.
  static func read(_ array: inout ArrowArray, _ schema: Schema) throws -> [String] {
    try withUnsafePointer(to: &array) { pointer in
      let batch = try Batch(pointer, schema: schema, owner: BatchOwner(borrowing: pointer))
      return (0..<batch.rowCount).map { String(decoding: batch.json(row: $0), as: UTF8.self) }
    }
  }
}
