/// Key-value metadata in the encoding of the Arrow C Data Interface: a count, then length-prefixed keys and values, all
/// lengths as 32-bit integers of the platform's order.
public struct ArrowMetadata: Sendable, Equatable {
  public private(set) var pairs: [(key: String, value: String)] = []

  public init(_ pairs: [(key: String, value: String)] = []) { self.pairs = pairs }

  /// Decodes; nil and malformed counts give an empty dictionary.
  public init(encoded: UnsafePointer<CChar>?) {
    guard let encoded else { return }
    var cursor = UnsafeRawPointer(encoded)
    func length() -> Int {
      defer { cursor += 4 }
      return Int(cursor.loadUnaligned(as: Int32.self))
    }
    func text() -> String {
      let count = max(0, length())
      defer { cursor += count }
      return String(decoding: UnsafeRawBufferPointer(start: cursor, count: count), as: UTF8.self)
    }
    for _ in 0..<max(0, length()) {
      let key = text()
      pairs.append((key, text()))
    }
  }

  public subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: Int) {
      withUnsafeBytes(of: Int32(value)) { bytes.append(contentsOf: $0) }
    }
    append(pairs.count)
    for (key, value) in pairs {
      for text in [key, value] {
        append(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
      }
    }
    return bytes
  }

  public static func == (a: ArrowMetadata, b: ArrowMetadata) -> Bool { a.encoded() == b.encoded() }
}
