import HostFormats

/// What a plugin talks to, as breakers are keyed by and messages name it: never with credentials.
///
/// A plugin's schema marks the property that tells with `"x-headrace-endpoint": true`. A URI is cut down to its host, port
/// and path; `key=value` pairs (libpq's) to host, port and dbname; anything else is taken as it is.
enum Endpoint {
  static func of(_ config: JSONValue, _ schema: JSONValue) -> String {
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
  static func clean(_ text: String) -> String {
    if let scheme = text.firstRange(of: "://") { return uri(text[scheme.upperBound...]) }
    return text.contains("=") ? pairs(text) : text
  }

  private static func uri(_ rest: Substring) -> String {
    let beforeQuery = rest.prefix { $0 != "?" && $0 != "#" }
    // A password may hold an `@`: the last one ends the user information.
    let authorityEnd = beforeQuery.firstIndex(of: "/") ?? beforeQuery.endIndex
    let at = beforeQuery[..<authorityEnd].lastIndex(of: "@") ?? beforeQuery.lastIndex(of: "@")
    return String(at.map { beforeQuery[beforeQuery.index(after: $0)...] } ?? beforeQuery)
  }

  private static func pairs(_ text: String) -> String {
    let shown = ["host", "hostaddr", "port", "dbname", "service"]
    let values = words(text).compactMap { pair -> String? in
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, shown.contains(String(parts[0])) else { return nil }
      return String(parts[1])
    }
    return values.joined(separator: ":")
  }

  /// Words between spaces. A quoted one may hold spaces, and what looks like another pair: a password may be `a host=b`.
  private static func words(_ text: String) -> [String] {
    var words = [""]
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if isEscaped {
        words[words.count - 1].append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "'" {
        isQuoted.toggle()
      } else if character.isWhitespace, !isQuoted {
        words.append("")
      } else {
        words[words.count - 1].append(character)
      }
    }
    return words
  }
}
