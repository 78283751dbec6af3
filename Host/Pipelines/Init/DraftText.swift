import HostFormats

/// Names from a source as they stand in a YAML file: a source may call its columns anything.
enum DraftText {
  /// A scalar that reads as exactly this text.
  static func scalar(_ text: String, quoted: Bool = false) -> String {
    if !quoted, isPlainName(text), !isWord(text) { return text }
    // A JSON string is a YAML string; `${` would be looked up.
    return JSONValue.string(text.split(separator: "${", omittingEmptySubsequences: false).joined(separator: "$${"))
      .text()
  }

  /// What may stand in a comment: nothing that ends the line.
  static func comment(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate: "?"
          default: scalar
          }
        }))
  }

  /// Letters, digits and `_`, and dots between: what YAML and partition expressions take without quotes.
  static func isPlainName(_ text: String) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter || first == "_" else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
  }

  /// Words that YAML takes for something else.
  private static func isWord(_ text: String) -> Bool {
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  }

  /// What `{stream.schema}_{stream.name}` makes of a stream's name.
  static func tablePart(_ stream: String) -> String {
    String(
      String.UnicodeScalarView(
        stream.unicodeScalars.map { TableTemplate.isAllowed($0) ? $0 : "_" }))
  }
}
