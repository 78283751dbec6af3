/// Hosts that may be called over HTTP, as a manifest declares them: `api.example.com:8443`, `*.example.com`, or a whole URL
/// where a user's setting has one.
///
/// Names are compared as they are written, without looking any of them up: what a name leads to is for whoever owns it to say.
public struct HTTPHosts: Sendable, Equatable {
  private var patterns: [Pattern]

  private struct Pattern: Sendable, Equatable {
    /// A host, or what stands behind the asterisk, with its dot.
    var host: String
    var isDomain: Bool
    /// Nil for the one of the scheme.
    var port: UInt16?
  }

  /// - Parameter texts: what is no pattern and no URL grants nothing.
  public init(_ texts: [String]) { patterns = texts.compactMap(Self.pattern) }

  public func allow(_ address: HTTPAddress) -> Bool {
    patterns.contains { pattern in
      let isHost = pattern.isDomain ? address.host.hasSuffix(pattern.host) : address.host == pattern.host
      return isHost && address.port == pattern.port ?? address.standardPort
    }
  }

  /// Whether a text is a host or a domain, with or without a port.
  public static func isPattern(_ text: String) -> Bool { !text.contains("/") && pattern(text) != nil }

  private static func pattern(_ text: String) -> Pattern? {
    if text.contains("://") {
      guard let address = try? HTTPAddress(url: text) else { return nil }
      return Pattern(host: address.host, isDomain: false, port: address.port)
    }
    let (name, stated) = HTTPAddress.split(text[...])
    let port = stated.flatMap(HTTPAddress.port)
    guard stated == nil || port != nil else { return nil }
    guard name.hasPrefix("*.") else {
      return HTTPAddress.host(name).map { Pattern(host: $0, isDomain: false, port: port) }
    }
    return HTTPAddress.host(name.dropFirst(2)).flatMap { isDomain($0) ? $0 : nil }
      .map { Pattern(host: "." + $0, isDomain: true, port: port) }
  }

  /// Everything below `com` belongs to everybody, and an address has nothing below it.
  private static func isDomain(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return !name[dot...].dropFirst().allSatisfy(\.isNumber)
  }
}
