package import HostFormats

/// The name of a stream, or a pattern of names: `*` stands for any characters, `?` for one.
package struct StreamPattern: Sendable, Hashable, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static let everything = StreamPattern("*")

  package var isExact: Bool { !text.contains { $0 == "*" || $0 == "?" } }

  package var description: String { text }

  /// Whether a name matches. Takes time in proportion to both lengths at most: on a mismatch only the last `*` grows.
  package func matches(_ name: String) -> Bool {
    let pattern = Array(text.unicodeScalars)
    let name = Array(name.unicodeScalars)
    var (p, n) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        p = last.pattern + 1
        n = last.name + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}

extension YAMLType where Value == StreamPattern {
  package static let streamPattern = YAMLType.scalar(
    "a stream's name or pattern", placeholder: .everything,
    schema: ["type": "string", "minLength": 1, "maxLength": 1024],
    shown: { .string($0.text) },
    hint: { if case .string = $0.value { nil } else { "put it in quotes" } }
  ) { scalar in
    guard case .string(let text) = scalar.value, !text.isEmpty, text.utf8.count <= 1024,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { return nil }
    return StreamPattern(text)
  }
}
