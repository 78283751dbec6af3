/// Decodes PostgreSQL's binary numeric into the unscaled value of a decimal(precision, scale).
///
/// The format (`numeric_send`): count of digits, weight of the first, sign, display scale, each 16 bits; then digits to
/// the base 10,000, of which the first counts 10,000^weight. A value of more decimals than the scale (only a `cast`
/// leads to one) is rounded half away from zero, as the server's own cast does.
struct DecimalDecoder {
  private static let headerBytes = 8
  private static let positive: UInt16 = 0x0000
  private static let negative: UInt16 = 0x4000
  private static let notANumber: UInt16 = 0xC000
  private static let positiveInfinity: UInt16 = 0xD000
  private static let negativeInfinity: UInt16 = 0xF000

  private let scale: Int
  /// 10^precision: the first unscaled value that does not fit.
  private let limit: UInt128

  /// 0 <= scale <= precision <= 38.
  init(precision: Int, scale: Int) {
    self.scale = scale
    limit = Self.power(of: precision)
  }

  @inline(__always)
  func decode(_ bytes: UnsafeRawPointer, _ length: Int, _ value: inout Int128) -> Misfit {
    guard length >= Self.headerBytes else { return .malformed }
    let count = Int(bytes.bigEndian(UInt16.self))
    let weight = Int((bytes + 2).bigEndian(Int16.self))
    let sign = (bytes + 4).bigEndian(UInt16.self)
    guard length == Self.headerBytes + count * 2 else { return .malformed }
    guard sign == Self.positive || sign == Self.negative else { return special(sign) }
    let digits = bytes + Self.headerBytes
    var magnitude: UInt128 = 0
    if let small = smallMagnitude(digits, count, weight) {
      magnitude = UInt128(small)
    } else {
      guard let large = largeMagnitude(digits, count, weight) else { return .outOfRange }
      magnitude = large
    }
    guard magnitude < limit else { return .outOfRange }
    value = sign == Self.negative ? -Int128(magnitude) : Int128(magnitude)
    return .none
  }

  private func special(_ sign: UInt16) -> Misfit {
    switch sign {
    case Self.notANumber: .notANumber
    case Self.positiveInfinity, Self.negativeInfinity: .infinity
    default: .malformed
    }
  }

  /// The common case in 64 bits: at most four digits (16 decimals), and neither rounding nor overflow.
  @inline(__always)
  private func smallMagnitude(_ digits: UnsafeRawPointer, _ count: Int, _ weight: Int) -> UInt64? {
    guard count <= 4 else { return nil }
    var value: UInt64 = 0
    for index in 0..<count { value = value &* 10_000 &+ UInt64((digits + index &* 2).bigEndian(UInt16.self)) }
    if value == 0 { return 0 }
    let shift = scale &+ 4 &* (weight &- count &+ 1)
    if shift >= 0 {
      guard shift <= 18 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: Self.smallPower(of: shift))
      return overflow ? nil : product
    }
    guard shift >= -3 else { return nil }
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: Self.smallPower(of: -shift))
    return remainder == 0 ? quotient : nil
  }

  /// Every case. Nil if it has more than 38 digits before the point of the scaled value.
  private func largeMagnitude(_ digits: UnsafeRawPointer, _ count: Int, _ weight: Int) -> UInt128? {
    var value: UInt128 = 0
    var roundsUp = false
    var unit = 0
    for index in 0..<count {
      let digit = UInt128((digits + index * 2).bigEndian(UInt16.self))
      // The power of ten that a one in this digit stands for, in units of the scaled value.
      unit = 4 * (weight - index) + scale
      if unit >= 0 {
        guard let next = Self.shifted(value, by: 4, adding: digit) else { return nil }
        value = next
        continue
      }
      if unit > -4 {
        guard let next = Self.shifted(value, by: 4 + unit, adding: digit / Self.power(of: -unit)) else { return nil }
        value = next
      }
      if unit >= -4 { roundsUp = digit / Self.power(of: -unit - 1) % 10 >= 5 }
      unit = 0
      break
    }
    guard value == 0 || unit <= 38,
      let result = Self.shifted(value, by: value == 0 ? 0 : unit, adding: roundsUp ? 1 : 0)
    else { return nil }
    return result
  }

  private static func shifted(_ value: UInt128, by exponent: Int, adding digit: UInt128) -> UInt128? {
    let (product, overflow) = value.multipliedReportingOverflow(by: power(of: exponent))
    let (sum, overflowed) = product.addingReportingOverflow(digit)
    return overflow || overflowed ? nil : sum
  }

  /// 10^exponent, for 0...38.
  private static func power(of exponent: Int) -> UInt128 {
    var result: UInt128 = 1
    for _ in 0..<exponent { result *= 10 }
    return result
  }

  /// 10^exponent, for 0...18. A switch is a table without the check of an array and without its reference count.
  @inline(__always)
  private static func smallPower(of exponent: Int) -> UInt64 {
    switch exponent {
    case 0: 1
    case 1: 10
    case 2: 100
    case 3: 1000
    case 4: 10_000
    case 5: 100_000
    case 6: 1_000_000
    case 7: 10_000_000
    case 8: 100_000_000
    case 9: 1_000_000_000
    case 10: 10_000_000_000
    case 11: 100_000_000_000
    case 12: 1_000_000_000_000
    case 13: 10_000_000_000_000
    case 14: 100_000_000_000_000
    case 15: 1_000_000_000_000_000
    case 16: 10_000_000_000_000_000
    case 17: 100_000_000_000_000_000
    default: 1_000_000_000_000_000_000
    }
  }
}
