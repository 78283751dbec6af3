/// Texts for durations, sizes and percentages, both ways.
package enum Units {
  private static let durations: [(unit: String, nanoseconds: Int64)] = [
    ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
  ]
  private static let sizes: [(unit: String, bytes: Int64)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1),
  ]

  /// `1h30m` and its like; nil for anything else, also if it exceeds 292 years.
  package static func duration(_ text: String) -> Duration? {
    var rest = text.utf8[...]
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      guard let (digits, unit) = quantity(&rest), let factor = durations.first(where: { $0.unit == unit })?.nanoseconds,
        let value = scaled(digits, by: factor)
      else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(value)
      guard !overflow else { return nil }
      total = sum
    }
    return .nanoseconds(total)
  }

  package static func bytes(_ text: String) -> ByteCount? {
    var rest = text.utf8[...]
    guard let (digits, unit) = quantity(&rest), rest.isEmpty,
      let factor = sizes.first(where: { $0.unit == unit })?.bytes, let value = scaled(digits, by: factor)
    else { return nil }
    return ByteCount(value)
  }

  /// The fraction that `12.5%` is; nil above 100 %.
  package static func percent(_ text: String) -> Double? {
    var rest = text.utf8[...]
    guard let (digits, unit) = quantity(&rest), rest.isEmpty, unit == "%", let value = Double(digits), value <= 100
    else {
      return nil
    }
    return value / 100
  }

  /// Takes digits, perhaps with a fraction, and the unit that follows them.
  private static func quantity(_ rest: inout Substring.UTF8View) -> (digits: String, unit: String)? {
    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    guard !whole.isEmpty, whole.count <= 18 else { return nil }
    var digits = String(Substring(whole))
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDigit)
      guard !fraction.isEmpty, fraction.count <= 9 else { return nil }
      rest = rest.dropFirst(fraction.count + 1)
      digits += "." + String(Substring(fraction))
    }
    let unit = rest.prefix { !isDigit($0) }
    rest = rest.dropFirst(unit.count)
    return (digits, String(Substring(unit)))
  }

  /// Digits times a factor, exactly, rounded down; nil on overflow.
  private static func scaled(_ digits: String, by factor: Int64) -> Int64? {
    let parts = digits.split(separator: ".")
    guard let whole = Int64(parts[0]) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    guard parts.count == 2, let numerator = Int64(parts[1]) else { return product }
    var denominator: Int64 = 1
    for _ in 0..<parts[1].count { denominator *= 10 }
    let (high, low) = factor.multipliedFullWidth(by: numerator)
    let (sum, overflowed) = product.addingReportingOverflow(denominator.dividingFullWidth((high, low)).quotient)
    return overflowed ? nil : sum
  }

  /// The shortest text with one unit that is exact.
  package static func durationText(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard attoseconds == 0 else {
      return attoseconds % 1_000_000_000_000_000 == 0
        ? "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" : "\(duration)"
    }
    for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] where seconds > 0 && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  package static func bytesText(_ count: ByteCount) -> String {
    for (unit, bytes) in sizes where count.bytes >= bytes && count.bytes % bytes == 0 && unit.hasSuffix("iB") {
      return "\(count.bytes / bytes)\(unit)"
    }
    return "\(count.bytes)B"
  }

  package static func percentText(_ fraction: Double) -> String {
    let hundredths = (fraction * 1_000_000).rounded() / 10_000
    return hundredths == hundredths.rounded() ? "\(Int64(hundredths))%" : "\(hundredths)%"
  }
}
