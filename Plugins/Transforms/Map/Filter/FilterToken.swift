import HeadracePlugin

/// A word or sign of a filter.
struct FilterToken {
  enum Kind: Hashable {
    case word(String), quoted(String), text(String), number(String), sign(String), end
  }
  var kind: Kind
  /// Characters before it, plus 1.
  var place: Int

  /// The word in lower case, if it is one.
  var keyword: String? {
    guard case .word(let word) = kind else { return nil }
    return word.lowercased()
  }

  var description: String {
    switch kind {
    case .word(let text), .number(let text), .sign(let text): "'\(text)'"
    case .quoted(let text): "\"\(text)\""
    case .text(let text): "'\(text)'"
    case .end: "the end"
    }
  }

  static func all(in text: String) throws(PluginError) -> [FilterToken] {
    let characters = Array(text)
    var tokens: [FilterToken] = []
    var at = 0
    while true {
      while at < characters.count, characters[at].isWhitespace { at += 1 }
      guard at < characters.count else { break }
      let place = at + 1
      tokens.append(FilterToken(kind: try next(characters, &at), place: place))
    }
    tokens.append(FilterToken(kind: .end, place: characters.count + 1))
    return tokens
  }

  private static func next(_ characters: [Character], _ at: inout Int) throws(PluginError) -> Kind {
    let first = characters[at]
    if first == "'" { return .text(try quoted(characters, &at)) }
    if first == "\"" { return .quoted(try quoted(characters, &at)) }
    let second = at + 1 < characters.count ? characters[at + 1] : " "
    if first.isASCII,
      first.isNumber || (first == "-" || first == "+" || first == ".") && (second.isNumber || second == ".")
    {
      return .number(run(characters, &at) { $0.isNumber || ".eE+-".contains($0) })
    }
    if first.isLetter || first == "_" {
      return .word(run(characters, &at) { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
    }
    let pair = String([first, second])
    let sign = ["==", "!=", "<>", "<=", ">="].contains(pair) ? pair : String(first)
    guard ["==", "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","].contains(sign) else {
      throw FilterParser.error("'\(first)' is not understood", at: at + 1)
    }
    at += sign.count
    return .sign(sign)
  }

  private static func run(_ characters: [Character], _ at: inout Int, _ belongs: (Character) -> Bool) -> String {
    let start = at
    while at < characters.count, belongs(characters[at]) { at += 1 }
    return String(characters[start..<at])
  }

  /// Text between quotes; two quotes stand for one.
  private static func quoted(_ characters: [Character], _ at: inout Int) throws(PluginError) -> String {
    let quote = characters[at]
    let start = at
    var text = ""
    at += 1
    while at < characters.count {
      if characters[at] == quote {
        at += 1
        guard at < characters.count, characters[at] == quote else { return text }
      }
      text.append(characters[at])
      at += 1
    }
    throw FilterParser.error("a quote that does not end", at: start + 1)
  }
}
