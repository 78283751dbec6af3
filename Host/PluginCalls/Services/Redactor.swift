/// Takes secrets out of texts that come from plugins and servers: what the host resolved from the environment, from files
/// and from secret stores never appears in a log, an error or an event.
package struct Redactor: Sendable {
  /// Shorter values are too likely to be part of ordinary text.
  private static let minimumLength = 4
  private let secrets: [String]

  package init(_ secrets: [String]) {
    // Longest first, so that a secret that contains another is taken out whole.
    self.secrets = Set(secrets.filter { $0.utf8.count >= Self.minimumLength })
      .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// The same redactor with one more secret.
  package func adding(_ secret: String) -> Redactor { secrets.contains(secret) ? self : Redactor(secrets + [secret]) }

  package func redact(_ text: String) -> String {
    guard !secrets.isEmpty else { return text }
    return secrets.reduce(text) { text, secret in
      text.contains(secret)
        ? text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        : text
    }
  }
}
