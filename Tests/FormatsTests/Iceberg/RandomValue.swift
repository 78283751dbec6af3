import HostFormats

/// Values of every primitive type, small and large ones alike.
enum RandomValue {
  static func make(_ type: IcebergType, _ random: inout Mutator) -> IcebergValue {
    let bits = Int.random(in: 1...62, using: &random)
    let integer = Int64.random(in: -(1 << bits)...(1 << bits), using: &random)
    switch type {
    case .boolean: return .boolean(integer < 0)
    case .int: return .integer(integer % 2_000_000_000)
    // Years 1 to 9999, which Python's dates can say.
    case .date: return .integer(integer % 700_000)
    case .time: return .integer((integer % 86_400_000_000 + 86_400_000_000) % 86_400_000_000)
    case .timestamp, .timestamptz: return .integer(integer % 60_000_000_000_000_000)
    case .decimal(let precision, _):
      var limit: Int128 = 1
      for _ in 0..<Int.random(in: 1...precision, using: &random) { limit *= 10 }
      let wide = Int128(truncatingIfNeeded: random.next()) << 64 | Int128(truncatingIfNeeded: random.next())
      // Truncating must not need another digit.
      return .decimal(wide % (limit - min(limit - 1, 1000)))
    case .string:
      let scalars = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        ["a", "é", "漢", "😀", "\u{0301}", " ", "z"].randomElement(using: &random) ?? "a"
      }
      return .string(scalars.joined())
    case .uuid: return .bytes((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    case .fixed(let length): return .bytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
    case .binary:
      return .bytes((0..<Int.random(in: 0...30, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
    case .float: return .float(Float(integer % 100_000) / 8)
    case .double: return .double(Double(integer) / 16)
    default: return .integer(integer)
    }
  }
}
