/// The binary form of metadata in the Arrow C Data Interface: the number of pairs, then for each pair the length and
/// the bytes of the key and of the value; numbers are 32 bits in the machine's byte order.
enum ArrowMetadata {
  static let extensionName = "ARROW:extension:name"
  static let extensionData = "ARROW:extension:metadata"
  static let uuid = "arrow.uuid"

  static func encode(_ metadata: [Metadata]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ number: Int) { withUnsafeBytes(of: Int32(truncatingIfNeeded: number)) { bytes += $0 } }
    append(metadata.count)
    for pair in metadata {
      for text in [pair.key, pair.value] {
        append(text.utf8.count)
        bytes += text.utf8
      }
    }
    return bytes
  }

  static func decode(_ pointer: UnsafePointer<CChar>?) -> [Metadata] {
    guard let pointer else { return [] }
    var at = UnsafeRawPointer(pointer)
    func number() -> Int {
      defer { at += 4 }
      return max(Int(at.loadUnaligned(as: Int32.self)), 0)
    }
    func text() -> String {
      let count = number()
      defer { at += count }
      return String(decoding: UnsafeRawBufferPointer(start: at, count: count), as: UTF8.self)
    }
    let count = number()
    return (0..<count).map { _ in Metadata(text(), text()) }
  }
}
