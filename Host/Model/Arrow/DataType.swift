/// The type of a column, as the host, the lake and the pipeline file know it: Iceberg's types and the narrower integers
/// of Arrow.
public indirect enum DataType: Sendable, Hashable {
  case boolean
  /// Signed, of 8, 16, 32 or 64 bits. The lake stores up to 32 bits as `int` and 64 as `long`.
  case integer(bits: Int)
  /// Unsigned, of 8, 16 or 32 bits: stored in the next wider signed type.
  case unsigned(bits: Int)
  case float
  case double
  /// At most 38 digits, `scale` of them behind the point.
  case decimal(precision: Int, scale: Int)
  /// Days since 1970.
  case date
  /// Microseconds since midnight.
  case time
  /// Microseconds since 1970: of UTC with a zone, of an unknown clock without.
  case timestamp(zoned: Bool)
  case string
  case binary
  case fixed(bytes: Int)
  case uuid
  case list(Field)
  case structure([Field])
  case map(key: Field, value: Field)
}

/// A column, or a member of a nested type.
public struct Field: Sendable, Hashable {
  public var name: String
  public var type: DataType
  public var isNullable: Bool
  /// The Iceberg field id, once the table has given it one.
  public var id: Int?
  /// A comment, from the source's catalog or the user.
  public var doc: String?

  public init(_ name: String, _ type: DataType, nullable: Bool = true, id: Int? = nil, doc: String? = nil) {
    self.name = name
    self.type = type
    self.isNullable = nullable
    self.id = id
    self.doc = doc
  }
}

/// The columns of a stream, in order. Names are unique.
public struct Schema: Sendable, Hashable {
  public var fields: [Field]

  public init(_ fields: [Field]) { self.fields = fields }

  public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }
}

extension DataType: CustomStringConvertible {
  /// The name used in pipeline files, messages and documentation: Iceberg's, such as `decimal(12, 2)`.
  public var description: String {
    switch self {
    case .boolean: "boolean"
    case .integer(let bits): bits == 64 ? "long" : "int"
    case .unsigned(let bits): bits == 32 ? "long" : "int"
    case .float: "float"
    case .double: "double"
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .date: "date"
    case .time: "time"
    case .timestamp(let zoned): zoned ? "timestamptz" : "timestamp"
    case .string: "string"
    case .binary: "binary"
    case .fixed(let bytes): "fixed[\(bytes)]"
    case .uuid: "uuid"
    case .list(let element): "list<\(element.type)>"
    case .structure(let fields):
      "struct<" + fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">"
    case .map(let key, let value): "map<\(key.type), \(value.type)>"
    }
  }
}
