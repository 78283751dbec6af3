/// Writes what a detector has learnt, bit by bit as it is: numbers of a fixed width in little-endian order.
public struct StateEncoder {
  public private(set) var bytes: [UInt8]

  /// `version` says how the rest is to be read.
  public init(version: UInt8) { bytes = [version] }

  public mutating func append(_ value: Int64) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  public mutating func append(_ value: Int) { append(Int64(value)) }

  public mutating func append(_ value: Double) { append(Int64(bitPattern: value.bitPattern)) }

  public mutating func append(_ text: String) {
    append(text.utf8.count)
    bytes += text.utf8
  }

  public mutating func append(_ values: [Double]) {
    append(values.count)
    for value in values { append(value) }
  }
}

/// Reads what `StateEncoder` wrote. Bytes that are too few or too many are `unsupported`, never a crash.
public struct StateDecoder {
  private let bytes: [UInt8]
  private var at = 1

  /// Throws `unsupported` for any other version.
  public init(_ bytes: [UInt8], version: UInt8) throws(PluginError) {
    self.bytes = bytes
    guard let found = bytes.first else { throw Self.damaged }
    guard found == version else {
      throw PluginError(.unsupported, "the state is of version \(found), and this plugin reads version \(version)")
    }
  }

  public mutating func int64() throws(PluginError) -> Int64 {
    guard bytes.count - at >= 8 else { throw Self.damaged }
    defer { at += 8 }
    return Int64(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: Int64.self) })
  }

  /// A number of things that lie in memory: not negative, and no more than there are bytes.
  public mutating func count() throws(PluginError) -> Int {
    let value = try int64()
    guard value >= 0, value <= bytes.count else { throw Self.damaged }
    return Int(value)
  }

  public mutating func double() throws(PluginError) -> Double {
    Double(bitPattern: UInt64(bitPattern: try int64()))
  }

  public mutating func string() throws(PluginError) -> String {
    let length = try count()
    guard bytes.count - at >= length else { throw Self.damaged }
    defer { at += length }
    return String(decoding: bytes[at..<at + length], as: UTF8.self)
  }

  public mutating func doubles() throws(PluginError) -> [Double] {
    var values: [Double] = []
    for _ in 0..<(try count()) { values.append(try double()) }
    return values
  }

  /// Throws if something is left.
  public func end() throws(PluginError) {
    guard at == bytes.count else { throw Self.damaged }
  }

  private static let damaged = PluginError(.unsupported, "the state is damaged")
}
