package import HostFormats

extension TableTemplate {
  package static func parse(_ text: String) throws(Mistake) -> TableTemplate {
    var parts: [Part] = []
    var literal = ""
    var shape = ""
    var rest = text[...]
    while let first = rest.first {
      let offset = text.unicodeScalars.distance(from: text.startIndex, to: rest.startIndex)
      if first == "{" {
        if !literal.isEmpty { parts.append(.literal(literal)) }
        literal = ""
        parts.append(try placeholder(&rest, offset))
        shape += "x"
      } else {
        literal.append(first)
        shape.append(first)
        rest = rest.dropFirst()
      }
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    do throws(Mistake) { try check(shape) } catch {
      throw Mistake(message: error.message, suggestion: error.suggestion, offset: 0)
    }
    guard shape.contains(".") else {
      throw Mistake(
        message: "the table \(quoted(text)) has no namespace",
        suggestion: "write for example bronze.\(literalName(text))",
        offset: 0)
    }
    return TableTemplate(text: text, parts: parts)
  }

  private static func literalName(_ text: String) -> String { text.count <= 40 ? text : "orders" }

  private static func placeholder(_ rest: inout Substring, _ offset: Int) throws(Mistake) -> Part {
    guard let close = rest.firstIndex(of: "}") else {
      throw Mistake(message: "'{' without '}' in a table's name", offset: offset)
    }
    let name = String(rest[rest.index(after: rest.startIndex)..<close])
    rest = rest[rest.index(after: close)...]
    switch name {
    case "stream.name": return .streamName
    case "stream.schema": return .streamSchema
    case "pipeline": return .pipeline
    default:
      throw Mistake(
        message: "unknown placeholder \(quoted("{\(name)}")) in a table's name",
        suggestion: EditDistance.suggestion(for: name, among: placeholders)
          ?? "known are \(choices(placeholders.map { "{\($0)}" }, joinedBy: "and"))",
        offset: offset)
    }
  }

  /// The rules of a complete name; placeholders are passed as a letter.
  static func check(_ name: String) throws(Mistake) {
    if name.contains("..") || name.contains("/") || name.contains("\\") {
      throw Mistake(
        message: "the table \(quoted(name)) would leave the warehouse", suggestion: "write NAMESPACE.TABLE", offset: 0)
    }
    let scalars = Array(name.unicodeScalars)
    if let wrong = scalars.firstIndex(where: { $0 != "." && !isAllowed($0) }) {
      throw Mistake(
        message: "\(quoted(String(scalars[wrong]))) is not allowed in a table's name",
        suggestion: "use letters, digits, '_' and '-'", offset: wrong)
    }
    let levels = name.split(separator: ".", omittingEmptySubsequences: false)
    if levels.contains(where: { $0.isEmpty }) {
      throw Mistake(
        message: "a part of the table's name \(quoted(name)) is empty", suggestion: "write NAMESPACE.TABLE", offset: 0)
    }
    if levels.contains(where: { $0.hasPrefix("-") }) {
      throw Mistake(message: "a part of the table's name \(quoted(name)) begins with '-'", offset: 0)
    }
    if levels.contains(where: { $0.utf8.count > longestName }) {
      throw Mistake(
        message: "a part of the table's name \(quoted(name)) is longer than \(longestName) bytes", offset: 0)
    }
  }
}

extension YAMLType where Value == TableTemplate {
  package static let tableTemplate = YAMLType(
    "a table such as bronze.orders", placeholder: TableTemplate(text: "", parts: []),
    schema: ["type": "string", "minLength": 3], shown: { .string($0.text) }
  ) { node, mistakes in
    guard let scalar = node.scalar, case .string(let text) = scalar.value else {
      mistakes.add(node.place, "expected a table such as bronze.orders, found \(node.found)")
      return nil
    }
    do throws(TableTemplate.Mistake) {
      return try TableTemplate.parse(text)
    } catch {
      if scalar.isSecret {
        mistakes.add(node.place, "the value that is not shown is no table's name")
      } else {
        mistakes.add(
          scalar.place(ofOffset: error.offset, from: node.place), error.message, suggestion: error.suggestion)
      }
      return nil
    }
  }
}
