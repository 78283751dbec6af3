package import HostModel

extension IcebergSchema {
  /// The columns of a stream as a table stores them. Ids are the fields' own, or counted from 1 where they have none.
  package init(_ schema: Schema, id: Int = 0) {
    var counter = 0
    self.init(id: id, fields: schema.fields.map { IcebergField($0, &counter) })
    if !Self.hasIDs(schema.fields) { self = assigningFreshIDs().schema }
  }

  private static func hasIDs(_ fields: [Field]) -> Bool {
    fields.allSatisfy { field in
      guard field.id != nil else { return false }
      switch field.type {
      case .list(let element): return hasIDs([element])
      case .structure(let inner): return hasIDs(inner)
      case .map(let key, let value): return hasIDs([key, value])
      default: return true
      }
    }
  }

  /// The columns as batches for this table have them, each with its field id.
  package var batchSchema: Schema { Schema(fields.map(\.batchField)) }
}

extension IcebergField {
  fileprivate init(_ field: Field, _ counter: inout Int) {
    // A provisional id only has to be unlike the others.
    counter -= 1
    self.init(
      field.id ?? counter, field.name, IcebergType(field.type, &counter), required: !field.isNullable, doc: field.doc)
  }

  fileprivate var batchField: Field { Field(name, type.batchType, nullable: !required, id: id, doc: doc) }
}

extension IcebergType {
  /// How the lake stores a type: integers of up to 32 bits as `int`, unsigned ones in the next wider signed type.
  package init(_ type: DataType) {
    var counter = 0
    self.init(type, &counter)
  }

  fileprivate init(_ type: DataType, _ counter: inout Int) {
    switch type {
    case .boolean: self = .boolean
    case .integer(let bits): self = bits <= 32 ? .int : .long
    case .unsigned(let bits): self = bits <= 16 ? .int : .long
    case .float: self = .float
    case .double: self = .double
    case .decimal(let precision, let scale): self = .decimal(precision: precision, scale: scale)
    case .date: self = .date
    case .time: self = .time
    case .timestamp(let zoned): self = zoned ? .timestamptz : .timestamp
    case .string: self = .string
    case .binary: self = .binary
    case .fixed(let bytes): self = .fixed(bytes)
    case .uuid: self = .uuid
    case .list(let element):
      let field = IcebergField(element, &counter)
      self = .list(IcebergListType(elementID: field.id, element: field.type, elementRequired: field.required))
    case .structure(let fields): self = .structure(fields.map { IcebergField($0, &counter) })
    case .map(let key, let value):
      let key = IcebergField(key, &counter)
      let value = IcebergField(value, &counter)
      self = .map(
        IcebergMapType(
          keyID: key.id, key: key.type, valueID: value.id, value: value.type, valueRequired: value.required))
    }
  }

  /// The type of a batch's column that is written as this type.
  package var batchType: DataType {
    switch self {
    case .boolean: .boolean
    case .int: .integer(bits: 32)
    case .long: .integer(bits: 64)
    case .float: .float
    case .double: .double
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    case .date: .date
    case .time: .time
    case .timestamp: .timestamp(zoned: false)
    case .timestamptz: .timestamp(zoned: true)
    case .string: .string
    case .uuid: .uuid
    case .fixed(let length): .fixed(bytes: length)
    case .binary: .binary
    case .structure(let fields): .structure(fields.map(\.batchField))
    case .list(let list):
      .list(Field("element", list.element.batchType, nullable: !list.elementRequired, id: list.elementID))
    case .map(let map):
      .map(
        key: Field("key", map.key.batchType, nullable: false, id: map.keyID),
        value: Field("value", map.value.batchType, nullable: !map.valueRequired, id: map.valueID))
    }
  }
}

extension DataFile {
  /// A file as its writer describes it. Bounds of strings and bytes are cut to what a manifest carries.
  package init(
    path: String, format: String, summary: FileSummary, partition: [IcebergValue?], schema: IcebergSchema
  ) throws(IcebergError) {
    self.init(
      path: path, format: format, partition: partition, recordCount: summary.recordCount, sizeInBytes: summary.fileBytes
    )
    splitOffsets = summary.splitOffsets.isEmpty ? nil : summary.splitOffsets
    var singles: [Int: IcebergType] = [:]
    schema.visit { _, field, isSingle in if isSingle { singles[field.id] = field.type } }
    for column in summary.columns {
      let id = column.fieldID
      columnSizes[id] = column.bytes
      valueCounts[id] = column.valueCount
      nullValueCounts[id] = column.nullCount
      nanValueCounts[id] = column.nanCount
      // Elements of lists and maps have no bounds: a reader would take them for bounds of the row.
      guard let type = singles[id] else { continue }
      if let lower = column.lower {
        lowerBounds[id] = try ColumnBounds.lower(try IcebergValue(serialized: lower, as: type), type: type)
      }
      if let upper = column.upper {
        upperBounds[id] = try ColumnBounds.upper(try IcebergValue(serialized: upper, as: type), type: type)
      }
    }
  }
}
