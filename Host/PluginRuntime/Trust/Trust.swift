/// Whether a plugin's library and manifest are what somebody vouches for.
package enum Trust: Sendable, Equatable {
  /// A library of this build, by `plugins.lock`.
  case build
  /// Signed by a key that this installation trusts.
  case signed(TrustedKey)
  case unsigned
  /// Signed, by keys that this installation does not know.
  case unknown(keys: [String])
  /// A signature by a trusted key does not fit: the library or the manifest is another than was signed.
  case broken(TrustedKey)
  /// Taken back, whoever has signed it.
  case revoked(what: String, reason: String)

  /// Whether its code may run in the host's own process unless its manifest says otherwise.
  package var isTrusted: Bool {
    switch self {
    case .build, .signed: true
    case .unsigned, .unknown, .broken, .revoked: false
    }
  }

  /// Why it must not be run at all; nil if it may.
  package var refusal: (reason: String, advice: String)? {
    switch self {
    case .build, .signed, .unsigned, .unknown: nil
    case .broken(let key):
      (
        "the signature by \(key.told) is not of this library and this manifest",
        "restore what was signed, sign it again, or remove the signature to run it as a stranger's"
      )
    case .revoked(let what, let reason):
      ("\(what) is revoked" + (reason.isEmpty ? "" : ": \(reason)"), "install a version that is not")
    }
  }

  package var told: String {
    switch self {
    case .build: "of this build"
    case .signed(let key): "signed by \(key.told)"
    case .unsigned: "not signed"
    case .unknown(let keys): "signed by \(keys.joined(separator: ", ")), which this installation does not know"
    case .broken, .revoked: refusal?.reason ?? ""
    }
  }
}

extension TrustedKey {
  package var told: String { name.isEmpty ? id : "\(name) (\(id))" }
}

/// The keys that an installation trusts, what was let into the host without one, and what was taken back:
/// `HOME/trust/keys.json`.
package struct TrustStore: Sendable, Equatable {
  package struct Revocation: Sendable, Equatable {
    /// The id of a key, or `sha256:` and the hash of a library.
    package var what: String
    package var reason: String

    package init(_ what: String, reason: String) {
      self.what = what
      self.reason = reason
    }
  }

  /// The operator's word that one library may run in the host's own process although nobody vouches for it.
  package struct Admission: Sendable, Equatable {
    /// The SHA-256 of the library, in hexadecimal digits: another build is another library.
    package var hash: String
    /// As which plugin it was let in, for people.
    package var plugin: String

    package init(hash: String, plugin: String) {
      self.hash = hash
      self.plugin = plugin
    }

    /// As commands name it.
    package var what: String { "sha256:" + hash }
  }

  package var keys: [TrustedKey] = []
  package var admissions: [Admission] = []
  package var revocations: [Revocation] = []

  package init() {}

  /// Whether the operator has let a library into the host's own process.
  package func isLetIn(_ hash: String) -> Bool { admissions.contains { $0.hash == hash } }

  /// The word that took a library back; nil if there is none.
  package func revocation(ofLibrary hash: String) -> Revocation? {
    revocations.first { $0.what == "sha256:" + hash }
  }

  /// Lets a library into the host's own process. Said twice it is said once.
  package mutating func letIn(_ hash: String, plugin: String) {
    admissions.removeAll { $0.hash == hash }
    admissions.append(Admission(hash: hash, plugin: plugin))
  }

  /// What is to be thought of a plugin. A revocation beats everything; what a revoked key has signed is as good as another key's
  /// signature makes it.
  ///
  /// - Parameters:
  ///   - hash: of the library, in hexadecimal digits.
  ///   - isOfBuild: whether `plugins.lock` has the library.
  package func judge(
    _ statement: SignedStatement, hash: String, isOfBuild: Bool, signatures: SignatureFile?
  ) -> Trust {
    if let known = revocation(ofLibrary: hash) {
      return .revoked(what: "the library \(hash)", reason: known.reason)
    }
    let signed = signatures?.signatures ?? []
    let revoked = signed.compactMap { entry in revocations.first { $0.what == entry.key } }
    let standing = signed.filter { entry in !revocations.contains { $0.what == entry.key } }
    let known = standing.compactMap { entry in
      keys.first { $0.id == entry.key }.map { (key: $0, fits: $0.verifies(entry.bytes, of: statement.bytes)) }
    }
    if let broken = known.first(where: { !$0.fits }) { return .broken(broken.key) }
    if isOfBuild { return .build }
    if let signer = known.first { return .signed(signer.key) }
    if let first = revoked.first { return .revoked(what: "the key \(first.what)", reason: first.reason) }
    return signed.isEmpty ? .unsigned : .unknown(keys: signed.map(\.key))
  }
}
