/// Tells UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF) from other bytes.
enum UTF8Check {
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      guard let (extra, second) = continuation(of: lead), index + extra < bytes.count else { return false }
      guard second.contains(bytes[index + 1]) else { return false }
      for offset in 1...extra where bytes[index + offset] & 0xC0 != 0x80 { return false }
      index += extra + 1
    }
    return true
  }

  /// How many bytes follow a lead byte, and which values the first of them may have.
  private static func continuation(of lead: UInt8) -> (Int, ClosedRange<UInt8>)? {
    switch lead {
    case 0xC2...0xDF: (1, 0x80...0xBF)
    case 0xE0: (2, 0xA0...0xBF)
    case 0xE1...0xEC, 0xEE...0xEF: (2, 0x80...0xBF)
    case 0xED: (2, 0x80...0x9F)
    case 0xF0: (3, 0x90...0xBF)
    case 0xF1...0xF3: (3, 0x80...0xBF)
    case 0xF4: (3, 0x80...0x8F)
    default: nil
    }
  }
}
