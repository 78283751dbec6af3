import HeadracePlugin

/// The rows whose first key column is at least `lower` and less than `upper`; nil is without a bound. Bounds are values
/// in PostgreSQL's text form.
///
/// Its description is the split's id, from which a later run learns the same boundaries again.
struct KeyRange: Hashable {
  var lower: String?
  var upper: String?

  static let all = KeyRange(lower: nil, upper: nil)

  /// `id[100,200)`; a missing bound is empty, and so is an empty text behind `=`.
  func id(column: String) -> String {
    func bound(_ text: String?) -> String { text.map { "=" + Self.escaped($0) } ?? "" }
    return "\(Self.escaped(column))[\(bound(lower)),\(bound(upper)))"
  }

  /// Reads an id back, nil if it is not one over this column.
  init?(id: String, column: String) {
    let prefix = Self.escaped(column) + "["
    guard id.hasPrefix(prefix), id.hasSuffix(")") else { return nil }
    let parts = id.dropFirst(prefix.count).dropLast().split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let lower = Self.bound(parts[0]), let upper = Self.bound(parts[1]) else { return nil }
    self.init(lower: lower, upper: upper)
  }

  init(lower: String?, upper: String?) {
    self.lower = lower
    self.upper = upper
  }

  /// Nil: not a bound. `.some(nil)`: none given.
  private static func bound(_ text: Substring) -> String?? {
    if text.isEmpty { return .some(nil) }
    guard text.first == "=", let value = unescaped(text.dropFirst()) else { return nil }
    return .some(value)
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      guard "%,[)".unicodeScalars.contains(scalar) || scalar.value < 0x20 else {
        result.unicodeScalars.append(scalar)
        continue
      }
      result += "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    }
    return result
  }

  private static func unescaped(_ text: Substring) -> String? {
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      guard rest.count >= 2, let code = UInt8(String(rest.prefix(2)), radix: 16) else { return nil }
      result.append(Unicode.Scalar(code))
      rest = rest.dropFirst(2)
    }
    return String(result)
  }
}
