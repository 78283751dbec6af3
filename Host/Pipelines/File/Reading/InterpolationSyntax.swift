/// One piece of a text with `${...}` in it.
enum InterpolationPiece: Equatable {
  case text(String)
  case environment(name: String, fallback: String?)
  case file(path: String)
  case variable(name: String)
}

/// Why a text cannot be interpolated, and where in it.
struct InterpolationMistake: Error, Equatable {
  var message: String
  var suggestion: String?
  /// Unicode scalars before the mistake.
  var offset: Int
}

/// Splits a text at its `${...}`. `$${` is a literal `${`; a `$` before anything else is itself.
enum InterpolationSyntax {
  static func split(_ text: String) throws(InterpolationMistake) -> [InterpolationPiece] {
    var rest = Array(text.unicodeScalars)[...]
    var pieces: [InterpolationPiece] = []
    var literal = String.UnicodeScalarView()
    while let first = rest.first {
      if rest.starts(with: ["$", "$", "{"]) {
        literal.append(contentsOf: "${".unicodeScalars)
        rest = rest.dropFirst(3)
      } else if rest.starts(with: ["$", "{"]) {
        if !literal.isEmpty { pieces.append(.text(String(literal))) }
        literal = String.UnicodeScalarView()
        pieces.append(try reference(&rest))
      } else {
        literal.append(first)
        rest = rest.dropFirst()
      }
    }
    if !literal.isEmpty || pieces.isEmpty { pieces.append(.text(String(literal))) }
    return pieces
  }

  private static func reference(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) throws(InterpolationMistake) -> InterpolationPiece {
    let offset = rest.startIndex
    guard let close = rest.firstIndex(of: "}") else {
      throw InterpolationMistake(
        message: "'${' without '}'", suggestion: "write '$${' for the characters themselves", offset: offset)
    }
    let inside = String(String.UnicodeScalarView(rest[(offset + 2)..<close]))
    rest = rest[(close + 1)...]
    guard !inside.contains("${") else {
      throw InterpolationMistake(message: "'${' inside '${...}' is not supported", offset: offset)
    }
    guard let colon = inside.firstIndex(of: ":") else {
      throw InterpolationMistake(
        message: "\(shown(inside)) names no kind of value",
        suggestion: "write ${env:NAME}, ${var:NAME} or ${file:PATH}", offset: offset)
    }
    return try piece(String(inside[..<colon]), String(inside[inside.index(after: colon)...]), inside, offset)
  }

  private static func piece(
    _ kind: String, _ name: String, _ inside: String, _ offset: Int
  ) throws(InterpolationMistake) -> InterpolationPiece {
    switch kind {
    case "env": return try environment(name, inside, offset)
    case "var":
      guard isName(name) else {
        throw InterpolationMistake(message: "\(shown(inside)) names no variable", offset: offset)
      }
      return .variable(name: name)
    case "file":
      guard !name.isEmpty, !name.utf8.contains(0) else {
        throw InterpolationMistake(message: "\(shown(inside)) names no file", offset: offset)
      }
      return .file(path: name)
    case "secret":
      throw InterpolationMistake(
        message: "'${secret:...}' is reserved, not yet supported", suggestion: "use ${env:NAME} or ${file:PATH}",
        offset: offset)
    default:
      throw InterpolationMistake(
        message: "unknown kind of value \(shown(inside))",
        suggestion: suggestion(for: kind), offset: offset)
    }
  }

  private static func environment(
    _ text: String, _ inside: String, _ offset: Int
  ) throws(InterpolationMistake) -> InterpolationPiece {
    let parts = text.split(separator: ":-", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts.first ?? "")
    guard isName(name) else {
      throw InterpolationMistake(message: "\(shown(inside)) names no environment variable", offset: offset)
    }
    return .environment(name: name, fallback: parts.count == 2 ? String(parts[1]) : nil)
  }

  /// A fallback may be a password: only what stands before it is shown.
  private static func shown(_ inside: String) -> String {
    let stem =
      inside.split(separator: ":-", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
    return quotedReference(stem)
  }

  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first), text.utf8.count <= 256 else { return false }
    return text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
    }
  }
}
