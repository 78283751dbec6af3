extension Column {
  /// The values as doubles, for statistics: whole numbers beyond 2^53 and decimals are rounded. What is at the index of
  /// a null is not defined. Nil for a column that is not of numbers.
  public func doubles() -> [Double]? {
    switch type {
    case .int8: doubles(Int8.self)
    case .int16: doubles(Int16.self)
    case .int32: doubles(Int32.self)
    case .int64: doubles(Int64.self)
    case .uint8: doubles(UInt8.self)
    case .uint16: doubles(UInt16.self)
    case .uint32: doubles(UInt32.self)
    case .uint64: doubles(UInt64.self)
    case .float16: (0..<count).map { double($0) }
    case .float32: values(as: Float.self).buffer.map { Double($0) }
    case .float64: Array(values(as: Double.self).buffer)
    case .decimal(_, let scale, let bits) where bits <= 128: scaled(by: scale)
    default: nil
    }
  }

  /// Dates and timestamps as microseconds since 1970, times as microseconds since midnight; nil for other types. An
  /// instant beyond the range of 64 bits is clamped.
  public func microseconds() -> [Int64]? {
    switch type {
    case .date32: scaled(Int32.self, by: Civil.microsecondsPerDay)
    case .date64: scaled(Int64.self, by: 1000)
    case .time32(let unit): scaled(Int32.self, by: 1_000_000 / unit.perSecond)
    case .time64(.nanosecond), .timestamp(.nanosecond, _):
      values(as: Int64.self).buffer.map { TimeText.divide($0, 1000).quotient }
    case .time64(let unit), .timestamp(let unit, _): scaled(Int64.self, by: 1_000_000 / unit.perSecond)
    default: nil
    }
  }

  private func doubles<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> [Double] {
    values(as: T.self).buffer.map { Double($0) }
  }

  private func scaled(by scale: Int) -> [Double] {
    var power = 1.0
    for _ in 0..<max(scale, 0) { power *= 10 }
    return (0..<count).map { Double(decimal($0) ?? 0) / power }
  }

  private func scaled<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, by factor: Int64) -> [Int64] {
    values(as: T.self).buffer.map { value in
      let (scaled, overflow) = Int64(value).multipliedReportingOverflow(by: factor)
      return overflow ? (value < 0 ? .min : .max) : scaled
    }
  }
}
