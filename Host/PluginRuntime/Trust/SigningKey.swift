import Crypto
import HostFormats
package import HostModel

/// Keys of Ed25519 (RFC 8032) in the PEM form of RFC 8410, as `openssl genpkey -algorithm ed25519` writes them.
package enum SigningKey {
  /// A key has 32 bytes; a file of keys is never long.
  package static let fileLimit = 4 << 10

  /// What stands before the 32 bytes: PKCS #8, version 0, the algorithm 1.3.101.112, and an octet string in another.
  private static let secretPrefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  /// The same of a public key: the algorithm, and a bit string.
  private static let publicPrefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  /// A new pair of keys as two files.
  package static func make() -> (secret: String, public: String) {
    let key = Curve25519.Signing.PrivateKey()
    return (
      pem("PRIVATE KEY", secretPrefix + key.rawRepresentation),
      pem("PUBLIC KEY", publicPrefix + key.publicKey.rawRepresentation)
    )
  }

  private static func pem(_ label: String, _ bytes: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Base64.encode(bytes))\n-----END \(label)-----\n"
  }

  /// Signs with the secret key of a file.
  ///
  /// - Returns: the public key and the signature.
  static func sign(
    _ statement: [UInt8], with file: [UInt8], path: String
  ) throws(Failure) -> (key: TrustedKey, signature: [UInt8]) {
    let bytes = try body(of: file, "PRIVATE KEY", secretPrefix, path)
    do {
      let key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
      return (TrustedKey(Array(key.publicKey.rawRepresentation), name: ""), Array(try key.signature(for: statement)))
    } catch { throw Failure(.invalidInput, "\(path): no key of Ed25519 can be made of it", status: .invalidConfig) }
  }

  /// The public key of a file.
  package static func read(public file: [UInt8], path: String, name: String) throws(Failure) -> TrustedKey {
    TrustedKey(try body(of: file, "PUBLIC KEY", publicPrefix, path), name: name)
  }

  /// The 32 bytes of a key. What is in a file of secrets is never told.
  private static func body(
    of file: [UInt8], _ label: String, _ prefix: [UInt8], _ path: String
  ) throws(Failure) -> [UInt8] {
    let lines = String(decoding: file, as: UTF8.self).split(separator: "\n").map { $0.filter { $0 != "\r" } }
    let refusal = Failure(
      .invalidInput, "\(path): is no \(label == "PUBLIC KEY" ? "public" : "secret") key of Ed25519 in PEM",
      advice: "make a pair with 'headrace plugin keygen', or with 'openssl genpkey -algorithm ed25519'",
      status: .invalidConfig)
    guard lines.count >= 3, lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----",
      let bytes = Base64.decode(lines[1..<lines.count - 1].joined()), bytes.count == prefix.count + 32,
      bytes.starts(with: prefix)
    else { throw refusal }
    return Array(bytes[prefix.count...])
  }
}

/// A public key that somebody is known by.
package struct TrustedKey: Sendable, Equatable {
  /// The first half of the hash of the key, in hexadecimal digits: enough to name it, and to type it.
  package let id: String
  package let bytes: [UInt8]
  /// Whose it is, for people.
  package var name: String

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
    id = Hex.text(Array(SHA256.hash(data: bytes).prefix(8)))
  }

  /// Whether the key made this signature of the statement.
  func verifies(_ signature: [UInt8], of statement: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
    return key.isValidSignature(signature, for: statement)
  }
}

/// Bytes as hexadecimal digits.
package enum Hex {
  private static let prefix = "sha256:"

  /// The digits of `sha256:` and a hash, in lower case; nil for anything else.
  package static func hash(of text: String) -> String? {
    let digits = text.dropFirst(prefix.count)
    guard text.hasPrefix(prefix), digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    return digits.lowercased()
  }

  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
  }
}
