/// Dates and times as ISO 8601 writes them.
package enum TimeText {
  /// `2026-03-01`; years beyond four digits carry their sign, and years before 1 are astronomical (`-0043`).
  package static func date(day: Int64) -> String {
    let (year, month, dayOfMonth) = CivilDate.civil(fromDay: day)
    let digits = padded(Int64(year.magnitude), 4)
    let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
    return "\(sign)\(digits)-\(padded(Int64(month), 2))-\(padded(Int64(dayOfMonth), 2))"
  }

  /// `13:45:00` or, where there is a fraction, `13:45:00.250000`.
  package static func time(microseconds: Int64) -> String {
    let seconds = microseconds / 1_000_000
    let fraction = microseconds % 1_000_000
    let clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    return fraction == 0 ? clock : "\(clock).\(padded(fraction, 6))"
  }

  /// `2026-03-01T13:45:00Z`, without the `Z` for a time of an unknown zone.
  package static func timestamp(microseconds: Int64, zoned: Bool) -> String {
    let day = CivilDate.floorDivide(microseconds, 86_400_000_000)
    // For the first day of all the product wraps around, and the subtraction wraps back.
    let rest = microseconds &- day &* 86_400_000_000
    return "\(date(day: day))T\(time(microseconds: rest))" + (zoned ? "Z" : "")
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
