/// A type of format version 2.
package indirect enum IcebergType: Sendable, Hashable {
  case boolean
  /// 32 bits.
  case int
  /// 64 bits.
  case long
  case float
  case double
  /// An unscaled number of up to `precision` digits, divided by ten to the power of `scale`. Precision is at most 38.
  case decimal(precision: Int, scale: Int)
  /// Days since 1970-01-01.
  case date
  /// Microseconds since midnight.
  case time
  /// Microseconds since 1970, in no time zone.
  case timestamp
  /// Microseconds since 1970, UTC.
  case timestamptz
  case string
  case uuid
  /// Bytes of one length.
  case fixed(Int)
  case binary
  case structure([IcebergField])
  case list(IcebergListType)
  case map(IcebergMapType)
}

/// A column, or a field of a nested struct. Its id is what a file's column is found by, whatever its name has become.
package struct IcebergField: Sendable, Hashable {
  package var id: Int
  package var name: String
  package var type: IcebergType
  package var required: Bool
  package var doc: String?
  /// Attributes that we do not know, kept as they are.
  var extra: JSONObject = [:]

  package init(_ id: Int, _ name: String, _ type: IcebergType, required: Bool = false, doc: String? = nil) {
    self.id = id
    self.name = name
    self.type = type
    self.required = required
    self.doc = doc
  }
}

package struct IcebergListType: Sendable, Hashable {
  package var elementID: Int
  package var element: IcebergType
  package var elementRequired: Bool

  package init(elementID: Int, element: IcebergType, elementRequired: Bool = false) {
    self.elementID = elementID
    self.element = element
    self.elementRequired = elementRequired
  }
}

/// Keys are always required.
package struct IcebergMapType: Sendable, Hashable {
  package var keyID: Int
  package var key: IcebergType
  package var valueID: Int
  package var value: IcebergType
  package var valueRequired: Bool

  package init(keyID: Int, key: IcebergType, valueID: Int, value: IcebergType, valueRequired: Bool = false) {
    self.keyID = keyID
    self.key = key
    self.valueID = valueID
    self.value = value
    self.valueRequired = valueRequired
  }
}

extension IcebergType {
  package static let maximumPrecision = 38

  package var isPrimitive: Bool {
    switch self {
    case .structure, .list, .map: false
    default: true
    }
  }

  package var isFloating: Bool { self == .float || self == .double }

  /// Whether values written as this type may be read as `wider`, by the format's list of promotions.
  package func canBePromoted(to wider: IcebergType) -> Bool {
    switch (self, wider) {
    case (.int, .long), (.float, .double): true
    case (.decimal(let from, let scale), .decimal(let to, let newScale)): to > from && scale == newScale
    default: false
    }
  }

  /// The fewest bytes that hold every unscaled number of this many digits.
  package static func decimalByteCount(precision: Int) -> Int {
    var limit: Int128 = 1
    for _ in 0..<min(max(precision, 1), maximumPrecision) { limit *= 10 }
    var count = 1
    while count < 16, (Int128(1) << Int128(8 * count - 1)) < limit { count += 1 }
    return count
  }
}
