import CCurl
package import HostModel

/// The header `Retry-After`: seconds, or a date in any of the three forms of HTTP (RFC 9110, sections 10.2.3 and 5.6.7).
package enum RetryAfter {
  /// - Returns: how long to wait from `now` on, never less than nothing; nil if the text is neither form.
  package static func duration(_ text: String, now: WallTime) -> Duration? {
    let text = text.trimmingBlanks
    guard !text.isEmpty, !text.utf8.contains(0) else { return nil }
    if text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      // More digits than fit are a very long time.
      return .seconds(min(Int64(text) ?? .max, maxSeconds))
    }
    // libcurl reads a bare number as a date as well, such as 20261127; only a text with letters is one here.
    guard text.contains(where: \.isLetter) else { return nil }
    let seconds = Int64(curl_getdate(text, nil))
    guard seconds >= 0 else { return nil }
    let left = seconds - now.microseconds / 1_000_000
    return .seconds(min(max(0, left), maxSeconds))
  }

  private static let maxSeconds: Int64 = 366 * 86_400
}

extension StringProtocol {
  /// Without spaces, tabs and line ends around it.
  var trimmingBlanks: String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
