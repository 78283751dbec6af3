package import HostModel

/// What a text turned out to be: its tree, and what is wrong with it.
package struct YAMLDocument: Sendable {
  /// Nil if the text is no YAML at all; present in spite of mistakes that leave the tree readable, such as a key that
  /// occurs twice (its first value stands).
  package var root: YAMLNode?
  package var diagnostics: [Diagnostic]

  /// Reads one document of YAML 1.2.
  ///
  /// Refused: more than one document, keys that are not scalars, a key that occurs twice, merge keys (`<<`, which YAML
  /// 1.2 does not have: a key's value would then have two places), tags other than those of the core schema, an alias
  /// within what it names, and everything beyond `limits`.
  /// - Parameters:
  ///   - bytes: UTF-8, with or without a byte order mark.
  ///   - file: the name that places are given.
  package static func parse(_ bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()) -> YAMLDocument {
    do throws(YAMLSyntaxError) {
      let text = try YAMLText(bytes, file: file, limits: limits)
      var builder = YAMLTreeBuilder(text: text, limits: limits)
      try YAMLEvents.read(text) { event throws(YAMLSyntaxError) in try builder.take(event) }
      return builder.finish()
    } catch {
      return YAMLDocument(root: nil, diagnostics: [error.diagnostic])
    }
  }

  package static func parse(_ text: String, file: String, limits: YAMLLimits = YAMLLimits()) -> YAMLDocument {
    parse(Array(text.utf8), file: file, limits: limits)
  }
}

/// The mistake after which a text cannot be read on.
struct YAMLSyntaxError: Error {
  var diagnostic: Diagnostic

  init(_ place: SourcePlace, _ message: String, suggestion: String? = nil) {
    diagnostic = Diagnostic(at: place, message, suggestion: suggestion)
  }
}
