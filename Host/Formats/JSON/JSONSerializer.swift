extension JSONValue {
  package enum Layout: Sendable {
    /// No spaces and no line breaks.
    case compact
    /// Two spaces a level, one member a line.
    case pretty
  }

  /// The document as UTF-8.
  package func serialized(_ layout: Layout = .compact) -> [UInt8] {
    var serializer = JSONSerializer(layout: layout)
    serializer.write(self, level: 0)
    return serializer.output
  }

  package func text(_ layout: Layout = .compact) -> String {
    String(decoding: serialized(layout), as: UTF8.self)
  }
}

extension JSONValue: CustomStringConvertible {
  package var description: String { text() }
}

private struct JSONSerializer {
  let layout: JSONValue.Layout
  var output: [UInt8] = []

  init(layout: JSONValue.Layout) { self.layout = layout }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let text): append(text)
    case .string(let value): write(string: value)
    case .array(let elements): write(elements, level: level)
    case .object(let object): write(object, level: level)
    }
  }

  private mutating func write(_ elements: [JSONValue], level: Int) {
    guard !elements.isEmpty else { return append("[]") }
    append("[")
    for (position, element) in elements.enumerated() {
      if position > 0 { append(",") }
      lineBreak(level + 1)
      write(element, level: level + 1)
    }
    lineBreak(level)
    append("]")
  }

  private mutating func write(_ object: JSONObject, level: Int) {
    guard !object.isEmpty else { return append("{}") }
    append("{")
    for (position, member) in object.enumerated() {
      if position > 0 { append(",") }
      lineBreak(level + 1)
      write(string: member.0)
      append(layout == .pretty ? ": " : ":")
      write(member.1, level: level + 1)
    }
    lineBreak(level)
    append("}")
  }

  private mutating func write(string: String) {
    append("\"")
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: output.append(byte)
      }
    }
    append("\"")
  }

  private mutating func lineBreak(_ level: Int) {
    guard layout == .pretty else { return }
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: 2 * level))
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }
}
