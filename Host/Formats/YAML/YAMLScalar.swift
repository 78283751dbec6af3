/// A scalar: its text after unquoting, how it was written, and what it means.
package struct YAMLScalar: Sendable {
  package enum Style: Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  /// What a scalar means by the core schema of YAML 1.2, where `yes`, `on` and `12:30` are text.
  package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case string(String)
    /// A whole number that does not fit 64 bits. It has no value here, because any would be wrong.
    case outOfRange(String)
  }

  package var text: String
  package var style: Style
  package var value: Value
  /// The text came from the environment, a file or a secret store: it must never be printed.
  package var isSecret = false
  /// The text was put together from `${...}`, so a reader that needs a number may read one from a quoted text, and a
  /// reader that needs text may have it though it looks like a number.
  package var isInterpolated = false
  /// The scalar as written, for finding the place of a part of it. Shares storage with the whole text.
  let source: ArraySlice<Unicode.Scalar>

  package init(text: String, style: Style, value: Value, source: ArraySlice<Unicode.Scalar> = []) {
    self.text = text
    self.style = style
    self.value = value
    self.source = source
  }

  /// A scalar with a new text that came from `${...}`. A plain one is typed anew, a quoted one stays text.
  package func interpolated(as text: String, isSecret: Bool) -> YAMLScalar {
    let value = style == .plain ? Self.resolve(text) : .string(text)
    var copy = YAMLScalar(text: text, style: style, value: value, source: source)
    copy.isInterpolated = true
    copy.isSecret = isSecret || self.isSecret
    return copy
  }

  /// What the scalar is, for messages.
  package var found: String {
    if isSecret { return "a value that is not shown" }
    switch value {
    case .null: return "nothing"
    case .bool(let value): return String(value)
    case .int, .float: return "the number \(text)"
    case .outOfRange: return "the number \(quoted(text))"
    case .string: return text.isEmpty ? "an empty text" : "the text \(quoted(text))"
    }
  }

  /// The value that a reader of something else than text sees: see `isInterpolated`.
  package var valueForNumbers: Value { isInterpolated ? Self.resolve(text) : value }
}
