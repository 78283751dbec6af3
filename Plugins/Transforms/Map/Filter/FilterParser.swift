import HeadracePlugin

/// Reads a filter by recursive descent; the grammar is at `FilterExpression`.
struct FilterParser {
  private static let maximumDepth = 100
  private let tokens: [FilterToken]
  private var at = 0

  static func parse(_ text: String) throws(PluginError) -> FilterExpression {
    var parser = FilterParser(tokens: try FilterToken.all(in: text))
    let expression = try parser.or(depth: 0)
    guard parser.token.kind == .end else { throw parser.unexpected("'and', 'or' or the end") }
    return expression
  }

  static func error(_ message: String, at place: Int) -> PluginError {
    PluginError(.invalidConfig, "filter, character \(place): \(message)")
  }

  private init(tokens: [FilterToken]) { self.tokens = tokens }

  private var token: FilterToken { tokens[min(at, tokens.count - 1)] }

  private func unexpected(_ expected: String) -> PluginError {
    Self.error("\(expected) was expected, and this is \(token.description)", at: token.place)
  }

  private mutating func or(depth: Int) throws(PluginError) -> FilterExpression {
    guard depth < Self.maximumDepth else { throw Self.error("nested too deeply", at: token.place) }
    var expression = try and(depth: depth)
    while take(word: "or") { expression = .or(expression, try and(depth: depth)) }
    return expression
  }

  private mutating func and(depth: Int) throws(PluginError) -> FilterExpression {
    var expression = try not(depth: depth)
    while take(word: "and") { expression = .and(expression, try not(depth: depth)) }
    return expression
  }

  private mutating func not(depth: Int) throws(PluginError) -> FilterExpression {
    guard depth < Self.maximumDepth else { throw Self.error("nested too deeply", at: token.place) }
    if take(word: "not") { return .not(try not(depth: depth + 1)) }
    guard take(sign: "(") else { return try test() }
    let expression = try or(depth: depth + 1)
    guard take(sign: ")") else { throw unexpected("')'") }
    return expression
  }

  private mutating func test() throws(PluginError) -> FilterExpression {
    if let literal = literal() {
      guard let comparison = comparison() else { throw unexpected("a comparison") }
      return .compare(try column(), comparison.mirrored, literal)
    }
    let name = try column()
    if take(word: "is") {
      let negated = take(word: "not")
      guard take(word: "null") else { throw unexpected("'null'") }
      return negated ? .not(.isNull(name)) : .isNull(name)
    }
    if take(word: "not") {
      guard take(word: "in") else { throw unexpected("'in'") }
      return .not(try list(name))
    }
    if take(word: "in") { return try list(name) }
    guard let comparison = comparison() else { return .truth(name) }
    guard let literal = literal() else { throw unexpected("a number, a 'text', true or false") }
    return .compare(name, comparison, literal)
  }

  /// One of several values: a chain of comparisons, halved so that a long list does not nest deeply.
  private mutating func list(_ name: FilterExpression.Name) throws(PluginError) -> FilterExpression {
    guard take(sign: "(") else { throw unexpected("'('") }
    var tests: [FilterExpression] = []
    repeat {
      guard let literal = literal() else { throw unexpected("a number, a 'text', true or false") }
      tests.append(.compare(name, .equal, literal))
    } while take(sign: ",")
    guard take(sign: ")") else { throw unexpected("',' or ')'") }
    return Self.any(tests[...])
  }

  private static func any(_ tests: ArraySlice<FilterExpression>) -> FilterExpression {
    guard tests.count > 1 else { return tests[tests.startIndex] }
    let middle = tests.startIndex + tests.count / 2
    return .or(any(tests[..<middle]), any(tests[middle...]))
  }

  private mutating func column() throws(PluginError) -> FilterExpression.Name {
    let place = token.place
    switch token.kind {
    case .quoted(let text):
      at += 1
      return FilterExpression.Name(text: text, place: place)
    case .word(let text) where !["and", "or", "not", "in", "is", "null"].contains(text.lowercased()):
      at += 1
      return FilterExpression.Name(text: text, place: place)
    default: throw unexpected("a column")
    }
  }

  private mutating func literal() -> FilterExpression.Literal? {
    let value: FilterExpression.Literal.Value
    switch (token.kind, token.keyword) {
    case (.number(let text), _): value = .number(text)
    case (.text(let text), _): value = .text(text)
    case (_, "true"): value = .bool(true)
    case (_, "false"): value = .bool(false)
    default: return nil
    }
    defer { at += 1 }
    return FilterExpression.Literal(value: value, place: token.place)
  }

  private mutating func comparison() -> Comparison? {
    guard case .sign(let sign) = token.kind else { return nil }
    let found: Comparison? =
      switch sign {
      case "=", "==": .equal
      case "!=", "<>": .notEqual
      case "<": .less
      case "<=": .lessOrEqual
      case ">": .greater
      case ">=": .greaterOrEqual
      default: nil
      }
    if found != nil { at += 1 }
    return found
  }

  private mutating func take(word: String) -> Bool {
    guard token.keyword == word else { return false }
    at += 1
    return true
  }

  private mutating func take(sign: String) -> Bool {
    guard token.kind == .sign(sign) else { return false }
    at += 1
    return true
  }
}
