package import HostModel

/// Tells values of one primitive type in another, where nothing of them is lost.
///
/// - Integers, floating numbers and decimals: the same number, or none.
/// - Text to a number: as JSON writes it, so that `007` is none.
/// - Anything but bytes to text: as previews show it.
package struct ExactCast: Sendable, Hashable {
  private let from: DataType
  private let to: DataType

  /// Nil if no value of the one type can be told in the other.
  package init?(from: DataType, to: DataType) {
    switch (from, to) {
    case (.binary, _), (.fixed, _), (.list, _), (.structure, _), (.map, _): return nil
    case (_, .string): break
    case (.boolean, _), (.date, _), (.time, _), (.timestamp, _), (.uuid, _): return nil
    case (_, .integer), (_, .float), (_, .double): break
    case (.integer, .decimal), (.unsigned, .decimal), (.decimal, .decimal), (.string, .decimal): break
    default: return nil
    }
    self.from = from
    self.to = to
  }

  /// The value in the new type; nil for null and for a value that has no place there.
  package func value(_ cells: ArrowCells, _ row: Int) -> IcebergValue? {
    guard let value = cells.value(row) else { return nil }
    switch to {
    case .string: return cells.text(row).map { .string($0) }
    case .integer(let bits):
      return integer(value).flatMap { bits > 32 || Int32(exactly: $0) != nil ? .integer($0) : nil }
    case .float: return double(value).flatMap { Self.narrowed($0) }.map { .float($0) }
    case .double: return double(value).map { .double($0) }
    case .decimal(let precision, let scale):
      return decimal(value, scale: scale).flatMap { unscaled in
        unscaled.magnitude < Self.power(of: precision) ? .decimal(unscaled) : nil
      }
    default: return nil
    }
  }

  private func integer(_ value: IcebergValue) -> Int64? {
    switch value {
    case .integer(let number): return number
    case .float(let number): return Int64(exactly: number)
    case .double(let number): return Int64(exactly: number)
    case .decimal, .string: return decimal(value, scale: 0).flatMap { Int64(exactly: $0) }
    case .boolean, .bytes: return nil
    }
  }

  private func double(_ value: IcebergValue) -> Double? {
    switch value {
    case .integer(let number): return Double(exactly: number)
    case .float(let number): return Double(number)
    case .double(let number): return number
    case .decimal(let unscaled):
      guard case .decimal(_, 0) = from else { return nil }
      return Double(exactly: unscaled)
    case .string(let text): return JSONNumber(text)?.double
    case .boolean, .bytes: return nil
    }
  }

  /// A floating number that has the same value in 32 bits; a NaN stays one.
  private static func narrowed(_ number: Double) -> Float? { number.isNaN ? .nan : Float(exactly: number) }

  /// The number with so many digits behind the point, unscaled; nil if it has more.
  private func decimal(_ value: IcebergValue, scale: Int) -> Int128? {
    switch value {
    case .integer(let number): return Self.rescaled(Int128(number), from: 0, to: scale)
    case .decimal(let unscaled):
      guard case .decimal(_, let own) = from else { return nil }
      return Self.rescaled(unscaled, from: own, to: scale)
    case .string(let text):
      guard let number = JSONNumber(text) else { return nil }
      return Self.rescaled(number.unscaled, from: number.scale, to: scale)
    case .boolean, .float, .double, .bytes: return nil
    }
  }

  private static func rescaled(_ unscaled: Int128, from old: Int, to new: Int) -> Int128? {
    var number = unscaled
    for _ in 0..<max(0, old - new) {
      let (quotient, remainder) = number.quotientAndRemainder(dividingBy: 10)
      guard remainder == 0 else { return nil }
      number = quotient
    }
    for _ in 0..<max(0, new - old) {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      number = product
    }
    return number
  }

  private static func power(of digits: Int) -> UInt128 { (0..<min(38, digits)).reduce(1) { power, _ in power * 10 } }
}

extension ExactCast {
  /// The whole column in the new type; what has no place there is null.
  package func column(_ cells: ArrowCells, rows: Int) -> OwnedArray {
    var builder = ColumnBuilder(kind)
    for row in 0..<rows {
      switch value(cells, row) {
      case .integer(let number): builder.append(number)
      case .float(let number): builder.append(number)
      case .double(let number): builder.append(number)
      case .decimal(let unscaled): builder.append(unscaled)
      case .string(let text): builder.append(text)
      case .boolean, .bytes, nil: builder.appendNull()
      }
    }
    return builder.finish()
  }

  private var kind: ColumnBuilder.Kind {
    switch to {
    case .integer(let bits): bits > 32 ? .long : .int
    case .float: .float
    case .double: .double
    case .decimal: .decimal
    default: .string
    }
  }
}

/// A number as JSON writes it, without an exponent: up to 38 digits.
private struct JSONNumber {
  let unscaled: Int128
  let scale: Int
  let double: Double?

  init?(_ text: String) {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard digits.utf8.count <= 39, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      parts[0] == "0" || !parts[0].hasPrefix("0"), let magnitude = Int128(parts.joined())
    else { return nil }
    unscaled = text.hasPrefix("-") ? -magnitude : magnitude
    scale = parts.count == 2 ? parts[1].utf8.count : 0
    double = Double(text)
  }
}
