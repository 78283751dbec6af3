/// The type of a column, after Arrow's.
public indirect enum DataType: Sendable, Hashable {
  case null, bool
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case float16, float32, float64
  /// `bits` is 32, 64, 128 or 256.
  case decimal(precision: Int, scale: Int, bits: Int = 128)
  /// UTF-8 with offsets of 32 bits, of 64 bits, and with views.
  case string, largeString, stringView
  case binary, largeBinary, binaryView
  case fixedSizeBinary(Int)
  /// The extension `arrow.uuid` over 16 bytes.
  case uuid
  /// Days since 1970.
  case date32
  /// Milliseconds since 1970, whole days.
  case date64
  case time32(TimeUnit), time64(TimeUnit)
  /// With a time zone the values are instants in UTC; without one they are wall clock times.
  case timestamp(TimeUnit, timezone: String?)
  case duration(TimeUnit)
  case intervalMonths, intervalDayTime, intervalMonthDayNano
  case list(Field), largeList(Field)
  case fixedSizeList(Field, Int)
  case structure([Field])
  /// The child is the struct of key and value.
  case map(Field, keysSorted: Bool)
  case dictionary(index: DataType, values: DataType, isOrdered: Bool)
}

public enum TimeUnit: Int, Sendable, Hashable, CaseIterable {
  case second = 0, millisecond, microsecond, nanosecond

  public var perSecond: Int64 {
    switch self {
    case .second: 1
    case .millisecond: 1000
    case .microsecond: 1_000_000
    case .nanosecond: 1_000_000_000
    }
  }
}

/// A column: its name and its type.
public struct Field: Sendable, Hashable {
  public var name: String
  public var type: DataType
  public var isNullable: Bool
  /// What travels with the column. The two keys of Arrow's extension types are part of `type`, where it is known.
  public var metadata: [Metadata]

  public init(_ name: String, _ type: DataType, isNullable: Bool = true, metadata: [Metadata] = []) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.metadata = metadata
  }

  /// A column without nulls.
  public static func required(_ name: String, _ type: DataType) -> Field { Field(name, type, isNullable: false) }
}

/// A pair of texts that travels with a column or a schema.
public struct Metadata: Sendable, Hashable {
  public var key: String
  public var value: String
  public init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

/// The columns of a batch.
public struct Schema: Sendable, Hashable {
  public var fields: [Field]
  public var metadata: [Metadata]

  public init(_ fields: [Field], metadata: [Metadata] = []) {
    self.fields = fields
    self.metadata = metadata
  }

  public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

  /// Throws `invalidConfig` with the names that there are.
  public func requireIndex(of name: String) throws(PluginError) -> Int {
    if let index = index(of: name) { return index }
    let names = fields.prefix(20).map { "'\($0.name)'" }.joined(separator: ", ")
    let more = fields.count > 20 ? " and \(fields.count - 20) more" : ""
    throw PluginError(.invalidConfig, "there is no column '\(name)'; the columns are \(names)\(more)")
  }
}

extension DataType {
  /// The type in words, as messages and configurations have it: `decimal(12,2)`.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int8, .int16, .int32, .uint8, .uint16, .uint32, .uint64, .int64: integerName
    case .float16: "float16"
    case .float32: "float"
    case .float64: "double"
    case .decimal(let precision, let scale, _): "decimal(\(precision),\(scale))"
    case .string, .largeString, .stringView: "string"
    case .binary, .largeBinary, .binaryView: "binary"
    case .fixedSizeBinary(let width): "fixed(\(width))"
    case .uuid: "uuid"
    case .date32, .date64: "date"
    case .time32, .time64: "time"
    case .timestamp(_, let timezone): timezone == nil ? "timestamp" : "timestamptz"
    case .duration: "duration"
    case .intervalMonths, .intervalDayTime, .intervalMonthDayNano: "interval"
    case .list(let field), .largeList(let field), .fixedSizeList(let field, _): "list<\(field.type.description)>"
    case .structure: "struct"
    case .map: "map"
    case .dictionary(_, let values, _): values.description
    }
  }

  private var integerName: String {
    switch self {
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int"
    case .int64: "long"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    default: "uint64"
    }
  }

  /// The bytes of one value where all have the same size; nil for booleans, which have a bit, and for all others.
  public var byteWidth: Int? {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float32, .date32, .time32, .intervalMonths: 4
    case .int64, .uint64, .float64, .date64, .time64, .timestamp, .duration, .intervalDayTime: 8
    case .decimal(_, _, let bits): bits / 8
    case .fixedSizeBinary(let width): width
    case .uuid, .intervalMonthDayNano: 16
    case .dictionary(let index, _, _): index.byteWidth
    default: nil
    }
  }

  /// The columns inside a nested type.
  public var children: [Field] {
    switch self {
    case .list(let field), .largeList(let field), .fixedSizeList(let field, _), .map(let field, _): [field]
    case .structure(let fields): fields
    default: []
    }
  }

  /// How many buffers Arrow's layout has; nil for the views, which have as many as they like.
  var bufferCount: Int? {
    switch self {
    case .null: 0
    case .structure, .fixedSizeList: 1
    case .string, .largeString, .binary, .largeBinary: 3
    case .stringView, .binaryView: nil
    default: 2
    }
  }
}
