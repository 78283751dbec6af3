extension YAMLScalar {
  /// The value of an unquoted text, by the core schema of YAML 1.2.2, section 10.3.2.
  package static func resolve(_ text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    default: return number(Array(text.utf8), text) ?? .string(text)
    }
  }

  private static func number(_ bytes: [UInt8], _ text: String) -> Value? {
    guard let first = bytes.first, first < 0x3A, bytes.count <= 400 else { return nil }
    if let value = integer(bytes, text) { return value }
    guard isFloat(bytes), let value = Double(text.hasPrefix(".") ? "0" + text : normalized(text)) else { return nil }
    return .float(value)
  }

  private static func integer(_ bytes: [UInt8], _ text: String) -> Value? {
    if bytes.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) { return radix(text, 16) }
    if bytes.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "o")]) { return radix(text, 8) }
    let isSigned = bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
    let digits = isSigned ? bytes.dropFirst() : bytes[...]
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    return Int64(text).map { .int($0) } ?? .outOfRange(text)
  }

  private static func radix(_ text: String, _ radix: Int) -> Value? {
    let digits = text.dropFirst(2)
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit && ($0.hexDigitValue ?? 16) < radix }) else {
      return nil
    }
    return Int64(digits, radix: radix).map { .int($0) } ?? .outOfRange(text)
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
  private static func isFloat(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    func skip(_ set: [UInt8]) -> Bool {
      guard let first = rest.first, set.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    func digits() -> Int {
      let count = rest.prefix(while: isDigit).count
      rest = rest.dropFirst(count)
      return count
    }
    _ = skip([UInt8(ascii: "-"), UInt8(ascii: "+")])
    let whole = digits()
    let fraction = skip([UInt8(ascii: ".")]) ? digits() : 0
    guard whole + fraction > 0 else { return false }
    if skip([UInt8(ascii: "e"), UInt8(ascii: "E")]) {
      _ = skip([UInt8(ascii: "-"), UInt8(ascii: "+")])
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// Swift reads no number that begins or ends with its point: `-.5` and `1.` get their zero.
  private static func normalized(_ text: String) -> String {
    var result = ""
    var last: Character = " "
    for character in text {
      if character == ".", !last.isNumber { result.append("0") }
      if last == ".", !character.isNumber { result.append("0") }
      result.append(character)
      last = character
    }
    return last == "." ? result + "0" : result
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
