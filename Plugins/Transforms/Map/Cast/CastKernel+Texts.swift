import HeadracePlugin

extension CastKernel {
  func fromText(_ target: CastTarget) -> Cast.Converted {
    guard let texts = column.texts else { return Cast.Converted(data: column.data, failures: []) }
    switch target {
    case .boolean: return bits { Self.boolean(Self.trimmed(texts[$0])) }
    case .int: return fixed(Int32(0)) { NumberText.integer(Self.trimmed(texts[$0])).flatMap { Int32(exactly: $0) } }
    case .long: return fixed(Int64(0)) { NumberText.integer(Self.trimmed(texts[$0])) }
    case .float: return fixed(Float(0)) { NumberText.double(Self.trimmed(texts[$0])).flatMap(Self.float) }
    case .double: return fixed(Double(0)) { NumberText.double(Self.trimmed(texts[$0])) }
    case .decimal(let precision, let scale):
      return fixed(Int128(0)) {
        guard let (unscaled, digits) = NumberText.decimal(Self.trimmed(texts[$0])) else { return nil }
        return NumberText.rescale(unscaled, from: digits, to: scale, precision: precision)
      }
    case .date: return fixed(Int32(0)) { TimeText.date(Self.trimmed(texts[$0])) }
    case .time: return fixed(Int64(0)) { TimeText.time(Self.trimmed(texts[$0])) }
    case .timestamp: return fixed(Int64(0)) { TimeText.timestamp(Self.trimmed(texts[$0])) }
    case .timestamptz: return fixed(Int64(0)) { TimeText.instant(Self.trimmed(texts[$0])) }
    case .uuid:
      return fixed(SIMD16<UInt8>()) { UUIDText.parse(Self.trimmed(texts[$0])).map { SIMD16<UInt8>($0) } }
    case .string: return Cast.Converted(data: column.data, failures: [])
    }
  }

  /// Without spaces and tabs at either end.
  @inline(__always)
  private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    var (start, end) = (0, text.count)
    while start < end, text[start] == 0x20 || text[start] == 0x09 { start &+= 1 }
    while end > start, text[end &- 1] == 0x20 || text[end &- 1] == 0x09 { end &-= 1 }
    return UnsafeBufferPointer(rebasing: text[start..<end])
  }

  private static func boolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    guard text.count <= 5 else { return nil }
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "true", "t", "yes", "y", "on", "1": return true
    case "false", "f", "no", "n", "off", "0": return false
    default: return nil
    }
  }
}
