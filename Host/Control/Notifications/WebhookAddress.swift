import CCurl
package import HostModel

/// The URL of a webhook, as libcurl itself reads it.
///
/// All of it but host and port may be a secret: the path too, which is where chat services put theirs. It is never
/// printed: `description` is `host:port`.
package struct WebhookAddress: Sendable, Hashable, CustomStringConvertible {
  /// Never shown.
  let url: String
  package let isEncrypted: Bool
  /// `host:port`, the port stated or the scheme's own.
  package let endpoint: String

  package var description: String { endpoint }

  /// - Throws: a `Failure` of the input that says what is wrong with the URL without quoting any of it.
  package init(_ text: String) throws(Failure) {
    guard let parser = curl_url() else { throw Failure(.environment, "no memory to read a URL") }
    defer { curl_url_cleanup(parser) }
    guard !text.utf8.contains(0) else { throw Self.invalid("it has a character that no URL has") }
    let code = curl_url_set(parser, CURLUPART_URL, text, 0)
    guard code == CURLUE_OK else { throw Self.invalid(Self.reason(code)) }
    let scheme = try Self.part(parser, CURLUPART_SCHEME)
    guard scheme == "https" || scheme == "http" else { throw Self.invalid("its scheme is neither https nor http") }
    let host = try Self.part(parser, CURLUPART_HOST)
    let port = try Self.part(parser, CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT))
    url = text
    isEncrypted = scheme == "https"
    endpoint = "\(host):\(port)"
  }

  /// Stands for an address that could not be read; the file that it is in is refused.
  static let unreadable = WebhookAddress()

  private init() {
    url = ""
    isEncrypted = false
    endpoint = ""
  }

  private static func part(
    _ parser: OpaquePointer, _ part: CURLUPart, flags: UInt32 = 0
  ) throws(Failure) -> String {
    var text: UnsafeMutablePointer<CChar>?
    let code = curl_url_get(parser, part, &text, flags)
    guard code == CURLUE_OK, let text else { throw invalid(reason(code)) }
    defer { curl_free(text) }
    return String(cString: text)
  }

  private static func reason(_ code: CURLUcode) -> String {
    switch code {
    case CURLUE_BAD_SCHEME: "it has to begin with https:// or http://"
    case CURLUE_UNSUPPORTED_SCHEME: "its scheme is neither https nor http"
    default: curl_url_strerror(code).map { String(cString: $0) } ?? "it cannot be read"
    }
  }

  private static func invalid(_ reason: String) -> Failure {
    Failure(.invalidInput, "this is not the URL of a webhook: \(reason)")
  }
}

/// A header that a webhook is sent. The value may be a secret and is never shown.
package struct WebhookHeader: Sendable, Hashable, CustomStringConvertible {
  package let name: String
  let value: String

  /// What the notifier states itself, in lower case.
  static let own: Set<String> = [
    "content-type", "content-length", "transfer-encoding", "host", "idempotency-key", "expect",
  ]

  /// - Throws: a `Failure` of the input; it names the header and quotes nothing of its value.
  package init(_ name: String, _ value: String) throws(Failure) {
    guard HTTPSyntax.isToken(name) else {
      throw Failure(.invalidInput, "this is not the name of a header")
    }
    guard !Self.own.contains(name.lowercased()) else {
      throw Failure(.invalidInput, "the header '\(name)' is the notifier's own")
    }
    guard HTTPSyntax.isFieldValue(value) else {
      throw Failure(.invalidInput, "the value of '\(name)' has a line break or another control character")
    }
    self.name = name
    self.value = value
  }

  package var description: String { "\(name): ***" }
}
