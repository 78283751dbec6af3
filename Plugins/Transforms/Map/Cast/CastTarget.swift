import HeadracePlugin

/// A type that a column can be cast to, named as in an Iceberg table.
enum CastTarget: Equatable {
  case boolean, int, long, float, double, string, date, time, timestamp, timestamptz, uuid
  case decimal(precision: Int, scale: Int)

  static let names =
    "boolean, int, long, float, double, decimal(p,s), string, date, time, timestamp, timestamptz, uuid"

  init?(_ name: String) {
    switch name.lowercased() {
    case "boolean", "bool": self = .boolean
    case "int", "integer": self = .int
    case "long", "bigint": self = .long
    case "float": self = .float
    case "double": self = .double
    case "string", "text": self = .string
    case "date": self = .date
    case "time": self = .time
    case "timestamp": self = .timestamp
    case "timestamptz": self = .timestamptz
    case "uuid": self = .uuid
    default:
      guard let (precision, scale) = Self.decimal(name) else { return nil }
      self = .decimal(precision: precision, scale: scale)
    }
  }

  private static func decimal(_ name: String) -> (Int, Int)? {
    guard name.lowercased().hasPrefix("decimal("), name.last == ")" else { return nil }
    let numbers = name.dropFirst(8).dropLast().split(separator: ",").map { part in
      Int(String(part.filter { $0 != " " }))
    }
    guard numbers.count == 2, let precision = numbers[0], let scale = numbers[1] else { return nil }
    return (1...38).contains(precision) && (0...precision).contains(scale) ? (precision, scale) : nil
  }

  var type: DataType {
    switch self {
    case .boolean: .bool
    case .int: .int32
    case .long: .int64
    case .float: .float32
    case .double: .float64
    case .string: .string
    case .date: .date32
    case .time: .time64(.microsecond)
    case .timestamp: .timestamp(.microsecond, timezone: nil)
    case .timestamptz: .timestamp(.microsecond, timezone: "UTC")
    case .uuid: .uuid
    case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
    }
  }

  var description: String { type.description }

  /// `an int`, `a long`.
  var phrase: String { self == .int ? "an int" : "a \(description)" }
}
