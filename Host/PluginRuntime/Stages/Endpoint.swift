package import HostFormats

/// What a plugin talks to, as breakers are keyed by and messages name it: never with credentials.
///
/// A plugin's schema marks the property that tells with `"x-headrace-endpoint": true`. A URI is cut down to its host, port
/// and path; `key=value` pairs (libpq's) to host, port and dbname; anything else is taken as it is.
package enum Endpoint {
  package static func of(_ config: JSONValue, _ schema: JSONValue) -> String {
    guard let properties = schema["properties"]?.objectValue else { return "" }
    let marked = properties.first { $0.1["x-headrace-endpoint"]?.boolValue == true }
    guard let marked, let value = config[marked.0] else { return "" }
    switch value {
    case .string(let text): return clean(text)
    case .array(let items): return items.compactMap(\.stringValue).map(clean).joined(separator: ",")
    default: return ""
    }
  }

  /// Where a connection string leads, without its user, password and options.
  package static func clean(_ text: String) -> String {
    if let scheme = text.firstRange(of: "://") { return uri(text[scheme.upperBound...]) }
    if text.contains("=") { return pairs(text) }
    // Without a scheme it may still be `user:password@host`.
    return text.contains("@") ? uri(text[...]) : text
  }

  private static func uri(_ rest: Substring) -> String {
    let beforeQuery = rest.prefix { $0 != "?" && $0 != "#" }
    // A password may hold `/` and `@`: the last `@` ends the user information. If the last one lies behind a `?`, nobody
    // can tell a password from a query, and nothing is shown.
    if rest[beforeQuery.endIndex...].contains("@") { return "" }
    let at = beforeQuery.lastIndex(of: "@")
    return String(at.map { beforeQuery[beforeQuery.index(after: $0)...] } ?? beforeQuery)
  }

  private static func pairs(_ text: String) -> String {
    let shown: Set<String> = ["host", "hostaddr", "port", "dbname", "service"]
    var rest = text[...]
    var values: [String] = []
    while let (key, value) = nextPair(&rest) {
      // libpq takes a URI for the name of a database.
      if shown.contains(key) { values.append(value.contains("://") ? clean(value) : value) }
    }
    return values.joined(separator: ":")
  }

  /// Reads `key = value` as libpq does: spaces around the `=` count for nothing, a value in quotes may hold spaces, and a
  /// backslash takes the next character as it is.
  ///
  /// - Returns: nil at the end, and at whatever is no pair.
  private static func nextPair(_ rest: inout Substring) -> (key: String, value: String)? {
    rest = rest.drop(while: \.isWhitespace)
    let key = rest.prefix { $0 != "=" && !$0.isWhitespace }
    rest = rest[key.endIndex...].drop(while: \.isWhitespace)
    guard !key.isEmpty, rest.popFirst() == "=" else { return nil }
    rest = rest.drop(while: \.isWhitespace)
    let isQuoted = rest.first == "'"
    if isQuoted { rest.removeFirst() }
    var value = ""
    while let character = rest.popFirst() {
      if isQuoted ? character == "'" : character.isWhitespace { break }
      if character == "\\" { value += rest.popFirst().map(String.init) ?? "" } else { value.append(character) }
    }
    return (String(key), value)
  }
}
