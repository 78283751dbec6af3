/// One word, number or sign of a query. Comments and the content of quotes are not among them.
struct SQLToken: Equatable {
  var text: String
  /// Unicode scalars before it.
  var offset: Int
  /// An unquoted word.
  var isWord: Bool
  /// In upper case, for comparing words. Empty for what was quoted, which is never a word of the language.
  var keyword: String
}

/// Splits a query into tokens: strings (`'a''b'`, `E'...'`, `$$...$$`, `$tag$...$tag$`), quoted names, comments (also
/// nested ones) and everything else.
struct SQLLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  /// A quote or comment that is open at the end.
  private(set) var unclosed: (what: String, offset: Int)?

  init(_ query: String) { scalars = Array(query.unicodeScalars) }

  mutating func next() -> SQLToken? {
    while let scalar = peek() {
      if scalar.properties.isWhitespace {
        position += 1
      } else if scalar == "-", peek(1) == "-" {
        while let next = peek(), next != "\n" { position += 1 }
      } else if scalar == "/", peek(1) == "*" {
        skipBlockComment()
      } else {
        return token(scalar)
      }
    }
    return nil
  }

  private mutating func token(_ scalar: Unicode.Scalar) -> SQLToken {
    let start = position
    switch scalar {
    case "'": skipQuoted("'", "text", allowsBackslash: false)
    case "\"": skipQuoted("\"", "name", allowsBackslash: false)
    case "e" where peek(1) == "'", "E" where peek(1) == "'":
      position += 1
      skipQuoted("'", "text", allowsBackslash: true)
    case "$": if !skipDollarQuoted() { position += 1 }
    case _ where isWordStart(scalar):
      while let next = peek(), isWordStart(next) || next == "$" || ("0"..."9").contains(next) { position += 1 }
      let text = String(String.UnicodeScalarView(scalars[start..<position]))
      return SQLToken(text: text, offset: start, isWord: true, keyword: text.uppercased())
    case "0"..."9":
      while let next = peek(), isWordStart(next) || next == "." || ("0"..."9").contains(next) { position += 1 }
    default:
      position += 1
      return SQLToken(text: String(scalar), offset: start, isWord: false, keyword: String(scalar))
    }
    let text = String(String.UnicodeScalarView(scalars[start..<position]))
    return SQLToken(text: text, offset: start, isWord: false, keyword: "")
  }

  private mutating func skipQuoted(_ quote: Unicode.Scalar, _ what: String, allowsBackslash: Bool) {
    let start = position
    position += 1
    while let scalar = peek() {
      position += 1
      if scalar == "\\", allowsBackslash {
        position += 1
      } else if scalar == quote {
        guard peek() == quote else { return }
        position += 1
      }
    }
    position = min(position, scalars.count)
    unclosed = unclosed ?? (what, start)
  }

  private mutating func skipDollarQuoted() -> Bool {
    let start = position
    var end = position + 1
    while end < scalars.count, isWordStart(scalars[end]) || ("0"..."9").contains(scalars[end]) { end += 1 }
    guard end < scalars.count, scalars[end] == "$", !("0"..."9").contains(scalars[position + 1]) else { return false }
    let tag = scalars[start...end]
    position = end + 1
    while position + tag.count <= scalars.count {
      if scalars[position] == "$", scalars[position..<position + tag.count].elementsEqual(tag) {
        position += tag.count
        return true
      }
      position += 1
    }
    position = scalars.count
    unclosed = unclosed ?? ("text", start)
    return true
  }

  private mutating func skipBlockComment() {
    let start = position
    var depth = 0
    while position < scalars.count {
      if peek() == "/", peek(1) == "*" {
        depth += 1
        position += 2
      } else if peek() == "*", peek(1) == "/" {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        position += 1
      }
    }
    unclosed = unclosed ?? ("comment", start)
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    position + ahead < scalars.count ? scalars[position + ahead] : nil
  }

  private func isWordStart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar.value >= 0x80
  }
}
