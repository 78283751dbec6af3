package import HostFormats

/// Patterns of a manifest that name settings of the instance, as `${config:KEY}`.
package enum ConfigPattern {
  private static let opening = "${config:"

  package static func namesSetting(_ pattern: String) -> Bool { pattern.contains(opening) }

  /// Whether a pattern is one setting, and nothing else.
  package static func isSetting(_ pattern: String) -> Bool {
    pattern.hasPrefix(opening) && pattern.firstIndex(of: "}") == pattern.indices.last
  }

  /// A pattern with its setting filled in: once for each text, if the setting is a list of them, and not at all if there is none.
  package static func filled(_ pattern: String, from config: JSONValue) -> [String] {
    guard let start = pattern.firstRange(of: opening), let end = pattern[start.upperBound...].firstIndex(of: "}")
    else { return [pattern] }
    let value = config[String(pattern[start.upperBound..<end])]
    let texts = value?.stringValue.map { [$0] } ?? value?.arrayValue?.compactMap(\.stringValue) ?? []
    let (head, rest) = (pattern[..<start.lowerBound], String(pattern[pattern.index(after: end)...]))
    return texts.flatMap { text in filled(rest, from: config).map { head + text + $0 } }
  }

  /// The text of a pattern in which something stands for each setting.
  package static func withSettings(_ pattern: String, as stand: String) -> String {
    guard let start = pattern.firstRange(of: opening), let end = pattern[start.upperBound...].firstIndex(of: "}")
    else { return pattern }
    return pattern[..<start.lowerBound] + stand
      + withSettings(String(pattern[pattern.index(after: end)...]), as: stand)
  }
}
