import HostFormats
import HostModel
@testable import HostPluginRuntime
import HostSystem
import TestSupport
import Testing

/// Signatures of plugins, and what is to be thought of them.
@Suite struct TrustTests {
  private static let manifestText = "manifest: 1\nname: shop\nversion: 1.2.3\nkinds: [source]\nlibrary: libshop.so\n"
  private static let hash = String(repeating: "ab", count: 32)

  private func statement(_ text: String = manifestText, library: String = hash) throws -> SignedStatement {
    let read = PluginManifest.parse(Array(text.utf8), file: "shop.yaml")
    return SignedStatement(try #require(read.manifest), manifestBytes: Array(text.utf8), library: library)
  }

  private func pair(_ name: String) throws -> (secret: [UInt8], key: TrustedKey) {
    let made = SigningKey.make()
    let key = try SigningKey.read(public: Array(made.public.utf8), path: name, name: name)
    return (Array(made.secret.utf8), key)
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
  }

  /// RFC 8032, section 7.1, test 1.
  @Test func theKeysAreThoseOfTheStandard() throws {
    let secret = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    let known = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let signature = bytes(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465514143"
        + "8e7a100b")
    #expect(TrustedKey(known, name: "").verifies(signature, of: []))
    #expect(!TrustedKey(known, name: "").verifies(signature, of: [0]))
    // The file that openssl makes of this secret key.
    let prefix = bytes("302e020100300506032b657004220420")
    let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(prefix + secret))\n-----END PRIVATE KEY-----\n"
    let made = try SigningKey.sign([], with: Array(pem.utf8), path: "k")
    #expect(made.key.bytes == known && made.signature == signature)
  }

  @Test func everyVerdict() throws {
    let (ours, theirs) = (try pair("ours"), try pair("theirs"))
    let statement = try statement()
    var signed = SignatureFile()
    _ = try signed.sign(statement, secret: ours.secret, path: "k")
    var store = TrustStore()
    func judge(_ file: SignatureFile?, isOfBuild: Bool = false, _ what: SignedStatement? = nil) -> Trust {
      store.judge(what ?? statement, hash: Self.hash, isOfBuild: isOfBuild, signatures: file)
    }
    #expect(judge(nil) == .unsigned && judge(nil, isOfBuild: true) == .build)
    #expect(judge(signed) == .unknown(keys: [ours.key.id]))
    store.keys = [theirs.key]
    #expect(judge(signed) == .unknown(keys: [ours.key.id]))
    store.keys = [theirs.key, ours.key]
    #expect(judge(signed) == .signed(ours.key))
    // Another manifest, another library, another version: each is something that nobody has signed.
    let others = [
      try self.statement(Self.manifestText + "isolation: in_process\n"),
      try self.statement(library: String(repeating: "ac", count: 32)),
      try self.statement(Self.manifestText.replacing("1.2.3", with: "1.2.4")),
    ]
    for other in others { #expect(judge(signed, other) == .broken(ours.key)) }
    #expect(judge(signed, isOfBuild: true, others[0]) == .broken(ours.key))
    store.revocations = [.init(ours.key.id, reason: "lost")]
    #expect(judge(signed) == .revoked(what: "the key \(ours.key.id)", reason: "lost"))
    _ = try signed.sign(statement, secret: theirs.secret, path: "k")
    #expect(judge(signed) == .signed(theirs.key))
    store.revocations = [.init("sha256:" + Self.hash, reason: "")]
    #expect(judge(signed, isOfBuild: true) == .revoked(what: "the library \(Self.hash)", reason: ""))
  }

  /// No byte of the file can be changed so that something else counts as signed.
  @Test func aChangedSignatureCountsForNothing() throws {
    let ours = try pair("ours")
    let statement = try statement()
    var signed = SignatureFile()
    _ = try signed.sign(statement, secret: ours.secret, path: "k")
    #expect(try SignatureFile(parsing: Array(signed.text.utf8), file: "s") == signed)
    var store = TrustStore()
    store.keys = [ours.key]
    let text = Array(signed.text.utf8)
    for index in text.indices {
      for bit in 0..<8 {
        var changed = text
        changed[index] ^= 1 << UInt8(bit)
        guard let file = try? SignatureFile(parsing: changed, file: "s"), file != signed else { continue }
        let trust = store.judge(statement, hash: Self.hash, isOfBuild: false, signatures: file)
        #expect(!trust.isTrusted, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test(arguments: [
    ("", "s:1:1: expected 'headrace-signature 1'"),
    ("headrace-signature 2\n", "s:1:1: expected 'headrace-signature 1'"),
    ("headrace-signature 1\nx\n", "s:2:1: expected a key's id and a signature of 64 bytes in base64"),
    ("headrace-signature 1\n\n0123456789abcdef AAAA\n", "s:3:1: expected a key's id"),
  ])
  func whatIsNoSignatureFileIsRefusedWithItsPlace(text: String, message: String) {
    let failure = failure { _ = try SignatureFile(parsing: Array(text.utf8), file: "s") }
    #expect(failure?.diagnostics.first.map { "\($0)".hasPrefix(message) } == true, "\(String(describing: failure))")
  }

  @Test func bytesOfAnyOriginAreReadOrRefused() throws {
    let seed = TestSeed.of(1)
    var random = SeededGenerator(seed: seed)
    let whole = Array((try pair("k")).secret)
    for _ in 0..<2000 {
      var bytes = Bool.random(using: &random) ? whole : Array("headrace-signature 1\n0123456789abcdef ".utf8)
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
      bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      _ = try? SignatureFile(parsing: bytes, file: "s")
      _ = try? SigningKey.read(public: bytes, path: "k", name: "")
      _ = try? SigningKey.sign([1], with: bytes, path: "k")
    }
  }

  /// Not even the probe loads it: what would end the process that loads it is never reached.
  @Test func noCodeOfWhatIsRevokedEverRuns() throws {
    let folder = try TestFolder()
    let files = SystemFiles()
    let library = folder.path + "/libshop.so"
    try Built.compile("Tests/Plugins/Broken/crashes.c", to: library)
    try files.replaceDurably(folder.path + "/shop.yaml", Array(Self.manifestText.utf8))
    let copies = LibraryStore(root: folder.path + "/store", files: files)
    let hash = try copies.adopt(library, name: "libshop.so", expected: nil).hash
    func told(_ trust: TrustStore) throws -> String {
      let registry = try PluginRegistry(
        folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(), trust: trust,
        executable: Built.headrace, store: folder.path + "/store")
      let plugin = try registry.installed("shop", at: SourcePlace(file: "p", line: 1, column: 1))
      let failure = failure { _ = try registry.description(of: plugin) }
      return failure.map { "\($0) \($0.diagnostics)" } ?? "it was accepted"
    }
    #expect(try told(TrustStore()).contains("crashed with signal"))
    var store = TrustStore()
    store.revocations = [.init("sha256:" + hash, reason: "it steals")]
    let refused = try told(store)
    #expect(refused.contains("is revoked: it steals") && !refused.contains("crashed"), "\(refused)")
  }

  @Test func theStoreIsKeptAndADamagedOneTrustsNobody() throws {
    let folder = try TestFolder()
    let files = SystemFiles()
    let key = try pair("a \"name\"").key
    try TrustStore.change(home: folder.path, files: files) { store in
      store.keys.append(key)
      store.revocations.append(.init("sha256:" + Self.hash, reason: "a\nreason"))
      for plugin in ["first", "shop"] { store.letIn(Self.hash, plugin: plugin) }
    }
    let read = try TrustStore(home: folder.path, files: files)
    #expect(read.keys == [key] && read.revocations == [.init("sha256:" + Self.hash, reason: "a\nreason")])
    #expect(read.admissions == [.init(hash: Self.hash, plugin: "shop")] && read.isLetIn(Self.hash))
    let damaged = [
      #"{"version": 1}"#, #"{"version": 1, "keys": [], "revoked": [], "let_in": {}}"#,
      #"{"version": 1, "keys": [], "revoked": [], "let_in": [{"library": "sha256:ab", "plugin": "shop"}]}"#,
    ]
    for text in damaged {
      try files.replaceDurably(folder.path + "/trust/keys.json", Array(text.utf8))
      let failure = failure { _ = try TrustStore(home: folder.path, files: files) }
      #expect(failure?.message.hasSuffix("is no list of trusted keys") == true, "\(text)")
    }
  }

  /// As it was written before a library could be let in.
  @Test func anOlderFileLetsNothingIn() throws {
    let folder = try TestFolder()
    let files = SystemFiles()
    try files.createDirectory(folder.path + "/trust")
    let text = #"{"version": 1, "keys": [], "revoked": []}"#
    try files.replaceDurably(folder.path + "/trust/keys.json", Array(text.utf8))
    #expect(try TrustStore(home: folder.path, files: files) == TrustStore())
  }
}
