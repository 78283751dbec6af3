/// A value of a primitive type; which one, the column's type says.
package enum IcebergValue: Sendable, Hashable {
  case boolean(Bool)
  /// `int`, `long`, `date` (days), `time`, `timestamp` and `timestamptz` (microseconds).
  case integer(Int64)
  case float(Float)
  case double(Double)
  /// The unscaled number of a decimal.
  case decimal(Int128)
  case string(String)
  /// `uuid` (16 bytes), `fixed` and `binary`.
  case bytes([UInt8])
}

extension IcebergValue {
  package var isNaN: Bool {
    switch self {
    case .float(let value): value.isNaN
    case .double(let value): value.isNaN
    default: false
    }
  }

  /// Whether this value comes before another of the same type: numbers by value (so zeros are equal and NaN is before
  /// and after nothing), strings and bytes by unsigned bytes. Nil for values of different types.
  package func isLess(than other: IcebergValue) -> Bool? {
    switch (self, other) {
    case (.boolean(let a), .boolean(let b)): !a && b
    case (.integer(let a), .integer(let b)): a < b
    case (.float(let a), .float(let b)): a < b
    case (.double(let a), .double(let b)): a < b
    case (.decimal(let a), .decimal(let b)): a < b
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    default: nil
    }
  }

  /// Whether the value can be one of this type.
  package func fits(_ type: IcebergType) -> Bool {
    switch (self, type) {
    case (.boolean, .boolean), (.float, .float), (.double, .double), (.decimal, .decimal), (.string, .string): true
    case (.integer(let value), .int), (.integer(let value), .date): Int32(exactly: value) != nil
    case (.integer, .long), (.integer, .time), (.integer, .timestamp), (.integer, .timestamptz): true
    case (.bytes(let value), .uuid): value.count == 16
    case (.bytes(let value), .fixed(let length)): value.count == length
    case (.bytes, .binary): true
    default: false
    }
  }
}
