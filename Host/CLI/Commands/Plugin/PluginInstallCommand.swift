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
    let archive = try plugin.hasSuffix(".tar.gz") ? PluginArchive(unpacking: plugin, files) : nil
    defer { withExtendedLifetime(archive) {} }
    let manifest = archive?.manifest ?? plugin
    let composition = try Composition(
      global, manifestFolder: PathText.folder(of: Composition.absolute(manifest)))
    let found = try composition.plugin(manifest: manifest)
    let package = try composition.registry.package(found)
    try place(package, composition) { () throws(Failure) in try letIn(found, composition) }
    let (name, version) = (package.manifest.name.value, package.manifest.version.value)
    Terminal.line("\(name) \(version) is installed in \(into): \(package.names.joined(separator: ", "))")
    try tell(found, composition.registry)
  }

  /// Whoever installs what nobody vouches for sees what it will be let do.
  private func tell(_ plugin: InstalledPlugin, _ registry: PluginRegistry) throws(Failure) {
    let trust = try registry.trust(of: plugin)
    guard !trust.isTrusted else { return }
    // It was let in, now or before, or it would not be installed.
    let isHere = plugin.manifest.isolation?.value == .inProcess
    let may = isHere ? "do all that headrace may" : Terminal.printable(plugin.manifest.permissions.told)
    Terminal.line("it may \(may): it is \(trust.told), \(isHere ? "let in by the operator" : "and confined")")
  }

  /// Writes a plugin into its folder, where nobody else changes anything meanwhile.
  ///
  /// - Parameter admit: is asked once it is known that there is a place for it.
  private func place(
    _ package: PluginPackage, _ composition: Composition, _ admit: () throws(Failure) -> Void
  ) throws(Failure) {
    let (folder, files) = (Composition.absolute(into), composition.files)
    let made = try files.missingFolders(to: folder)
    // Those in which something was put stay.
    defer { for path in made.reversed() { files.removeEmptyFolder(path) } }
    try files.createDirectory(folder)
    try PluginFolder.change(folder, told: into, composition) { () throws(Failure) in
      try package.checkPlace(in: folder, files)
      try admit()
      do throws(Failure) { try package.write(into: folder, files) } catch {
        throw error.of("\(into): the plugin is not installed")
      }
    }
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
      global, manifestFolder: PathText.folder(of: Composition.absolute(manifest)))
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
