/// Dates and times as text, after ISO 8601: `2024-02-29`, `23:59:59.999999`, `2024-02-29T23:59:59.5+02:00`.
public enum TimeText {
  // MARK: Reading. Nil for anything else, and for what does not exist, such as 2023-02-29.

  /// Days since 1970. A year has four digits, or a sign and more of them.
  public static func date(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
    var scanner = Scanner(text)
    guard let days = scanner.date(), scanner.isAtEnd else { return nil }
    return Int32(exactly: days)
  }

  /// Microseconds since midnight.
  public static func time(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var scanner = Scanner(text)
    guard let time = scanner.time(), scanner.isAtEnd else { return nil }
    return time
  }

  /// Microseconds since 1970 on the wall clock, written without a zone. A date alone is midnight.
  public static func timestamp(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var scanner = Scanner(text)
    guard let local = scanner.local(), scanner.isAtEnd else { return nil }
    return local
  }

  /// Microseconds since 1970 in UTC. Without a zone the text is taken to be in UTC.
  public static func instant(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var scanner = Scanner(text)
    guard let local = scanner.local(), let zone = scanner.zone(), scanner.isAtEnd else { return nil }
    let (instant, overflow) = local.subtractingReportingOverflow(zone)
    return overflow ? nil : instant
  }

  // MARK: Writing.

  public static func append(date days: Int, to text: inout [UInt8]) {
    let (year, month, day) = Civil.date(days: days)
    if year < 0 || year > 9999 { text.append(UInt8(ascii: year < 0 ? "-" : "+")) }
    append(year.magnitude, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    append(UInt(month), digits: 2, to: &text)
    text.append(UInt8(ascii: "-"))
    append(UInt(day), digits: 2, to: &text)
  }

  /// Time of the day in units since midnight, with as many digits after the second as are not zero.
  public static func append(time value: Int64, unit: TimeUnit, to text: inout [UInt8]) {
    let (seconds, fraction) = divide(value, unit.perSecond)
    append(UInt(clamping: seconds / 3600), digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(UInt(clamping: seconds / 60 % 60), digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(UInt(clamping: seconds % 60), digits: 2, to: &text)
    guard fraction != 0 else { return }
    text.append(UInt8(ascii: "."))
    append(UInt(clamping: fraction), digits: unit.rawValue * 3, to: &text)
    while text.last == UInt8(ascii: "0") { text.removeLast() }
  }

  public static func append(timestamp value: Int64, unit: TimeUnit, isInstant: Bool, to text: inout [UInt8]) {
    let (days, rest) = divide(value, 86_400 * unit.perSecond)
    append(date: Int(days), to: &text)
    text.append(UInt8(ascii: "T"))
    append(time: rest, unit: unit, to: &text)
    if isInstant { text.append(UInt8(ascii: "Z")) }
  }

  /// Quotient and remainder towards minus infinity.
  public static func divide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func append(_ number: UInt, digits: Int, to text: inout [UInt8]) {
    let written = String(number).utf8
    for _ in 0..<max(digits - written.count, 0) { text.append(UInt8(ascii: "0")) }
    text += written
  }
}

/// Reads a text from left to right.
private struct Scanner {
  private let text: UnsafeBufferPointer<UInt8>
  private var at = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  var isAtEnd: Bool { at == text.count }

  mutating func date() -> Int? {
    let isNegative = take("-")
    let isSigned = isNegative || take("+")
    let (digits, count) = number(atMost: isSigned ? 6 : 4)
    guard count >= 4, take("-"), let month = number(1...12), take("-"), let day = number(1...31) else { return nil }
    let year = isNegative ? -digits : digits
    guard day <= Civil.daysInMonth(month, year: year) else { return nil }
    return Civil.days(year: year, month: month, day: day)
  }

  mutating func time() -> Int64? {
    guard let hour = number(0...23), take(":"), let minute = number(0...59) else { return nil }
    var microseconds = Int64(hour * 3600 + minute * 60) * 1_000_000
    guard take(":") else { return microseconds }
    guard let second = number(0...59) else { return nil }
    microseconds += Int64(second) * 1_000_000
    guard take(".") || take(",") else { return microseconds }
    return fraction().map { microseconds + $0 }
  }

  /// Digits beyond the microsecond must be zero: nothing is lost in silence.
  private mutating func fraction() -> Int64? {
    let (value, count) = number(atMost: 6)
    guard count > 0 else { return nil }
    var scaled = Int64(value)
    for _ in count..<6 { scaled *= 10 }
    while take("0") {}
    return scaled
  }

  mutating func local() -> Int64? {
    guard let days = date() else { return nil }
    let (midnight, overflow) = Int64(days).multipliedReportingOverflow(by: Civil.microsecondsPerDay)
    guard !overflow else { return nil }
    guard take("T") || take("t") || take(" ") else { return midnight }
    guard let time = time() else { return nil }
    let (sum, overflowed) = midnight.addingReportingOverflow(time)
    return overflowed ? nil : sum
  }

  /// Microseconds east of Greenwich; 0 where nothing is written.
  mutating func zone() -> Int64? {
    if isAtEnd || take("Z") || take("z") { return 0 }
    let isWest = take("-")
    guard isWest || take("+"), let hours = number(0...23) else { return nil }
    var minutes = 0
    if !isAtEnd {
      _ = take(":")
      guard let read = number(0...59) else { return nil }
      minutes = read
    }
    let zone = Int64(hours * 60 + minutes) * 60_000_000
    return isWest ? -zone : zone
  }

  /// Two digits within a range.
  private mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let (value, count) = number(atMost: 2)
    return count == 2 && range.contains(value) ? value : nil
  }

  private mutating func number(atMost limit: Int) -> (value: Int, count: Int) {
    let start = at
    var value = 0
    while at < text.count, at - start < limit, text[at] &- UInt8(ascii: "0") <= 9 {
      value = value * 10 + Int(text[at] &- UInt8(ascii: "0"))
      at += 1
    }
    return (value, at - start)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }
}
