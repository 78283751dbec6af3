import HostModel

/// Puts values into the bytes of a frame. Numbers are little-endian.
struct WireWriter {
  private(set) var bytes: [UInt8] = []
  /// What is too large for a frame; it follows in frames of its own.
  var attachment: [UInt8] = []

  mutating func put<T: FixedWidthInteger>(_ number: T) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ number: Double) { put(number.bitPattern) }

  mutating func put(_ value: Bool) { put(UInt8(value ? 1 : 0)) }

  /// Bytes as they are.
  mutating func append(_ more: [UInt8]) { bytes += more }

  /// What another writer holds, with its attachment.
  mutating func append(_ other: WireWriter) {
    bytes += other.bytes
    attachment += other.attachment
  }

  mutating func put(_ value: [UInt8]) {
    put(UInt32(value.count))
    bytes += value
  }

  mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func put<T>(_ value: T?, _ body: (inout WireWriter, T) -> Void) {
    put(value != nil)
    if let value { body(&self, value) }
  }

  mutating func put<T>(list: [T], _ body: (inout WireWriter, T) -> Void) {
    put(UInt32(list.count))
    for item in list { body(&self, item) }
  }
}

/// Takes values out of the bytes of a frame that may hold anything.
struct WireReader {
  private let bytes: [UInt8]
  private let end: Int
  private var place = 0
  let attachment: [UInt8]

  init(_ bytes: [UInt8]) { self.init(bytes.count, of: bytes, attachment: []) }

  fileprivate init(_ end: Int, of bytes: [UInt8], attachment: [UInt8]) {
    self.bytes = bytes
    self.end = end
    self.attachment = attachment
  }

  fileprivate static var malformed: Failure {
    Failure(.run, "the worker sent what is no message", status: .fatal)
  }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(Failure) -> T {
    let size = MemoryLayout<T>.size
    guard end - place >= size else { throw Self.malformed }
    defer { place += size }
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: type)) }
  }

  mutating func double() throws(Failure) -> Double { Double(bitPattern: try number(UInt64.self)) }

  mutating func bool() throws(Failure) -> Bool { try number(UInt8.self) != 0 }

  mutating func data() throws(Failure) -> [UInt8] {
    let count = Int(try number(UInt32.self))
    guard end - place >= count else { throw Self.malformed }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  mutating func text() throws(Failure) -> String { String(decoding: try data(), as: UTF8.self) }

  mutating func optional<T>(_ body: (inout WireReader) throws(Failure) -> T) throws(Failure) -> T? {
    try bool() ? try body(&self) : nil
  }

  mutating func list<T>(
    most: Int = .max, _ body: (inout WireReader) throws(Failure) -> T
  ) throws(Failure) -> [T] {
    // Each item takes bytes, so that a count that is too large comes to the end of them.
    let count = try number(UInt32.self)
    guard count <= most else { throw Self.malformed }
    var items: [T] = []
    for _ in 0..<count {
      guard place < end else { throw Self.malformed }
      items.append(try body(&self))
    }
    return items
  }

  func finish() throws(Failure) {
    guard place == end else { throw Self.malformed }
  }
}

/// A call or a result, as it crosses: a frame that ends in the size of its attachment, and then that in pieces.
struct WireMessage {
  private let frame: [UInt8]
  private let size: Int
  private var attachment: [UInt8] = []

  private static let trailerBytes = 4
  static let pieceBytes = 1 << 20

  static func frames(_ writer: consuming WireWriter) -> [[UInt8]] {
    let attachment = writer.attachment
    writer.put(UInt32(attachment.count))
    return [writer.bytes]
      + stride(from: 0, to: attachment.count, by: pieceBytes).map { start in
        Array(attachment[start..<min(start + pieceBytes, attachment.count)])
      }
  }

  /// - Parameter mostAttached: what the sender may attach, in bytes.
  /// - Throws: if the frame does not begin a message.
  init(_ frame: [UInt8], mostAttached: Int) throws(Failure) {
    guard frame.count >= Self.trailerBytes else { throw WireReader.malformed }
    self.frame = frame
    size = Int(
      frame.withUnsafeBytes {
        UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: frame.count - Self.trailerBytes, as: UInt32.self))
      })
    guard size <= mostAttached else { throw WireReader.malformed }
  }

  var isWhole: Bool { attachment.count == size }

  /// - Throws: if the piece is empty or too long.
  mutating func add(_ piece: [UInt8]) throws(Failure) {
    guard !piece.isEmpty, piece.count <= size - attachment.count else { throw WireReader.malformed }
    attachment += piece
  }

  var reader: WireReader { WireReader(frame.count - Self.trailerBytes, of: frame, attachment: attachment) }
}
