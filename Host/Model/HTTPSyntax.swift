/// What may stand in a request of HTTP, by RFC 9110.
public enum HTTPSyntax {
  /// A token of section 5.6.2: a method, or the name of a header.
  public static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isTokenByte) }

  /// A value of a header. A line break would begin another header.
  public static func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  /// Whether a request may be sent again by whoever does not know what became of it: section 9.2.2.
  public static func isIdempotent(_ method: String) -> Bool {
    ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method)
  }

  /// Whether a header is about the connection or the length of a body, in lower case: whoever sends a request says what is true.
  public static func isOfTheSender(_ header: String) -> Bool {
    ofTheSender.contains(header) || header.hasPrefix("proxy-")
  }

  private static let ofTheSender: Set<String> = [
    "host", "connection", "content-length", "expect", "http2-settings", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

/// Where a URL of http or https leads.
///
/// Deliberately strict: whatever two readers of URLs might understand differently is no URL here, so that the host which is
/// checked is the host which is connected to.
public struct HTTPAddress: Sendable, Hashable {
  /// In lower case and without a dot at the end; an IPv6 address in brackets.
  public let host: String
  public private(set) var port: UInt16
  /// By https.
  public let isEncrypted: Bool

  public var endpoint: String { "\(host):\(port)" }

  /// - Throws: what is wrong, without any of the URL.
  public init(url: String) throws(Failure) {
    guard url.utf8.count <= Self.mostBytes else { throw Self.invalid("it has more than \(Self.mostBytes) bytes") }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
      throw Self.invalid("it has a character that has to be percent-encoded")
    }
    guard let mark = url.firstRange(of: "://") else { throw Self.invalid("it has no http:// or https://") }
    let scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { throw Self.invalid("its scheme is neither http nor https") }
    let authority = url[mark.upperBound...].prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else { throw Self.invalid("it has a user; send a header 'authorization' instead") }
    let (name, stated) = Self.split(authority)
    guard let host = Self.host(name) else { throw Self.invalid("its host is no name and no address") }
    (self.host, isEncrypted) = (host, scheme == "https")
    self.port = isEncrypted ? 443 : 80
    guard let stated else { return }
    guard let port = Self.port(stated) else { throw Self.invalid("its port is no number from 1 to 65535") }
    self.port = port
  }

  public static let mostBytes = 32 << 10

  private static func invalid(_ reason: String) -> Failure {
    Failure(.invalidInput, "the URL of the request cannot be used: \(reason)", status: .invalidConfig)
  }

  /// The port of a URL that states none.
  var standardPort: UInt16 { isEncrypted ? 443 : 80 }

  /// Host and port; a port that is not stated is nil.
  static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
    // A colon within brackets belongs to the address.
    let beyond = authority.lastIndex(of: "]") ?? authority.startIndex
    guard let colon = authority[beyond...].firstIndex(of: ":") else { return (authority, nil) }
    return (authority[..<colon], authority[authority.index(after: colon)...])
  }

  static func port(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(text), port > 0 else { return nil }
    return port
  }

  /// A host as it is compared; nil if it is none.
  static func host(_ text: some StringProtocol) -> String? {
    var host = text.lowercased()
    guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
    if host.hasPrefix("[") {
      let address = host.dropFirst().dropLast()
      let isAddress = address.contains(":") && address.allSatisfy { "0123456789abcdef:.".contains($0) }
      return isAddress && host.hasSuffix("]") ? host : nil
    }
    if host.hasSuffix(".") { host.removeLast() }
    let isName = host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.utf8.allSatisfy { HTTPSyntax.isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F }
    }
    return isName ? host : nil
  }
}
