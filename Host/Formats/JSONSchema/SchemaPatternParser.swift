/// A set of characters of a pattern.
struct SchemaCharacterSet: Sendable {
  var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } != isNegated
  }

  static func single(_ scalar: Unicode.Scalar) -> SchemaCharacterSet {
    SchemaCharacterSet(ranges: [scalar.value...scalar.value])
  }

  static func named(_ letter: Unicode.Scalar) -> SchemaCharacterSet? {
    switch letter {
    case "d", "D": SchemaCharacterSet(ranges: [0x30...0x39], isNegated: letter == "D")
    case "w", "W":
      SchemaCharacterSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A], isNegated: letter == "W")
    case "s", "S": SchemaCharacterSet(ranges: [0x09...0x0D, 0x20...0x20, 0xA0...0xA0], isNegated: letter == "S")
    default: nil
    }
  }
}

/// Reads a pattern piece by piece.
struct SchemaPatternParser {
  typealias Unsupported = SchemaPattern.Unsupported
  private var rest: ArraySlice<Unicode.Scalar>
  private(set) var foundEndAnchor = false

  init(_ source: String) { rest = Array(source.unicodeScalars)[...] }

  mutating func takeStartAnchor() -> Bool { take("^") }

  mutating func next() throws(Unsupported) -> SchemaPattern.Piece? {
    if rest.count == 1, rest.first == "$" {
      foundEndAnchor = true
      return nil
    }
    guard !rest.isEmpty else { return nil }
    let set = try set()
    let (least, most) = try quantifier()
    return SchemaPattern.Piece(set: set, least: least, most: most)
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func pop() -> Unicode.Scalar? { rest.popFirst() }

  private mutating func set() throws(Unsupported) -> SchemaCharacterSet {
    guard let scalar = pop() else { throw Unsupported(message: "the pattern ends too early") }
    switch scalar {
    case ".": return SchemaCharacterSet(ranges: [0x0A...0x0A, 0x0D...0x0D], isNegated: true)
    case "[": return try characterClass()
    case "\\": return try escape()
    case "(", ")", "|", "*", "+", "?", "{", "}", "^", "$", "]":
      throw Unsupported(message: "\(quoted(String(scalar))) is not supported here in a pattern")
    default: return .single(scalar)
    }
  }

  private mutating func escape() throws(Unsupported) -> SchemaCharacterSet {
    guard let scalar = pop() else { throw Unsupported(message: "the pattern ends with '\\'") }
    if let named = SchemaCharacterSet.named(scalar) { return named }
    return .single(try escaped(scalar))
  }

  private mutating func escaped(_ scalar: Unicode.Scalar) throws(Unsupported) -> Unicode.Scalar {
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "x": return try hexadecimal(2)
    case "u": return try hexadecimal(4)
    default:
      guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
        throw Unsupported(message: "the escape \(quoted("\\\(scalar)")) is not supported in a pattern")
      }
      return scalar
    }
  }

  private mutating func hexadecimal(_ count: Int) throws(Unsupported) -> Unicode.Scalar {
    let digits = String(String.UnicodeScalarView(rest.prefix(count)))
    rest = rest.dropFirst(count)
    guard digits.count == count, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
      throw Unsupported(message: "an escape in the pattern is not a character code")
    }
    return scalar
  }

  private mutating func characterClass() throws(Unsupported) -> SchemaCharacterSet {
    var result = SchemaCharacterSet()
    result.isNegated = take("^")
    while !take("]") {
      let first = try classMember()
      guard rest.first == "-", rest.dropFirst().first != "]", first.ranges.count == 1, !first.isNegated else {
        guard !first.isNegated else { throw Unsupported(message: "negated escapes in a class are not supported") }
        result.ranges += first.ranges
        continue
      }
      _ = pop()
      let last = try classMember()
      guard last.ranges.count == 1, first.ranges[0].lowerBound <= last.ranges[0].upperBound else {
        throw Unsupported(message: "a range in the pattern runs backwards")
      }
      result.ranges.append(first.ranges[0].lowerBound...last.ranges[0].upperBound)
    }
    return result
  }

  private mutating func classMember() throws(Unsupported) -> SchemaCharacterSet {
    guard let scalar = pop() else { throw Unsupported(message: "'[' without ']' in the pattern") }
    return scalar == "\\" ? try escape() : .single(scalar)
  }

  private mutating func quantifier() throws(Unsupported) -> (Int, Int?) {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard take("{") else { return (1, 1) }
    guard let close = rest.firstIndex(of: "}") else { throw Unsupported(message: "'{' without '}' in the pattern") }
    let inside = String(String.UnicodeScalarView(rest[..<close]))
    rest = rest[(close + 1)...]
    let parts = inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), let least = Int(parts[0]), (0...1000).contains(least) else {
      throw Unsupported(message: "\(quoted("{\(inside)}")) is not a repetition of up to 1000")
    }
    if parts.count == 1 { return (least, least) }
    if parts[1].isEmpty { return (least, nil) }
    guard let most = Int(parts[1]), (least...1000).contains(most) else {
      throw Unsupported(message: "\(quoted("{\(inside)}")) is not a repetition of up to 1000")
    }
    return (least, most)
  }
}
