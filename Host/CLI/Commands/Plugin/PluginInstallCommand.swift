import ArgumentParser
import HostFormats
import HostModel
import HostPluginRuntime
import HostSystem

/// `headrace plugin install`: puts a plugin where pipelines find it.
struct PluginInstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract:
      "Installs a plugin, or a newer build of one, for the pipelines of a folder; runs that go on take it over.",
    discussion: """
      The library is probed first: one that does not load never replaces one that does. It is pinned to its hash.
      """)

  @Argument(help: "The plugin's manifest, or an archive of 'headrace plugin pack'.")
  var plugin: String

  @Option(help: "The folder to install it into.")
  var into = "plugins.d"

  @Flag(help: "Let this very library, which nobody vouches for, run in the host's own process as its manifest asks.")
  var allowInProcess = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let files = SystemFiles()
    let archive = try plugin.hasSuffix(".tar.gz") ? PluginArchive.unpack(plugin, files) : nil
    defer { archive?.remove(files) }
    let manifest = archive?.manifest ?? plugin
    let composition = try Composition(
      global, manifestFolder: Composition.folder(of: Composition.absolute(manifest)))
    let found = try composition.plugin(manifest: manifest)
    let package = try composition.registry.package(found)
    try letIn(found, composition)
    try package.write(into: Composition.absolute(into), files)
    let (name, version) = (package.manifest.name.value, package.manifest.version.value)
    Terminal.line("\(name) \(version) is installed in \(into): \(package.names.joined(separator: ", "))")
  }

  /// A stranger's manifest does not decide that its code runs where it can take the host down. The operator's word is
  /// kept before the plugin is there: runs that go on take over what is there.
  private func letIn(_ plugin: InstalledPlugin, _ composition: Composition) throws(Failure) {
    let (registry, asks) = (composition.registry, plugin.manifest.isolation?.value == .inProcess)
    guard allowInProcess, asks, try !registry.mayRunHere(plugin) else {
      _ = try registry.placement(of: plugin)
      return
    }
    try TrustCommand.LetIn.admit(try registry.hash(of: plugin), of: plugin, composition)
  }
}

/// `headrace plugin pack`: an archive for others.
struct PluginPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Packs a plugin into an archive: its library, its manifest with the hash, a signature.")

  @Argument(help: "The plugin's manifest.")
  var manifest: String

  @Option(help: "Sign it with this secret key.")
  var key: String?

  @Option(help: "The archive (NAME-VERSION.tar.gz unless given).")
  var to: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(
      global, manifestFolder: Composition.folder(of: Composition.absolute(manifest)))
    var package = try composition.registry.package(try composition.plugin(manifest: manifest))
    if let key {
      let path = Composition.absolute(key)
      try SecretKeyFile.refuseOpen(path)
      _ = try package.sign(secret: try composition.files.read(path, limit: SigningKey.fileLimit), path: path)
    }
    let name = "\(package.manifest.name.value)-\(package.manifest.version.value)"
    let archive = to ?? name + ".tar.gz"
    try PluginArchive.pack(package, name: name, to: Composition.absolute(archive), composition.files)
    let told = package.isSigned ? "signed" : "not signed"
    Terminal.line("\(archive): \(package.names.joined(separator: ", ")), \(told)")
  }
}

/// A plugin in a compressed tar archive. The work is tar's.
struct PluginArchive {
  private static let tar = "/bin/tar"
  private static let listLimit = 1 << 16
  /// Where it was unpacked.
  private let folder: String
  private let names: [String]
  /// The path of its manifest.
  let manifest: String

  static func pack(
    _ package: PluginPackage, name: String, to archive: String, _ files: SystemFiles
  ) throws(Failure) {
    let folder = "\(archive).\(files.temporaryNumber())"
    let partialName = name + ".partial"
    defer { remove(folder, package.names + [partialName], files) }
    try package.write(into: folder, files)
    let partial = "\(folder)/\(partialName)"
    try run(
      [
        "--create", "--gzip", "--file", partial, "--directory", folder, "--owner=0", "--group=0", "--numeric-owner",
        "--",
      ]
        + package.names)
    try files.syncFile(partial)
    try files.rename(partial, to: archive)
    try files.syncDirectory(Composition.folder(of: archive))
  }

  /// Unpacks an archive beside itself.
  ///
  /// - Throws: a refusal of what is no plugin's archive.
  static func unpack(_ archive: String, _ files: SystemFiles) throws(Failure) -> PluginArchive {
    let path = Composition.absolute(archive)
    guard try files.info(path)?.kind == .file else {
      throw Failure(.invalidInput, "\(archive): there is no such file", advice: "name an archive", status: .notFound)
    }
    let listed = try run(["--list", "--gzip", "--file", path])
    let names = listed.split(separator: "\n").map(String.init)
    let manifests = names.filter { $0.hasSuffix(".yaml") }
    let isPlain = names.allSatisfy { name in
      !name.contains("/") && !name.hasPrefix(".") && [".yaml", ".sig", ".so", ".json"].contains { name.hasSuffix($0) }
    }
    guard isPlain, manifests.count == 1, (2...4).contains(names.count) else {
      throw Failure(
        .invalidInput, "\(archive): is no archive of a plugin: \(names.prefix(5).joined(separator: ", "))",
        advice: "make one with 'headrace plugin pack'")
    }
    let folder = "\(path).\(files.temporaryNumber())"
    try files.createDirectory(folder)
    let unpacked = PluginArchive(folder: folder, names: names, manifest: "\(folder)/\(manifests[0])")
    do throws(Failure) {
      try run([
        "--extract", "--gzip", "--file", path, "--directory", folder, "--no-same-owner", "--no-same-permissions",
      ])
    } catch {
      unpacked.remove(files)
      throw error
    }
    return unpacked
  }

  func remove(_ files: SystemFiles) { Self.remove(folder, names, files) }

  private static func remove(_ folder: String, _ names: [String], _ files: SystemFiles) {
    for name in names { try? files.remove("\(folder)/\(name)") }
    files.removeEmptyFolder(folder)
  }

  @discardableResult
  private static func run(_ arguments: [String]) throws(Failure) -> String {
    let result = try SystemSpawner().run(
      ProcessRequest(executable: tar, arguments: arguments, outputLimit: listLimit, timeout: .seconds(120)))
    guard case .code(0) = result.exit else {
      let said = String(decoding: result.errorOutput.prefix(2000), as: UTF8.self)
      // It has no status of its own for it; without an environment it speaks the language of the C locale.
      if said.contains("No space left on device") {
        throw Failure(
          .environment, "tar: No space left on device", advice: Failure.freeSpaceAdvice, status: .quotaExhausted)
      }
      throw Failure(.invalidInput, "tar: \(said.split(separator: "\n").first.map(String.init) ?? "it failed")")
    }
    return String(decoding: result.output, as: UTF8.self)
  }
}
