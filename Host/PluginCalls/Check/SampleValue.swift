import HostModel

/// A value of the sample, and the form that it has as a bound in a lake's metadata.
enum SampleValue: Comparable, CustomStringConvertible {
  case integer(Int64), real(Double), bytes([UInt8])

  /// Reads the single-value binary form of the Apache Iceberg specification; nil if the bytes are none of the type.
  init?(single bytes: [UInt8], _ type: DataType) {
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T? {
      guard bytes.count == MemoryLayout<T>.size else { return nil }
      return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(as: type)) }
    }
    let value: SampleValue? =
      switch type {
      case .boolean: number(UInt8.self).map { .integer(Int64($0)) }
      case .date, .integer(bits: 32): number(Int32.self).map { .integer(Int64($0)) }
      case .float: number(UInt32.self).map { .real(Double(Float(bitPattern: $0))) }
      case .double: number(UInt64.self).map { .real(Double(bitPattern: $0)) }
      case .string, .binary: .bytes(bytes)
      default: number(Int64.self).map { .integer($0) }
      }
    guard let value else { return nil }
    self = value
  }

  static func < (a: SampleValue, b: SampleValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a < b
    case (.real(let a), .real(let b)): a < b
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    // Values of one column are of one kind.
    default: false
    }
  }

  var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .bytes(let value): "'\(String(decoding: value, as: UTF8.self))'"
    }
  }
}
