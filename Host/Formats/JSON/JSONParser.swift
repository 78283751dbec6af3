extension JSONValue {
  /// Reads one document (RFC 8259) and nothing after it.
  ///
  /// Refused beyond the RFC: a key that occurs twice in one object, lone surrogates, and nesting deeper than
  /// `maximumDepth`, which bounds the stack.
  package static func parse(_ text: [UInt8], maximumDepth: Int = 128) throws(JSONError) -> JSONValue {
    var parser = JSONParser(text: text, maximumDepth: maximumDepth)
    return try parser.document()
  }

  package static func parse(_ text: String, maximumDepth: Int = 128) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), maximumDepth: maximumDepth)
  }
}

/// A recursive descent over the bytes of a document.
struct JSONParser {
  let text: [UInt8]
  let maximumDepth: Int
  var position = 0

  init(text: [UInt8], maximumDepth: Int) {
    self.text = text
    self.maximumDepth = maximumDepth
  }

  mutating func document() throws(JSONError) -> JSONValue {
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == text.count else { throw error("unexpected text after the end of the document") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth <= maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
    guard let first = peek else { throw error("the document ends where a value was expected") }
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error("expected a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    var object = JSONObject()
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
      let start = position
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("expected ':' after the key \"\(key)\"") }
      skipSpace()
      guard object.appendIfNew(key, try value(depth: depth + 1)) else {
        throw error("the key \"\(key)\" occurs twice", at: start)
      }
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(object) }
      guard take(UInt8(ascii: ",")) else { throw error("expected ',' or '}'") }
      skipSpace()
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw error("expected ',' or ']'") }
      skipSpace()
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let expected = word.withUTF8Buffer { Array($0) }
    guard text[position...].starts(with: expected) else { throw error("expected '\(word)'") }
    position += expected.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) {
      try digits()
    } else if let next = peek, isDigit(next) {
      throw error("a number does not begin with 0")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let written = String(decoding: text[start..<position], as: UTF8.self)
    // "-0" is a number of its own: as an integer it would lose its sign.
    if isWhole, written != "-0", let value = Int64(written) { return .integer(value) }
    return .number(written)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let next = peek, isDigit(next) { position += 1 }
    guard position > start else { throw error("expected a digit") }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  var peek: UInt8? { position < text.count ? text[position] : nil }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  func error(_ message: String, at offset: Int? = nil) -> JSONError {
    JSONError(at: offset ?? position, of: text, message)
  }
}
