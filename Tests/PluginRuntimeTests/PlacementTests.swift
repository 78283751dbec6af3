import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// Where a plugin's code runs, and who has a say in it.
@Suite struct PlacementTests {
  private static let key = TrustedKey(Array(repeating: 7, count: 32), name: "ops")

  /// What becomes of a library: as a stranger's, and when it is let in. `-` is refused.
  struct Case: Sendable, CustomTestStringConvertible {
    let asked: PluginManifest.Isolation?
    let trust: Trust
    let otherwise: String
    let letIn: String
    var testDescription: String { "\(asked?.rawValue ?? "nothing") of one \(trust.told)" }

    init(_ asked: PluginManifest.Isolation?, _ trust: Trust, _ otherwise: String, _ letIn: String) {
      (self.asked, self.trust, self.otherwise, self.letIn) = (asked, trust, otherwise, letIn)
    }
  }

  static let unknown = Trust.unknown(keys: ["0123456789abcdef"])
  static let refused: [Trust] = [.broken(key), .revoked(what: "the library", reason: "it steals")]
  static let cases = [
    Case(nil, .build, "in_process", "in_process"),
    Case(nil, .signed(key), "in_process", "in_process"),
    Case(nil, .unsigned, "worker", "worker"),
    Case(nil, unknown, "worker", "worker"),
    Case(nil, refused[0], "-", "-"),
    Case(nil, refused[1], "-", "-"),
    Case(.worker, .build, "worker", "worker"),
    Case(.worker, .signed(key), "worker", "worker"),
    Case(.worker, .unsigned, "worker", "worker"),
    Case(.worker, unknown, "worker", "worker"),
    Case(.worker, refused[0], "-", "-"),
    Case(.worker, refused[1], "-", "-"),
    Case(.inProcess, .build, "in_process", "in_process"),
    Case(.inProcess, .signed(key), "in_process", "in_process"),
    Case(.inProcess, .unsigned, "-", "in_process"),
    Case(.inProcess, unknown, "-", "in_process"),
    Case(.inProcess, refused[0], "-", "-"),
    Case(.inProcess, refused[1], "-", "-"),
  ]

  @Test(arguments: cases) func everyCase(_ one: Case) {
    for (isLetIn, expected) in [(false, one.otherwise), (true, one.letIn)] {
      let found = Placement(asked: one.asked, trust: one.trust, isLetIn: isLetIn)
      #expect(found?.isolation.rawValue ?? "-" == expected, "let in: \(isLetIn)")
    }
  }

  /// Whoever runs the command decides between the places; whether it runs at all is decided before.
  @Test(arguments: cases) func aCommandsWordComesFirst(_ one: Case) {
    for ordered in PluginManifest.Isolation.allCases {
      let found = Placement(ordered: ordered, asked: one.asked, trust: one.trust, isLetIn: false)
      #expect(found?.isolation == (Self.refused.contains(one.trust) ? nil : ordered))
    }
  }

  @Test func theReasonNamesWhoDecided() {
    func reason(_ asked: PluginManifest.Isolation?, _ trust: Trust, isLetIn: Bool = false) -> String? {
      Placement(asked: asked, trust: trust, isLetIn: isLetIn)?.reason
    }
    #expect(reason(.inProcess, .build) == "of this build")
    #expect(reason(nil, .signed(Self.key)) == "signed by ops (\(Self.key.id))")
    #expect(reason(.inProcess, .unsigned, isLetIn: true) == "not signed, let in by the operator")
    #expect(reason(nil, .unsigned, isLetIn: true) == "not signed")
    #expect(reason(.worker, .build) == "as its manifest asks")
  }

  // MARK: - By the real registry

  /// A stranger's library whose manifest asks for the host's process.
  private struct Stranger {
    let folder: TestFolder
    let files = SystemFiles()
    var library: String { folder.path + "/libplugin.so" }

    init(_ isolation: PluginManifest.Isolation = .inProcess) throws {
      folder = try TestFolder()
      try files.replaceDurably(library, try files.read(Built.scripted, limit: 1 << 26))
      let manifest = """
        manifest: 1
        name: scripted
        version: 1.0.0
        kinds: [source]
        library: libplugin.so
        isolation: \(isolation.rawValue)

        """
      try files.replaceDurably(folder.path + "/scripted.yaml", Array(manifest.utf8))
    }

    /// Other bytes that are the same code.
    func rebuild() throws { try files.replaceDurably(library, try files.read(library, limit: 1 << 26) + [0]) }

    func registry(_ trust: TrustStore) throws -> PluginRegistry {
      try PluginRegistry(
        folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(), trust: trust,
        executable: Built.headrace, store: folder.path + "/store")
    }

    /// How loading it fails; nil if it is loaded.
    func refusal(_ trust: TrustStore) throws -> Diagnostic? {
      let registry = try registry(trust)
      let plugin = try registry.installed("scripted", at: SourcePlace(file: "p.yaml", line: 1, column: 1))
      let failure = failure {
        let loaded = try registry.load(plugin)
        #expect(!loaded.isWorker)
      }
      #expect(failure == nil || failure?.kind == .invalidInput, "\(String(describing: failure))")
      return failure?.diagnostics.first
    }
  }

  @Test func aStrangerIsToldWhereItAsksWhyItIsRefusedAndWhatToDo() throws {
    let stranger = try Stranger()
    let hash = try #require(TrustStore.lettingIn(stranger.library, in: stranger.folder).admissions.first?.hash)
    let told = try #require(try stranger.refusal(TrustStore()))
    let said = "\(told)"
    #expect(
      said.contains(
        "/scripted.yaml:6:12: plugin 'scripted': nobody vouches for its library, and it asks to run in the host's own "
          + "process (it is not signed)"), "\(said)")
    #expect(said.contains("take 'isolation' out"), "\(said)")
    #expect(said.contains("headrace plugin trust let-in sha256:\(hash)"), "\(said)")
  }

  @Test func aChangedLibraryIsAStrangerAgain() throws {
    let stranger = try Stranger()
    let before = try TrustStore.lettingIn(stranger.library, in: stranger.folder)
    #expect(try stranger.refusal(before) == nil)
    try stranger.rebuild()
    #expect(try stranger.refusal(before)?.message.contains("nobody vouches for its library") == true)
    let after = try TrustStore.lettingIn(stranger.library, in: stranger.folder)
    #expect(after != before)
    #expect(try stranger.refusal(after) == nil)
  }

  @Test func aRevocationBeatsTheOperatorsWord() throws {
    let stranger = try Stranger()
    var trust = try TrustStore.lettingIn(stranger.library, in: stranger.folder)
    trust.revocations.append(.init(trust.admissions[0].what, reason: "it steals"))
    #expect(try stranger.refusal(trust)?.message.contains("is revoked: it steals") == true)
  }

  /// A worker that was started while somebody vouched for the library is not confined: none of its kind is started afterwards.
  @Test func whoIsNotTrustedAnyMoreIsConfinedFromTheNextReadingOn() throws {
    let stranger = try Stranger(.worker)
    let pair = SigningKey.make()
    var trust = TrustStore()
    trust.keys = [try SigningKey.read(public: Array(pair.public.utf8), path: "key.pub", name: "ops")]
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    let registry = try stranger.registry(trust)
    _ = try registry.sign(
      try registry.installed("scripted", at: place), secret: Array(pair.secret.utf8), path: "key")
    func loaded(_ trust: TrustStore) throws -> LoadedPlugin {
      let next = try registry.reread(trust: trust)
      return try next.load(try next.installed("scripted", at: place))
    }
    let trusted = try loaded(trust)
    let untrusted = try loaded(TrustStore())
    guard case .none? = trusted.remote?.confinement, case .same? = untrusted.remote?.confinement else {
      throw TestFailure("the one is confined, or the other is not")
    }
    #expect(try loaded(trust) === trusted)
  }
}
