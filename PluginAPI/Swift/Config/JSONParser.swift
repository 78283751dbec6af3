extension JSON {
  /// Reads one JSON text (RFC 8259) of at most 4 MiB, nested at most 64 deep, without repeated keys. Throws
  /// `invalidConfig` with line and column.
  public init(parsing text: String) throws(PluginError) {
    var parser = JSONParser(bytes: Array(text.utf8))
    self = try parser.parse()
  }
}

struct JSONParser {
  private static let maximumBytes = 4 << 20
  private static let maximumDepth = 64
  private let bytes: [UInt8]
  private var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() throws(PluginError) -> JSON {
    guard bytes.count <= Self.maximumBytes else { throw failure("it is longer than 4 MiB") }
    let value = try value(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw failure("something follows the value") }
    return value
  }

  private mutating func value(depth: Int) throws(PluginError) -> JSON {
    guard depth < Self.maximumDepth else { throw failure("it is nested more than \(Self.maximumDepth) deep") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") <= 9: return try number()
    default: throw failure(at == bytes.count ? "it ends too early" : "a value was expected")
    }
  }

  private mutating func object(depth: Int) throws(PluginError) -> JSON {
    var members: [JSON.Member] = []
    var keys: Set<String> = []
    at += 1
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes was expected") }
      let key = try string()
      guard keys.insert(key).inserted else { throw failure("the key '\(key)' is repeated") }
      skipSpace()
      guard take(":") else { throw failure("':' was expected") }
      members.append(JSON.Member(key, try value(depth: depth + 1)))
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("',' or '}' was expected") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(PluginError) -> JSON {
    var values: [JSON] = []
    at += 1
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("',' or ']' was expected") }
    return .array(values)
  }

  private mutating func word(_ word: String, _ value: JSON) throws(PluginError) -> JSON {
    guard bytes[at...].starts(with: word.utf8) else { throw failure("a value was expected") }
    at += word.utf8.count
    return value
  }

  private mutating func number() throws(PluginError) -> JSON {
    let start = at
    var isInteger = true
    _ = take("-")
    let leading = peek
    guard digits() > 0, leading != UInt8(ascii: "0") || at - start <= (bytes[start] == UInt8(ascii: "-") ? 2 : 1) else {
      throw failure("a number was expected")
    }
    if take(".") {
      isInteger = false
      guard digits() > 0 else { throw failure("a digit was expected") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { throw failure("a digit was expected") }
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw failure("the number \(text) is out of range") }
    return .double(value)
  }

  private mutating func digits() -> Int {
    let start = at
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
    return at - start
  }

  private mutating func string() throws(PluginError) -> String {
    var text: [UInt8] = []
    at += 1
    while let byte = peek {
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let valid = String(validating: text, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return valid
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw failure("a control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(PluginError) {
    let byte = peek
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte ?? 0)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"): text += Array(String(Character(try scalar())).utf8)
    default: throw failure("an unknown escape in a string")
    }
  }

  private mutating func scalar() throws(PluginError) -> Unicode.Scalar {
    let high = try codeUnit()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, take("\\"), take("u") else { throw failure("half of a surrogate pair") }
    let low = try codeUnit()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw failure("half of a surrogate pair") }
    return scalar
  }

  private mutating func codeUnit() throws(PluginError) -> UInt32 {
    guard at + 4 <= bytes.count, bytes[at..<at + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits were expected") }
    at += 4
    return value
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  private func failure(_ what: String) -> PluginError {
    let before = bytes.prefix(at)
    let line = before.count { $0 == 0x0A } + 1
    let column = at - (before.lastIndex(of: 0x0A) ?? -1)
    return PluginError(.invalidConfig, "the configuration is not JSON: line \(line), column \(column): \(what)")
  }
}
