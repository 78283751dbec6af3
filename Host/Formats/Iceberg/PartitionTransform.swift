/// What a partition value is made of a column's value by.
package enum PartitionTransform: Sendable, Hashable {
  case identity
  case bucket(Int)
  case truncate(Int)
  case year, month, day, hour
  /// Always null: what is left of a partition field that was dropped.
  case void
  /// One of a newer format or of another writer: kept, never applied.
  case unknown(String)
}

extension PartitionTransform: CustomStringConvertible {
  /// The name in metadata: `bucket[16]`.
  package var description: String {
    switch self {
    case .identity: "identity"
    case .bucket(let count): "bucket[\(count)]"
    case .truncate(let width): "truncate[\(width)]"
    case .year: "year"
    case .month: "month"
    case .day: "day"
    case .hour: "hour"
    case .void: "void"
    case .unknown(let name): name
    }
  }

  package init(metadataName name: String) {
    switch name {
    case "identity": self = .identity
    case "year": self = .year
    case "month": self = .month
    case "day": self = .day
    case "hour": self = .hour
    case "void": self = .void
    default: self = Self.parameterised(name) ?? .unknown(name)
    }
  }

  private static func parameterised(_ name: String) -> PartitionTransform? {
    guard let open = name.firstIndex(of: "["), name.hasSuffix("]"),
      let number = Int32(name[name.index(after: open)...].dropLast()), number > 0
    else { return nil }
    switch name[..<open] {
    case "bucket": return .bucket(Int(number))
    case "truncate": return .truncate(Int(number))
    default: return nil
    }
  }
}

extension PartitionTransform {
  /// The type of the partition values of a column of this type; nil if the transform does not take it.
  package func resultType(of source: IcebergType) -> IcebergType? {
    switch self {
    case .identity: source.isPrimitive ? source : nil
    case .void: source.isPrimitive ? source : nil
    case .bucket: Self.isHashable(source) ? .int : nil
    case .truncate: Self.isTruncatable(source) ? source : nil
    case .year, .month: Self.hasDate(source) ? .int : nil
    case .day: Self.hasDate(source) ? .date : nil
    case .hour: source == .timestamp || source == .timestamptz ? .int : nil
    case .unknown: nil
    }
  }

  private static func isHashable(_ type: IcebergType) -> Bool {
    type.isPrimitive && !type.isFloating && type != .boolean
  }

  private static func isTruncatable(_ type: IcebergType) -> Bool {
    switch type {
    case .int, .long, .string, .binary, .decimal: true
    default: false
    }
  }

  private static func hasDate(_ type: IcebergType) -> Bool {
    type == .date || type == .timestamp || type == .timestamptz
  }

  /// The partition value of a column's value; null stays null. The type has one by `resultType`.
  package func apply(_ value: IcebergValue?, type: IcebergType) -> IcebergValue? {
    guard let value else { return nil }
    switch self {
    case .identity: return value
    case .bucket(let count): return Self.bucket(value, count)
    case .truncate(let width): return Self.truncate(value, width, type: type)
    case .year: return Self.date(value, type) { CivilDate.yearsAndMonths(ofDay: $0).years }
    case .month: return Self.date(value, type) { CivilDate.yearsAndMonths(ofDay: $0).months }
    case .day: return Self.date(value, type) { $0 }
    case .hour:
      guard case .integer(let time) = value else { return nil }
      return .integer(CivilDate.floorDivide(time, 3_600_000_000))
    case .void, .unknown: return nil
    }
  }

  private static func bucket(_ value: IcebergValue, _ count: Int) -> IcebergValue? {
    let hash: UInt32
    switch value {
    case .integer(let number): hash = Murmur3.hash(number)
    case .decimal(let unscaled): hash = Murmur3.hash(IcebergValue.minimalBigEndian(unscaled))
    case .string(let text): hash = Murmur3.hash(Array(text.utf8))
    case .bytes(let bytes): hash = Murmur3.hash(bytes)
    case .boolean, .float, .double: return nil
    }
    return .integer(Int64(hash & 0x7FFF_FFFF) % Int64(count))
  }

  /// Floors to a multiple of the width. Below the lowest multiple of the type it wraps, as the reference implementation
  /// does, because the value has to fit its type.
  private static func truncate(_ value: IcebergValue, _ width: Int, type: IcebergType) -> IcebergValue? {
    switch value {
    case .integer(let number):
      let floored = number &- ((number % Int64(width)) + Int64(width)) % Int64(width)
      return .integer(type == .int ? Int64(Int32(truncatingIfNeeded: floored)) : floored)
    case .decimal(let unscaled):
      let width = Int128(width)
      return .decimal(unscaled &- ((unscaled % width) + width) % width)
    case .string(let text): return .string(String(Substring(text.unicodeScalars.prefix(width))))
    case .bytes(let bytes): return .bytes(Array(bytes.prefix(width)))
    case .boolean, .float, .double: return nil
    }
  }

  private static func date(_ value: IcebergValue, _ type: IcebergType, _ unit: (Int64) -> Int64) -> IcebergValue? {
    guard case .integer(let number) = value else { return nil }
    return .integer(unit(type == .date ? number : CivilDate.floorDivide(number, 86_400_000_000)))
  }
}
