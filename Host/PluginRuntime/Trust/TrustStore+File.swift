import HostFormats
package import HostModel

extension TrustStore {
  private static let fileLimit = 1 << 20

  private static func path(_ home: String) -> String { "\(home)/trust/keys.json" }

  /// The store of a home; empty if there is none.
  ///
  /// - Throws: for one that is damaged: nobody is trusted by a file that cannot be read, and nothing revoked is forgotten.
  package init(home: String, files: any FileSystem) throws(Failure) {
    let path = Self.path(home)
    let bytes: [UInt8]
    do throws(Failure) { bytes = try files.read(path, limit: Self.fileLimit) } catch {
      guard error.status == .notFound else { throw error }
      self.init()
      return
    }
    guard let read = TrustStore(json: bytes) else {
      throw Failure(
        .environment, "\(path): is no list of trusted keys",
        advice: "restore it, or remove it and trust the keys again", status: .fatal)
    }
    self = read
  }

  /// Changes the store of a home. One at a time, whichever processes do so.
  package static func change(
    home: String, files: any FileSystem, _ body: (inout TrustStore) throws(Failure) -> Void
  ) throws(Failure) {
    try files.createDirectory("\(home)/trust")
    guard let lock = try files.lock("\(home)/trust/lock") else {
      throw Failure(
        .environment, "another command is changing the trusted keys", advice: "try again", status: .conflict)
    }
    defer { withExtendedLifetime(lock) {} }
    var store = try TrustStore(home: home, files: files)
    try body(&store)
    try files.replaceDurably(path(home), Array((store.json.text(.pretty) + "\n").utf8))
  }

  private var json: JSONValue {
    .object([
      "version": 1,
      "keys": .array(
        keys.map { ["id": .string($0.id), "name": .string($0.name), "key": .string(Base64.encode($0.bytes))] }),
      "let_in": .array(admissions.map { ["library": .string($0.what), "plugin": .string($0.plugin)] }),
      "revoked": .array(revocations.map { ["what": .string($0.what), "reason": .string($0.reason)] }),
    ])
  }

  private init?(json bytes: [UInt8]) {
    self.init()
    guard let json = try? JSONValue.parse(bytes), json["version"]?.integerValue == 1,
      let keys = json["keys"]?.arrayValue, let revoked = json["revoked"]?.arrayValue
    else { return nil }
    for entry in keys {
      guard let bytes = entry["key"]?.stringValue.flatMap(Base64.decode), bytes.count == 32,
        let name = entry["name"]?.stringValue
      else { return nil }
      self.keys.append(TrustedKey(bytes, name: name))
    }
    // Files from before anything could be let in do not have the list.
    guard let letIn = json["let_in"].map(\.arrayValue) ?? [] else { return nil }
    for entry in letIn {
      guard let what = entry["library"]?.stringValue, let hash = Hex.hash(of: what),
        let plugin = entry["plugin"]?.stringValue
      else { return nil }
      admissions.append(Admission(hash: hash, plugin: plugin))
    }
    for entry in revoked {
      guard let what = entry["what"]?.stringValue, let reason = entry["reason"]?.stringValue else { return nil }
      revocations.append(Revocation(what, reason: reason))
    }
  }
}
