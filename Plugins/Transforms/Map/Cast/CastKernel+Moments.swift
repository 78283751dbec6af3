import HeadracePlugin

extension CastKernel {
  /// From dates, times and timestamps. A timestamp without a zone is taken to be in UTC, and one with a zone becomes
  /// the wall clock in UTC.
  func fromMoment(_ target: CastTarget) -> Cast.Converted {
    switch column.type {
    case .date32:
      let days = column.values(as: Int32.self)
      return fixed(Int64(0)) { Self.scaled(Int64(days[$0]), by: Civil.microsecondsPerDay) }
    case .date64:
      let values = column.values(as: Int64.self)
      if target == .date { return fixed(Int32(0)) { Self.day(values[$0], .millisecond) } }
      return fixed(Int64(0)) { Self.microseconds(values[$0], .millisecond) }
    case .time32(let unit):
      let values = column.values(as: Int32.self)
      return fixed(Int64(0)) { Self.microseconds(Int64(values[$0]), unit) }
    case .time64(let unit), .timestamp(let unit, _):
      let values = column.values(as: Int64.self)
      if target == .date { return fixed(Int32(0)) { Self.day(values[$0], unit) } }
      return fixed(Int64(0)) { Self.microseconds(values[$0], unit) }
    default: return Cast.Converted(data: column.data, failures: [])
    }
  }

  private static func microseconds(_ value: Int64, _ unit: TimeUnit) -> Int64? {
    unit == .nanosecond
      ? TimeText.divide(value, 1000).quotient : scaled(value, by: TimeUnit.microsecond.perSecond / unit.perSecond)
  }

  private static func day(_ value: Int64, _ unit: TimeUnit) -> Int32? {
    Int32(exactly: TimeText.divide(value, 86_400 * unit.perSecond).quotient)
  }

  private static func scaled(_ value: Int64, by factor: Int64) -> Int64? {
    let (scaled, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? nil : scaled
  }
}
