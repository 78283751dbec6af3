extension IcebergValue {
  /// The single-value serialization of bounds and partition summaries: decimals big-endian in as few bytes as they need,
  /// UUIDs in their own order, every other number little-endian.
  package func serialized(as type: IcebergType) throws(IcebergError) -> [UInt8] {
    guard fits(type) else { throw IcebergError("the value \(self) is none of the type \(type)") }
    switch self {
    case .boolean(let value): return [value ? 1 : 0]
    case .integer(let value): return littleEndian(UInt64(bitPattern: value), count: isFourBytes(type) ? 4 : 8)
    case .float(let value): return littleEndian(UInt64(value.bitPattern), count: 4)
    case .double(let value): return littleEndian(value.bitPattern, count: 8)
    case .decimal(let unscaled): return Self.minimalBigEndian(unscaled)
    case .string(let value): return Array(value.utf8)
    case .bytes(let value): return value
    }
  }

  /// Reads what `serialized` writes, and bounds that were written before the column's type was widened.
  package init(serialized bytes: [UInt8], as type: IcebergType) throws(IcebergError) {
    switch (type, bytes.count) {
    case (.boolean, 1): self = .boolean(bytes[0] != 0)
    case (.int, 4), (.date, 4), (.long, 4):
      self = .integer(Int64(Int32(truncatingIfNeeded: Self.fromLittleEndian(bytes))))
    case (.long, 8), (.time, 8), (.timestamp, 8), (.timestamptz, 8):
      self = .integer(Int64(bitPattern: Self.fromLittleEndian(bytes)))
    case (.float, 4): self = .float(Float(bitPattern: UInt32(truncatingIfNeeded: Self.fromLittleEndian(bytes))))
    case (.double, 4):
      self = .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: Self.fromLittleEndian(bytes)))))
    case (.double, 8): self = .double(Double(bitPattern: Self.fromLittleEndian(bytes)))
    case (.decimal, 1...16): self = .decimal(Self.fromBigEndian(bytes))
    case (.string, _):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw IcebergError("a string bound is no UTF-8")
      }
      self = .string(text)
    case (.uuid, 16), (.binary, _): self = .bytes(bytes)
    case (.fixed(let length), let count) where count <= length: self = .bytes(bytes)
    default: throw IcebergError("\(bytes.count) bytes are no value of the type \(type)")
    }
  }

  /// Two's complement, most significant byte first, without bytes that only repeat the sign.
  package static func minimalBigEndian(_ value: Int128) -> [UInt8] {
    var bytes = bigEndian(value, count: 16)
    while bytes.count > 1, (bytes[0] == 0 && bytes[1] < 0x80) || (bytes[0] == 0xFF && bytes[1] >= 0x80) {
      bytes.removeFirst()
    }
    return bytes
  }

  /// Two's complement in a given number of bytes, which the value has to fit.
  package static func bigEndian(_ value: Int128, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> Int128(8 * (count - 1 - $0))) }
  }

  package static func fromBigEndian(_ bytes: some Collection<UInt8>) -> Int128 {
    var value: Int128 = (bytes.first ?? 0) >= 0x80 ? -1 : 0
    for byte in bytes { value = value << 8 | Int128(byte) }
    return value
  }

  private func isFourBytes(_ type: IcebergType) -> Bool { type == .int || type == .date }

  private func littleEndian(_ value: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  private static func fromLittleEndian(_ bytes: [UInt8]) -> UInt64 {
    var value: UInt64 = 0
    for (place, byte) in bytes.enumerated() { value |= UInt64(byte) << UInt64(8 * place) }
    return value
  }
}
