import Crypto
import HostFormats
package import HostModel

/// What is signed of a plugin: the library and the manifest, by their hashes, under the name and version that they have.
package struct SignedStatement: Sendable, Equatable {
  let bytes: [UInt8]

  /// - Parameter library: the SHA-256 of the library, in hexadecimal digits.
  package init(_ manifest: PluginManifest, manifestBytes: [UInt8], library: String) {
    let hash = Hex.text(Array(SHA256.hash(data: manifestBytes)))
    // The first line keeps the signature from being one of anything else.
    bytes = Array(
      """
      headrace plugin signature 1
      name \(manifest.name.value)
      version \(manifest.version.value)
      library \(library)
      manifest \(hash)

      """.utf8)
  }
}

/// The signatures of a plugin: a file beside its manifest, a line for each key.
///
/// ```
/// headrace-signature 1
/// 0123456789abcdef BASE64
/// ```
package struct SignatureFile: Sendable, Equatable {
  package static let suffix = ".sig"
  package static let fileLimit = 64 << 10
  private static let head = "headrace-signature 1"

  private(set) var signatures: [(key: String, bytes: [UInt8])]

  package static func == (a: SignatureFile, b: SignatureFile) -> Bool { a.text == b.text }

  package init() { signatures = [] }

  /// - Throws: a mistake with its place.
  package init(parsing bytes: [UInt8], file: String) throws(Failure) {
    self.init()
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first.map(String.init) == Self.head else { throw Self.mistake(file, 1, "expected '\(Self.head)'") }
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let parts = line.split(separator: " ").map(String.init)
      guard parts.count == 2, parts[0].count == 16, parts[0].allSatisfy(\.isHexDigit),
        let signature = Base64.decode(parts[1]), signature.count == 64
      else { throw Self.mistake(file, index + 1, "expected a key's id and a signature of 64 bytes in base64") }
      signatures.append((parts[0].lowercased(), signature))
    }
  }

  private static func mistake(_ file: String, _ line: Int, _ what: String) -> Failure {
    .invalid([
      Diagnostic(
        at: SourcePlace(file: file, line: line, column: 1), what, suggestion: "sign again with 'headrace plugin sign'")
    ])
  }

  package var text: String {
    ([Self.head] + signatures.map { "\($0.key) \(Base64.encode($0.bytes))" }).joined(separator: "\n") + "\n"
  }

  /// Adds a signature, in place of an earlier one by the same key.
  ///
  /// - Parameter secret: the contents of a file with the secret key.
  /// - Returns: the key's id.
  package mutating func sign(
    _ statement: SignedStatement, secret: [UInt8], path: String
  ) throws(Failure) -> String {
    let (key, signature) = try SigningKey.sign(statement.bytes, with: secret, path: path)
    signatures.removeAll { $0.key == key.id }
    signatures.append((key.id, signature))
    return key.id
  }
}
