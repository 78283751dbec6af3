/// Numbers as text. Spaces at either end are not part of a number here; nil for whatever is not one.
public enum NumberText {
  /// A whole number: an optional sign and digits.
  public static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var at = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { at = 1 }
    guard at < text.count else { return nil }
    var value: Int64 = 0
    while at < text.count {
      let digit = text[at] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowed) =
        isNegative ? scaled.subtractingReportingOverflow(Int64(digit)) : scaled.addingReportingOverflow(Int64(digit))
      if overflow || overflowed { return nil }
      value = sum
      at += 1
    }
    return value
  }

  /// Digits with an optional point, as a whole number and how many of its digits are behind the point: `-1.50` is
  /// (-150, 2). At most 38 digits, zeros in front aside.
  public static func decimal(_ text: UnsafeBufferPointer<UInt8>) -> (unscaled: Int128, scale: Int)? {
    var at = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { at = 1 }
    var value: Int128 = 0
    var (digits, significant, scale) = (0, 0, 0)
    var afterPoint = false
    while at < text.count {
      let byte = text[at]
      at += 1
      if byte == UInt8(ascii: "."), !afterPoint {
        afterPoint = true
        continue
      }
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value &* 10 &+ Int128(digit)
      digits += 1
      scale += afterPoint ? 1 : 0
      significant += value == 0 ? 0 : 1
      guard significant <= 38 else { return nil }
    }
    return digits == 0 ? nil : (isNegative ? -value : value, scale)
  }

  /// The number with exactly `scale` digits behind the point; nil if it has more that are not zero, or more than
  /// `precision` in all.
  public static func rescale(_ unscaled: Int128, from: Int, to scale: Int, precision: Int) -> Int128? {
    var value = unscaled
    var left = from
    while left > scale {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      guard remainder == 0 else { return nil }
      value = quotient
      left -= 1
    }
    while left < scale, value != 0 {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = scaled
      left += 1
    }
    guard let limit = powersOfTen[safe: precision], value.magnitude < limit else { return nil }
    return value
  }

  /// 10^0 to 10^38.
  static let powersOfTen: [UInt128] = (1...38).reduce(into: [1]) { powers, _ in
    powers.append((powers.last ?? 1) * 10)
  }

  /// A number with an optional point and exponent, and `NaN`, `Infinity`, `inf` with any case. Numbers of up to 15
  /// digits and a power of ten up to 22 are exact in one operation (W. D. Clinger, "How to read floating point numbers
  /// accurately", 1990); the rest goes the standard library's way, which rounds correctly as well.
  public static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    fast(text) ?? slow(text)
  }

  /// Sign, digits and at most one point, 15 digits in all; nil for everything else, wrong or not.
  private static func fast(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count <= 16, let first = text.first else { return nil }
    let isNegative = first == UInt8(ascii: "-")
    var at = isNegative ? 1 : 0
    var (value, digits, point): (Int64, Int, Int) = (0, 0, -1)
    while at < text.count {
      let digit = text[at] &- UInt8(ascii: "0")
      if digit <= 9 {
        value = value &* 10 &+ Int64(digit)
        digits &+= 1
      } else {
        guard text[at] == UInt8(ascii: "."), point < 0 else { return nil }
        point = digits
      }
      at &+= 1
    }
    guard value != 0, digits <= 15 else { return nil }
    let number = Double(isNegative ? -value : value)
    return point < 0 ? number : number / exactPowers[digits &- point]
  }

  private static func slow(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    // The library also reads hexadecimal numbers, which are none in data.
    let isHexadecimal = text.contains { $0 | 0x20 == UInt8(ascii: "x") || $0 | 0x20 == UInt8(ascii: "p") }
    guard !text.isEmpty, !isHexadecimal else { return nil }
    return Double(String(decoding: text, as: UTF8.self))
  }

  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  public static func append(integer value: Int64, to text: inout [UInt8]) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    var left = value.magnitude
    let start = text.count
    repeat {
      let (quotient, digit) = left.quotientAndRemainder(dividingBy: 10)
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
      left = quotient
    } while left > 0
    text[start...].reverse()
  }

  /// `-1.50` for (-150, 2).
  public static func append(decimal unscaled: Int128, scale: Int, to text: inout [UInt8]) {
    let digits = String(unscaled.magnitude).utf8
    if unscaled < 0 { text.append(UInt8(ascii: "-")) }
    guard scale > 0 else {
      text += digits
      if unscaled != 0 { for _ in 0..<(-scale) { text.append(UInt8(ascii: "0")) } }
      return
    }
    let padded = Array(repeating: UInt8(ascii: "0"), count: max(scale + 1 - digits.count, 0)) + Array(digits)
    text += padded.dropLast(scale)
    text.append(UInt8(ascii: "."))
    text += padded.suffix(scale)
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
