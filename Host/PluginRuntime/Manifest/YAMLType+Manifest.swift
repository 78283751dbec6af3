import HostFormats
import HostModel
import HostPluginCalls

extension YAMLType where Value == String {
  private static func matching(
    _ expectation: String, pattern: String, _ isValid: @escaping @Sendable (String) -> Bool
  ) -> YAMLType {
    .scalar(
      expectation, placeholder: "", schema: ["type": "string", "pattern": .string(pattern)], shown: { .string($0) },
      hint: { scalar in if case .float = scalar.value { "put it in quotes" } else { nil } }
    ) { scalar in
      guard case .string(let text) = scalar.value, isValid(text) else { return nil }
      return text
    }
  }

  static let version = matching("a version such as 1.4.0", pattern: "^[0-9]+[.][0-9]+[.][0-9]+[-+.0-9A-Za-z]*$") {
    text in
    let core = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    let tail = text.dropFirst(core.count)
    return text.utf8.count <= 64 && parts.count == 3 && parts.allSatisfy { !$0.isEmpty }
      && (tail.isEmpty || tail.first == "-" || tail.first == "+")
      && tail.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-+.".contains($0)) }
  }

  /// `..` or a path from the root would let a manifest load code from anywhere.
  static let libraryName = matching(
    "a library such as libexample.so, in the manifest's folder or below",
    pattern: "^[A-Za-z0-9._+/-]+[.]so$"
  ) { text in
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard text.utf8.count <= 200, let name = parts.last, name.hasSuffix(".so"), name.count > 3, !name.hasPrefix(".")
    else { return false }
    return parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._+-".contains($0)) }
    }
  }

  static let sha256 = matching("a SHA-256 of 64 lower-case hexadecimal digits", pattern: "^[0-9a-f]{64}$") { text in
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  static let platform = matching("a platform such as linux-x86_64", pattern: "^[a-z0-9]+-[a-z0-9_]+$") { text in
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 64
      && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  static let endpoint = matching("an endpoint such as db.example.org:5432", pattern: "^.+:[0-9*]+$") { text in
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return false }
    let port = text[text.index(after: colon)...]
    let host = text[..<colon]
    let hostIsValid = host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-*_[]:${}".contains($0)) }
    return hostIsValid && (port == "*" || (1...65_535).contains(Int(port) ?? 0))
  }

  /// A setting stands for a host, or for a URL if it stands alone.
  static let httpHost = matching(
    "a host such as api.example.com, api.example.com:8443 or *.example.com", pattern: "^[A-Za-z0-9.*_:\\[\\]${}-]+$"
  ) { text in HTTPHosts.isPattern(ConfigPattern.withSettings(text, as: "setting.example")) }

  static let path = matching("a path without '..'", pattern: "^[^\\x00]+$") { text in
    !text.isEmpty && !text.utf8.contains(0) && !PathText.climbs(text)
  }

  static let environmentName = matching(
    "the name of an environment variable", pattern: "^[A-Za-z_][A-Za-z0-9_]*[*]?$"
  ) { text in
    guard let first = text.first, first.isASCII, first.isLetter || first == "_" else { return false }
    let stem = text.hasSuffix("*") ? text.dropLast() : text[...]
    return stem.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
