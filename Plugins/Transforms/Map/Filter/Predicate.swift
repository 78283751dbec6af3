import HeadracePlugin

/// A filter fitted to the columns of a stream: names are indices, and literals have the type of their column.
indirect enum Predicate {
  case and(Predicate, Predicate)
  case or(Predicate, Predicate)
  case not(Predicate)
  case isNull(Int)
  case test(Int, Test)

  /// What is asked of a value that is not null.
  enum Test {
    /// Whole numbers, dates and times, in the unit of the column.
    case integer(Comparison, Int64)
    /// Decimals and unsigned numbers of 64 bits, unscaled.
    case wide(Comparison, Int128)
    case double(Comparison, Double)
    case bool(Comparison, Bool)
    case text(Comparison, [UInt8])
    /// Bytes of a fixed width, compared as unsigned numbers from the left.
    case fixed(Comparison, [UInt8])
    /// The answer does not depend on the value, such as for `id = 1.5` over whole numbers.
    case always(Bool)
  }

  init(_ expression: FilterExpression, schema: Schema, text: String) throws(PluginError) {
    switch expression {
    case .and(let a, let b):
      self = .and(try Predicate(a, schema: schema, text: text), try Predicate(b, schema: schema, text: text))
    case .or(let a, let b):
      self = .or(try Predicate(a, schema: schema, text: text), try Predicate(b, schema: schema, text: text))
    case .not(let inner): self = .not(try Predicate(inner, schema: schema, text: text))
    case .isNull(let name): self = .isNull(try Self.find(name, in: schema))
    case .truth(let name):
      let index = try Self.find(name, in: schema)
      guard schema.fields[index].type == .bool else {
        throw FilterParser.error(
          "column '\(name.text)' is a \(schema.fields[index].type.description) and needs a comparison", at: name.place)
      }
      self = .test(index, .bool(.equal, true))
    case .compare(let name, let comparison, let literal):
      let index = try Self.find(name, in: schema)
      guard let test = Test(comparison, literal.value, type: schema.fields[index].type) else {
        throw FilterParser.error(
          "column '\(name.text)' is a \(schema.fields[index].type.description) and cannot be compared with "
            + literal.description, at: literal.place)
      }
      self = .test(index, test)
    }
  }

  private static func find(_ name: FilterExpression.Name, in schema: Schema) throws(PluginError) -> Int {
    do { return try schema.requireIndex(of: name.text) } catch {
      throw FilterParser.error(error.message, at: name.place)
    }
  }
}

extension Predicate.Test {
  /// Nil if values of the type cannot be compared with the literal.
  init?(_ comparison: Comparison, _ literal: FilterExpression.Literal.Value, type: DataType) {
    switch (type, literal) {
    case (.dictionary(_, let values, _), _): self.init(comparison, literal, type: values)
    case (.bool, .bool(let value)): self = .bool(comparison, value)
    case (.string, .text(let text)), (.largeString, .text(let text)), (.stringView, .text(let text)):
      self = .text(comparison, Array(text.utf8))
    case (.float32, .number(let text)), (.float64, .number(let text)):
      guard let value = Array(text.utf8).withUnsafeBufferPointer({ NumberText.double($0) }) else { return nil }
      self = .double(comparison, value)
    case (.uuid, .text(let text)):
      guard let bytes = UUIDText.parse(Array(text.utf8)) else { return nil }
      self = .fixed(comparison, bytes)
    case (_, .number(let text)): self.init(comparison, number: text, type: type)
    case (_, .text(let text)):
      guard let value = Array(text.utf8).withUnsafeBufferPointer({ Self.moment($0, type) }) else { return nil }
      self = .integer(comparison, value)
    default: return nil
    }
  }

  /// Whole numbers and decimals against a number that may have more digits than they: then the whole part decides.
  private init?(_ comparison: Comparison, number: String, type: DataType) {
    var scale = 0
    switch type {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: break
    case .decimal(_, let digits, let bits) where bits <= 128 && digits >= 0: scale = digits
    default: return nil
    }
    guard let (unscaled, digits) = Array(number.utf8).withUnsafeBufferPointer({ NumberText.decimal($0) }) else {
      return nil
    }
    var value = unscaled
    var isExact = true
    for _ in 0..<max(digits - scale, 0) {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      isExact = isExact && remainder == 0
      value = remainder < 0 ? quotient - 1 : quotient
    }
    for _ in 0..<max(scale - digits, 0) {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = scaled
    }
    self = Self.whole(isExact ? comparison : comparison.roundedDown, value, isExact, type)
  }

  private static func whole(_ comparison: Comparison, _ value: Int128, _ isExact: Bool, _ type: DataType) -> Self {
    if !isExact, comparison == .equal { return .always(false) }
    if !isExact, comparison == .notEqual { return .always(true) }
    if type == .uint64 { return .wide(comparison, value) }
    if case .decimal = type { return .wide(comparison, value) }
    if let value = Int64(exactly: value) { return .integer(comparison, value) }
    return .always(comparison.holds(0, value > 0 ? 1 : -1))
  }

  /// Dates and times in the unit of the column.
  private static func moment(_ text: UnsafeBufferPointer<UInt8>, _ type: DataType) -> Int64? {
    let microseconds: Int64?
    let unit: TimeUnit
    switch type {
    case .date32: return TimeText.date(text).map { Int64($0) }
    case .date64: return TimeText.date(text).map { Int64($0) * 86_400_000 }
    case .time32(let its), .time64(let its): (microseconds, unit) = (TimeText.time(text), its)
    case .timestamp(let its, let zone):
      (microseconds, unit) = (zone == nil ? TimeText.timestamp(text) : TimeText.instant(text), its)
    default: return nil
    }
    guard let microseconds else { return nil }
    if unit == .nanosecond {
      let (scaled, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : scaled
    }
    let divisor = TimeUnit.microsecond.perSecond / unit.perSecond
    let (quotient, remainder) = TimeText.divide(microseconds, divisor)
    return remainder == 0 ? quotient : nil
  }
}

extension Comparison {
  /// What to ask of the whole part where something follows it: x < 1.5 is x <= 1, and x > 1.5 is x > 1.
  fileprivate var roundedDown: Comparison {
    switch self {
    case .less: .lessOrEqual
    case .greaterOrEqual: .greater
    default: self
    }
  }
}
