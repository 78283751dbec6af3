import ArgumentParser
import Glibc
import HostFormats
import HostModel
import HostPluginRuntime

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Makes, checks, measures, installs and signs plugins.",
    subcommands: [
      PluginNewCommand.self, PluginCheckCommand.self, PluginRunCommand.self, PluginBenchCommand.self,
      PluginInstallCommand.self, PluginPackCommand.self, Keygen.self, Sign.self, Verify.self, TrustCommand.self,
    ])

  struct Keygen: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a pair of keys: FILE, which is yours alone, and FILE.pub for those who trust you.")
    @Argument(help: "The file for the secret key. It must not exist.")
    var file: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let path = Composition.absolute(file)
      for path in [path, path + ".pub"] where try composition.files.info(path) != nil {
        throw Failure(
          .invalidInput, "\(path): is there already", advice: "choose another name: a key is never overwritten",
          status: .conflict)
      }
      let pair = SigningKey.make()
      // Nobody else may read it at any moment.
      let before = umask(0o077)
      defer { umask(before) }
      var made: [String] = []
      do {
        for (path, text) in [(path, pair.secret), (path + ".pub", pair.public)] {
          let writer = try composition.files.create(path)
          made.append(path)
          try writer.writeAll(Array(text.utf8))
          try writer.sync()
          try writer.close()
        }
      } catch {
        // Half a pair is none, and would stand in the way of the next.
        for path in made { try? composition.files.remove(path) }
        throw error
      }
      chmod(path + ".pub", 0o644)
      let key = try SigningKey.read(public: Array(pair.public.utf8), path: path, name: "")
      Terminal.line("\(key.id): \(file) is secret, \(file).pub is for others")
    }
  }

  struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Signs an installed plugin, its library and its manifest, into a file beside the manifest.")
    @Argument(help: "The plugin's name.")
    var name: String
    @Option(help: "The file with the secret key, in PEM.")
    var key: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let path = Composition.absolute(key)
      try SecretKeyFile.refuseOpen(path)
      let secret = try composition.files.read(path, limit: SigningKey.fileLimit)
      let place = SourcePlace(file: "plugin sign", line: 0, column: 0)
      let folder = try composition.registry.installed(name, at: place).folder
      let (plugin, id) = try PluginFolder.change(folder, told: folder, composition) { () throws(Failure) in
        // As it is now: whoever had the folder before may have put another one there.
        let registry = try composition.reread()
        let plugin = try registry.installed(name, at: place)
        return (plugin, try registry.sign(plugin, secret: secret, path: path))
      }
      Terminal.line(
        "\(name) \(plugin.manifest.version.value) is signed by \(id): \(plugin.path)\(SignatureFile.suffix)")
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says whether an installed plugin is what somebody vouches for; exit code 1 if nobody does.")
    @Argument(help: "The plugin's name.")
    var name: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let registry = try Composition(global).registry
      let plugin = try registry.installed(name, at: SourcePlace(file: "plugin verify", line: 0, column: 0))
      let trust = try registry.trust(of: plugin)
      let isLetIn = try !trust.isTrusted && trust.refusal == nil && registry.isLetIn(plugin)
      if global.isJSON {
        Terminal.json(
          .object([
            "schema_version": 1, "plugin": .string(name), "trusted": .bool(trust.isTrusted),
            "trust": .string(trust.told), "let_in": .bool(isLetIn),
          ]))
      } else {
        let told = isLetIn ? ", let in by the operator" : ""
        Terminal.line("\(name) \(plugin.manifest.version.value): \(trust.told)\(told)")
      }
      guard trust.isTrusted else { throw ExitCode(FailureKind.run.rawValue) }
    }
  }
}

enum SecretKeyFile {
  /// A secret that others can read is none.
  static func refuseOpen(_ path: String) throws(Failure) {
    var found = stat()
    guard stat(path, &found) == 0, found.st_mode & 0o077 != 0 else { return }
    throw Failure(
      .environment, "\(path): a secret key that others can read is none", advice: "chmod 600 \(path)",
      status: .permissionDenied)
  }
}

/// `headrace plugin trust`: the keys that count, what was let in without one, and what was taken back.
struct TrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "Says whose signatures count here, what runs in the host without one, and takes back.",
    subcommands: [List.self, Add.self, Remove.self, LetIn.self, Revoke.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the trusted keys, what is let in, and what is revoked.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let store = try TrustStore(home: composition.home, files: composition.files)
      if global.isJSON {
        Terminal.json(
          .object([
            "schema_version": 1,
            "keys": .array(store.keys.map { ["id": .string($0.id), "name": .string($0.name)] }),
            "let_in": .array(
              store.admissions.map { ["what": .string($0.what), "plugin": .string($0.plugin)] }),
            "revoked": .array(store.revocations.map { ["what": .string($0.what), "reason": .string($0.reason)] }),
          ]))
        return
      }
      for key in store.keys { Terminal.line("trusted  \(key.id)  \(key.name)") }
      for entry in store.admissions { Terminal.line("let in   \(entry.what)  \(entry.plugin)") }
      for entry in store.revocations { Terminal.line("revoked  \(entry.what)  \(entry.reason)") }
      if store == TrustStore() { Terminal.line("no key is trusted; see 'headrace plugin trust add'") }
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trusts what a key has signed.")
    @Argument(help: "The file with the public key, in PEM.")
    var file: String
    @Option(help: "Whose it is, for people; the file's name unless stated.")
    var name: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let path = Composition.absolute(file)
      let known = path.split(separator: "/").last.map(String.init) ?? file
      let bytes = try composition.files.read(path, limit: SigningKey.fileLimit)
      let key = try SigningKey.read(public: bytes, path: path, name: name ?? known)
      try TrustStore.change(home: composition.home, files: composition.files) { (store) throws(Failure) in
        store.keys.removeAll { $0.id == key.id }
        store.keys.append(key)
      }
      Terminal.line("\(key.told) is trusted")
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "No longer trusts a key, or lets a library in: it is a stranger's again.")
    @Argument(help: "The key's id, or sha256: and the hash of a library, as 'trust list' shows it.")
    var id: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      try TrustStore.change(home: composition.home, files: composition.files) { (store) throws(Failure) in
        let known = store.keys.map(\.id) + store.admissions.map(\.what)
        guard known.contains(id) else {
          throw Failure(
            .invalidInput, "neither a key nor a library '\(id)' is trusted",
            advice: EditDistance.suggestion(for: id, among: known) ?? "see 'headrace plugin trust list'",
            status: .notFound)
        }
        store.keys.removeAll { $0.id == id }
        store.admissions.removeAll { $0.what == id }
      }
      Terminal.line("\(id) is not trusted any more")
    }
  }

  struct LetIn: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "let-in",
      abstract: "Lets one library, which nobody vouches for, run in the host's own process if its manifest asks.",
      discussion: "The word is for this library alone: another build of it is a stranger's again.")
    @Argument(help: "sha256: and the hash of the library.")
    var what: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      guard let hash = Hex.hash(of: what) else {
        throw Failure(
          .invalidInput, "'\(what)' is not the hash of a library", advice: "write sha256: and 64 hexadecimal digits")
      }
      let composition = try Composition(global)
      let installed = composition.registry.plugins.values.sorted { $0.path < $1.path }
      let plugin = installed.first { (try? composition.registry.hash(of: $0)) == hash }
      try Self.admit(hash, of: plugin, composition)
    }

    /// Keeps the operator's word, and says so.
    ///
    /// - Throws: for a library that was taken back: the word would do nothing.
    static func admit(_ hash: String, of plugin: InstalledPlugin?, _ composition: Composition) throws(Failure) {
      try TrustStore.change(home: composition.home, files: composition.files) { (store) throws(Failure) in
        if let revoked = store.revocation(ofLibrary: hash) {
          throw Failure(
            .invalidInput,
            "the library sha256:\(hash) is revoked" + (revoked.reason.isEmpty ? "" : ": \(revoked.reason)"),
            advice: "install a version that is not", status: .permissionDenied)
        }
        store.letIn(hash, plugin: plugin?.manifest.name.value ?? "")
      }
      Terminal.line("sha256:\(hash) may run in the host's own process")
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes back a key, or one library: neither is run any more, whoever else has signed it.")
    @Argument(help: "A key's id, or sha256: and the hash of a library.")
    var what: String
    @Option(help: "Why, for whoever meets it.")
    var reason: String = ""
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let isKey = what.count == 16 && what.allSatisfy(\.isHexDigit)
      guard isKey || Hex.hash(of: what) != nil else {
        throw Failure(
          .invalidInput, "'\(what)' is neither a key's id nor the hash of a library",
          advice: "write 16 hexadecimal digits, or sha256: and 64 of them")
      }
      let what = what.lowercased()
      try TrustStore.change(home: composition.home, files: composition.files) { (store) throws(Failure) in
        store.revocations.removeAll { $0.what == what }
        store.revocations.append(.init(what, reason: reason))
      }
      Terminal.line("\(what) is revoked")
    }
  }
}
