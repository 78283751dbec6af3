import HostModel

/// A segment that was read and checked, with the places of its payloads.
struct SegmentContents: Sendable {
  let first: UInt64
  let salt: UInt64
  private let bytes: [UInt8]
  private let payloads: [Range<Int>]
  /// Why the records end before those that the segment is to have: names the file and the byte.
  let damage: Failure?

  var count: Int { payloads.count }

  /// The payload of a record of this segment.
  func payload(_ offset: UInt64) throws(Failure) -> [UInt8] {
    let index = Int(offset - first)
    if let damage, index >= payloads.count { throw damage }
    return Array(bytes[payloads[index]])
  }

  /// The record with all its bytes, as it stands in the file.
  func frame(_ index: Int) -> [UInt8] {
    let payload = payloads[index]
    return Array(bytes[payload.lowerBound - SegmentFormat.frameBytes..<payload.upperBound])
  }

  /// Reads a segment that another one follows, which says with which offset this one ends. What lies behind the last
  /// record is what a failed write has left.
  ///
  /// - Throws: a `Failure` if the header is damaged. Records in front of damage can be had.
  init(_ bytes: [UInt8], path: String, first: UInt64, end: UInt64) throws(Failure) {
    let scan = try Scan(bytes, path: path, first: first)
    (self.first, salt, self.bytes) = (first, scan.salt, bytes)
    var found: [Range<Int>] = []
    var place = SegmentFormat.headerBytes
    while first + UInt64(found.count) < end,
      let payload = scan.payload(at: place, offset: first + UInt64(found.count))
    {
      found.append(payload)
      place = payload.upperBound
    }
    payloads = found
    let missing = first + UInt64(found.count)
    damage = missing < end ? scan.damaged(place, "record \(missing) is not whole") : nil
  }

  /// Reads the newest segment, which ends at the first record that is not whole: the process or the power has failed while
  /// that was written.
  ///
  /// - Throws: a `Failure` that names the file and the byte if whole records follow on one that is not.
  init(recovering bytes: [UInt8], path: String, first: UInt64) throws(Failure) {
    let scan = try Scan(bytes, path: path, first: first)
    (self.first, salt, self.bytes) = (first, scan.salt, bytes)
    var found: [Range<Int>] = []
    var place = SegmentFormat.headerBytes
    while let payload = scan.payload(at: place, offset: first + UInt64(found.count)) {
      found.append(payload)
      place = payload.upperBound
    }
    let missing = first + UInt64(found.count)
    if let later = scan.laterFrame(behind: place, from: missing) {
      throw scan.damaged(place, "record \(missing) is not whole, and another follows at byte \(later)")
    }
    payloads = found
    damage = nil
  }
}

/// The bytes of a segment whose header is in order.
private struct Scan {
  let bytes: [UInt8]
  let path: String
  let salt: UInt64

  init(_ bytes: [UInt8], path: String, first: UInt64) throws(Failure) {
    self.bytes = bytes
    self.path = path
    // Segments appear under their names with a header that is durable: one without it has lost it since.
    guard bytes.count >= SegmentFormat.headerBytes, bytes.starts(with: SegmentFormat.magic) else {
      throw damageFailure(path, 0, "there is no header of a segment")
    }
    let sum = bytes[..<28].withUnsafeBytes { CRC32C.of($0) }
    let stored = bytes.withUnsafeBytes { Self.load($0, 28, as: UInt32.self) }
    guard sum == stored else { throw damageFailure(path, 0, "the header's checksum is wrong") }
    let version = bytes.withUnsafeBytes { Self.load($0, 24, as: UInt32.self) }
    guard version == SegmentFormat.version else {
      throw Failure(
        .environment, "\(path): has version \(version) of the segment format",
        advice: "it was written by another version of Headrace, which can read it", status: .unsupported)
    }
    guard bytes.withUnsafeBytes({ Self.load($0, 8, as: UInt64.self) }) == first else {
      throw damageFailure(path, 8, "the first offset is not that of the file's name")
    }
    salt = bytes.withUnsafeBytes { Self.load($0, 16, as: UInt64.self) }
  }

  private static func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ place: Int, as type: T.Type
  ) -> T { T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type)) }

  /// Where the payload of the record at `place` lies; nil unless the record is whole and has this offset.
  func payload(at place: Int, offset: UInt64) -> Range<Int>? {
    bytes.withUnsafeBytes { bytes in
      guard let (found, payload) = frame(bytes, at: place), found == offset else { return nil }
      return payload
    }
  }

  private func frame(_ bytes: UnsafeRawBufferPointer, at place: Int) -> (offset: UInt64, payload: Range<Int>)? {
    let start = place + SegmentFormat.frameBytes
    guard start <= bytes.count else { return nil }
    let length = Int(Self.load(bytes, place, as: UInt32.self))
    guard length <= bytes.count - start else { return nil }
    let header = UnsafeRawBufferPointer(rebasing: bytes[place..<place + 16])
    guard SegmentFormat.headerSum(header, salt: salt) == Self.load(bytes, place + 16, as: UInt32.self) else {
      return nil
    }
    let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    guard CRC32C.of(payload) == Self.load(bytes, place + 4, as: UInt32.self) else { return nil }
    return (Self.load(bytes, place + 8, as: UInt64.self), start..<start + length)
  }

  /// The first byte behind `place` where a whole record begins that has this offset or a later one.
  func laterFrame(behind place: Int, from offset: UInt64) -> Int? {
    bytes.withUnsafeBytes { bytes in
      let most = offset + UInt64(bytes.count / SegmentFormat.frameBytes)
      var place = place + 1
      while place + SegmentFormat.frameBytes <= bytes.count {
        // The offset rules nearly every place out before a checksum is made.
        let found = Self.load(bytes, place + 8, as: UInt64.self)
        if found >= offset, found <= most, frame(bytes, at: place) != nil { return place }
        place += 1
      }
      return nil
    }
  }

  func damaged(_ place: Int, _ what: String) -> Failure { damageFailure(path, place, what) }
}

private func damageFailure(_ path: String, _ place: Int, _ what: String) -> Failure {
  Failure(
    .environment, "\(path): damaged at byte \(place): \(what)",
    advice: "put the file back from a copy; without one, its records from there on are lost", status: .fatal)
}
