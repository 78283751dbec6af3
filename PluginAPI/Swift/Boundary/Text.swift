import CHeadrace

extension headrace_string {
  /// A copy; bytes that are not UTF-8 become replacement characters.
  var text: String {
    guard let data, length > 0 else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: data, count: Int(length)), as: UTF8.self)
  }
}

extension headrace_bytes {
  var array: [UInt8] {
    guard let data, length > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: data, count: Int(length)))
  }
}

extension String {
  /// Lends the text to `body` in the form of the C interface.
  func withHeadraceString<R>(_ body: (headrace_string) throws -> R) rethrows -> R {
    var copy = self
    return try copy.withUTF8 { utf8 in
      try utf8.withMemoryRebound(to: CChar.self) {
        try body(headrace_string(data: $0.baseAddress, length: UInt64($0.count)))
      }
    }
  }
}
