/// The format strings of the Arrow C Data Interface
/// (https://arrow.apache.org/docs/format/CDataInterface.html#data-type-description-format-strings).
enum ArrowFormat {
  private static let simple: [(String, DataType)] = [
    ("n", .null), ("b", .bool), ("c", .int8), ("C", .uint8), ("s", .int16), ("S", .uint16), ("i", .int32),
    ("I", .uint32), ("l", .int64), ("L", .uint64), ("e", .float16), ("f", .float32), ("g", .float64), ("u", .string),
    ("U", .largeString), ("vu", .stringView), ("z", .binary), ("Z", .largeBinary), ("vz", .binaryView),
    ("tdD", .date32), ("tdm", .date64), ("tts", .time32(.second)), ("ttm", .time32(.millisecond)),
    ("ttu", .time64(.microsecond)), ("ttn", .time64(.nanosecond)), ("tDs", .duration(.second)),
    ("tDm", .duration(.millisecond)), ("tDu", .duration(.microsecond)), ("tDn", .duration(.nanosecond)),
    ("tiM", .intervalMonths), ("tiD", .intervalDayTime), ("tin", .intervalMonthDayNano),
  ]

  static func text(of type: DataType) -> String {
    switch type {
    case .decimal(let precision, let scale, let bits):
      bits == 128 ? "d:\(precision),\(scale)" : "d:\(precision),\(scale),\(bits)"
    case .fixedSizeBinary(let width): "w:\(width)"
    case .uuid: "w:16"
    case .timestamp(let unit, let timezone): "ts\(letter(of: unit)):\(timezone ?? "")"
    case .list: "+l"
    case .largeList: "+L"
    case .fixedSizeList(_, let count): "+w:\(count)"
    case .structure: "+s"
    case .map: "+m"
    case .dictionary(let index, _, _): text(of: index)
    default: simple.first { $0.1 == type }?.0 ?? "n"
    }
  }

  /// The type of a format, nil if it is none that the plugin interface knows.
  static func type(of format: String, children: [Field], keysSorted: Bool) -> DataType? {
    if let found = simple.first(where: { $0.0 == format }) { return found.1 }
    let parts = format.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let argument = parts.count > 1 ? String(parts[1]) : ""
    switch (parts[0], children.count) {
    case ("d", 0): return decimal(argument)
    case ("w", 0): return Int(argument).flatMap { $0 >= 0 ? .fixedSizeBinary($0) : nil }
    case ("tss", 0), ("tsm", 0), ("tsu", 0), ("tsn", 0):
      guard let unit = unit(of: parts[0].last) else { return nil }
      return .timestamp(unit, timezone: argument.isEmpty ? nil : argument)
    case ("+l", 1): return .list(children[0])
    case ("+L", 1): return .largeList(children[0])
    case ("+w", 1): return Int(argument).flatMap { $0 >= 0 ? .fixedSizeList(children[0], $0) : nil }
    case ("+s", _): return .structure(children)
    case ("+m", 1): return .map(children[0], keysSorted: keysSorted)
    default: return nil
    }
  }

  private static func decimal(_ argument: String) -> DataType? {
    let numbers = argument.split(separator: ",").map { Int($0) }
    guard numbers.count == 2 || numbers.count == 3, let precision = numbers[0], let scale = numbers[1] else {
      return nil
    }
    let bits = numbers.count == 3 ? numbers[2] : 128
    guard let bits, [32, 64, 128, 256].contains(bits), precision > 0 else { return nil }
    return .decimal(precision: precision, scale: scale, bits: bits)
  }

  private static func letter(of unit: TimeUnit) -> String {
    switch unit {
    case .second: "s"
    case .millisecond: "m"
    case .microsecond: "u"
    case .nanosecond: "n"
    }
  }

  private static func unit(of letter: Character?) -> TimeUnit? {
    switch letter {
    case "s": .second
    case "m": .millisecond
    case "u": .microsecond
    case "n": .nanosecond
    default: nil
    }
  }
}
