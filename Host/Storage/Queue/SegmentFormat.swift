import HostModel

/// The bytes of a segment file. All numbers are little-endian.
///
/// ```
/// header   magic "HRQUEUE\n" (8), first offset (8), salt (8), version (4), CRC-32C of the 28 bytes before (4)
/// record   length of the payload (4), CRC-32C of the payload (4), offset (8), CRC-32C of the salt and these 16 bytes (4),
///          the payload
/// ```
///
/// A record's own header has a checksum apart, so that a length is never followed that was not written, and the search for
/// records behind a damaged one costs no more than a look at each byte. The salt is the queue's and random: no payload, by
/// chance or by design, contains what looks like a record of the queue that it is in. Zeros, which a file may end with
/// after a loss of power, are no record.
enum SegmentFormat {
  static let headerBytes = 32
  /// What a record takes besides its payload.
  static let frameBytes = 20
  static let largestRecord = 1 << 30
  /// Offsets stay below this, so that sums of them cannot overflow.
  static let offsetLimit = UInt64(1) << 62
  static let version: UInt32 = 1
  static let magic: [UInt8] = Array("HRQUEUE\n".utf8)

  static func header(first: UInt64, salt: UInt64) -> [UInt8] {
    var bytes = magic
    bytes.reserveCapacity(headerBytes)
    append(first, to: &bytes)
    append(salt, to: &bytes)
    append(version, to: &bytes)
    append(bytes.withUnsafeBytes { CRC32C.of($0) }, to: &bytes)
    return bytes
  }

  static func frame(_ payload: UnsafeRawBufferPointer, offset: UInt64, salt: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frameBytes + payload.count)
    append(UInt32(payload.count), to: &bytes)
    append(CRC32C.of(payload), to: &bytes)
    append(offset, to: &bytes)
    append(bytes.withUnsafeBytes { headerSum($0, salt: salt) }, to: &bytes)
    bytes.append(contentsOf: payload)
    return bytes
  }

  static func headerSum(_ header: UnsafeRawBufferPointer, salt: UInt64) -> UInt32 {
    var sum = CRC32C()
    sum.update(salt)
    sum.update(header)
    return sum.value
  }

  private static func append<T: FixedWidthInteger>(_ number: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  // MARK: Names

  /// The name sorts as its offset does.
  static func name(first: UInt64) -> String {
    let digits = String(first)
    return String(repeating: "0", count: 20 - digits.count) + digits + ".segment"
  }

  /// The first offset of the segment of this name; nil for a file that is no segment.
  static func first(ofName name: String) -> UInt64? {
    guard name.hasSuffix(".segment"), let first = UInt64(name.dropLast(8)), name == self.name(first: first) else {
      return nil
    }
    return first
  }

  /// A segment that is being begun, or was when the process ended.
  static func isTemporary(_ name: String) -> Bool {
    name.hasSuffix(".tmp") && first(ofName: String(name.dropLast(4))) != nil
  }
}
