/// Pieces of JSON and of texts inside it.
enum JSONText {
  private static let digits = Array("0123456789abcdef".utf8)

  static func append(string: [UInt8], to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in string {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text.append(UInt8(ascii: "\\"))
        text.append(byte)
      case 0x0A: text += "\\n".utf8
      case 0x0D: text += "\\r".utf8
      case 0x09: text += "\\t".utf8
      case 0..<0x20:
        text += "\\u00".utf8
        append(hexadecimal: byte, to: &text)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  static func append(hexadecimal bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    for byte in bytes { append(hexadecimal: byte, to: &text) }
  }

  static func append(uuid bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      append(hexadecimal: byte, to: &text)
    }
  }

  private static func append(hexadecimal byte: UInt8, to text: inout [UInt8]) {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }

  /// A number of IEEE 754 with 16 bits, which Swift has no type for on every platform.
  static func double(half bits: UInt16) -> Double {
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023) / 1024
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
