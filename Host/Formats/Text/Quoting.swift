/// A user's text as it appears in a message: in single quotes, on one line, and short.
///
/// A file may contain anything, and its messages go to terminals and logs: control characters are shown as escapes.
package func quoted(_ text: String, limit: Int = 48) -> String {
  var shown = ""
  var count = 0
  for scalar in text.unicodeScalars {
    guard count < limit else { return "'\(shown)...'" }
    count += 1
    switch scalar {
    case "\n": shown += "\\n"
    case "\t": shown += "\\t"
    case "\r": shown += "\\r"
    default:
      if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
  }
  return "'\(shown)'"
}

/// A text on one line. Its control characters would command a terminal, or make up lines of a log: line breaks and tabs become
/// spaces, the others U+FFFD.
package func printable(_ text: String) -> String {
  // Nearly all are plain.
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
  return String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control: "\t\n\r".unicodeScalars.contains(scalar) ? " " : "\u{FFFD}"
        case .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
      }))
}

/// "a, b or c": the choices of a message.
package func choices(_ words: [String], joinedBy word: String = "or") -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " \(word) " + last
}
