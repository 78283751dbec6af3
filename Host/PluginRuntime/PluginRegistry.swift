import HostFormats
package import HostModel
package import HostPolicyFile
import Synchronization
package import HostPluginCalls

/// A plugin as its manifest installs it.
package struct InstalledPlugin: Sendable {
  package var manifest: PluginManifest
  /// The manifest as it was read: what is signed.
  package var manifestBytes: [UInt8]
  /// The manifest's absolute path, and its folder.
  package var path: String
  package var folder: String
}

/// The plugins of an installation: what is in `plugins.d`, and what of it was loaded.
package final class PluginRegistry: Sendable {
  private static let manifestLimit = 1 << 20
  let files: any FileSystem
  let locator: LibraryLocator
  private let store: LibraryStore
  private let probe: PluginProbe
  /// By name. A name that two manifests of one folder state is a mistake, told by `diagnostics`.
  package let plugins: [String: InstalledPlugin]
  /// What is wrong with manifests. A broken manifest does not keep the others from working.
  package let diagnostics: [Diagnostic]
  /// The program that workers are, beside this one.
  private let worker: String
  private let environment: [String: String]
  private let currentFolder: String
  /// Starts the processes of plugins that do not run in this one; nil where there are none, and then they cannot be loaded.
  private let workers: (any WorkerSpawner)?
  private let loaded: LoadedPlugins
  private let lock: PluginsLock
  let trust: TrustStore
  let folders: [String]

  /// Reads the manifests of some folders, the first ones winning. Runs no plugin code.
  ///
  /// - Parameters:
  ///   - environment: this process's; a worker sees what its manifest names of it.
  ///   - trust: the keys whose signatures count, and what was revoked.
  ///   - currentFolder: what relative paths in the permissions of workers begin at.
  ///   - executable: the absolute path of this program, which is also the probe.
  ///   - store: the folder for private copies of libraries.
  ///   - probeTimeout: how long a library may take to load.
  package init(
    folders: [String], files: any FileSystem, spawner: any ProcessSpawner, workers: (any WorkerSpawner)? = nil,
    trust: TrustStore = TrustStore(), environment: [String: String] = [:], currentFolder: String = "/",
    executable: String, store: String,
    probeTimeout: Duration = .seconds(30)
  ) throws(Failure) {
    self.files = files
    self.workers = workers
    self.trust = trust
    self.folders = folders
    loaded = LoadedPlugins()
    self.environment = environment
    self.currentFolder = currentFolder
    worker = (executable.lastIndex(of: "/").map { executable[...$0] } ?? "") + WorkerSession.program
    locator = LibraryLocator(files: files, executable: executable)
    self.store = LibraryStore(root: store, files: files)
    probe = PluginProbe(files: files, spawner: spawner, executable: executable, timeout: probeTimeout)
    (plugins, diagnostics) = try Self.read(folders, files)
    lock = try Self.lock(locator, files)
  }

  /// The same installation as its folders are now. What was loaded stays loaded, and is shared.
  ///
  /// - Parameter trust: the keys whose signatures count now.
  package func reread(trust: TrustStore) throws(Failure) -> PluginRegistry {
    try PluginRegistry(rereading: self, trust: trust)
  }

  private init(rereading old: PluginRegistry, trust: TrustStore) throws(Failure) {
    (files, workers, folders, loaded) = (old.files, old.workers, old.folders, old.loaded)
    (environment, currentFolder, worker) = (old.environment, old.currentFolder, old.worker)
    (locator, store, probe) = (old.locator, old.store, old.probe)
    self.trust = trust
    (plugins, diagnostics) = try Self.read(folders, files)
    lock = try Self.lock(locator, files)
  }

  private static func lock(_ locator: LibraryLocator, _ files: any FileSystem) throws(Failure) -> PluginsLock {
    guard let path = try locator.lockFile() else { return .empty }
    return try PluginsLock(parsing: files.read(path, limit: manifestLimit), file: path)
  }

  /// Where the libraries of all plugins are: what changes when one of them is built again.
  package var libraryPaths: [String] {
    plugins.values.compactMap { plugin in
      try? locator.locate(plugin.manifest.library.value, manifestFolder: plugin.folder)
    }.sorted()
  }

  /// Reads manifests. Of two with one name that of the earlier folder wins; in one folder they are a mistake.
  static func read(
    _ folders: [String], _ files: any FileSystem
  ) throws(Failure) -> (plugins: [String: InstalledPlugin], diagnostics: [Diagnostic]) {
    var plugins: [String: InstalledPlugin] = [:]
    var diagnostics: [Diagnostic] = []
    for folder in folders {
      for name in try files.list(folder) where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
        let path = "\(folder)/\(name)"
        let bytes = try files.read(path, limit: Self.manifestLimit)
        let read = PluginManifest.parse(bytes, file: path)
        diagnostics += read.diagnostics
        guard let manifest = read.manifest else { continue }
        if let first = plugins[manifest.name.value] {
          // One's own plugin in place of the installation's is no mistake.
          guard first.folder == folder else { continue }
          diagnostics.append(
            Diagnostic(at: manifest.name.place, "the plugin '\(manifest.name.value)' is already that of \(first.path)"))
        } else {
          plugins[manifest.name.value] = InstalledPlugin(
            manifest: manifest, manifestBytes: bytes, path: path, folder: folder)
        }
      }
    }
    return (plugins, diagnostics)
  }

  /// The policies that manifests state now, by plugin. Runs no plugin code.
  ///
  /// - Throws: all mistakes of the manifests.
  package static func policies(
    folders: [String], files: any FileSystem
  ) throws(Failure) -> [String: PolicySection] {
    let (plugins, diagnostics) = try read(folders, files)
    guard !diagnostics.contains(where: { $0.severity == .error }) else { throw .invalid(diagnostics) }
    return plugins.mapValues(\.manifest.policy)
  }

  /// The plugin that a file names.
  ///
  /// - Throws: a mistake at `place`, with a name that may have been meant.
  package func installed(_ name: String, at place: SourcePlace) throws(Failure) -> InstalledPlugin {
    if let plugin = plugins[name] { return plugin }
    let suggestion =
      interrupted ?? EditDistance.suggestion(for: name, among: plugins.keys.sorted())
      ?? (plugins.isEmpty ? "no plugin is installed" : "installed are \(plugins.keys.sorted().joined(separator: ", "))")
    throw .invalid([Diagnostic(at: place, "there is no plugin '\(name)'", suggestion: suggestion)])
  }

  /// What a library says of itself: found, checked against its hash, and probed in a child.
  package func description(of plugin: InstalledPlugin) throws(Failure) -> PluginDescription {
    try prepared(plugin).description
  }

  /// Whether the library's hash is stated by its manifest or by the build.
  package func isPinned(_ plugin: InstalledPlugin) -> Bool { expectedHash(plugin) != nil }

  #if arch(x86_64)
    private static let platform = "linux-x86_64"
  #elseif arch(arm64)
    private static let platform = "linux-arm64"
  #endif

  func expectedHash(_ plugin: InstalledPlugin) -> String? {
    plugin.manifest.sha256?.value ?? lock.hash(of: plugin.manifest.library.value)
  }

  private func prepared(
    _ plugin: InstalledPlugin
  ) throws(Failure) -> (copy: LibraryStore.Copy, description: PluginDescription, trust: Trust) {
    try whole(plugin) { () throws(Failure) in try checked(plugin) }
  }

  private func checked(
    _ plugin: InstalledPlugin
  ) throws(Failure) -> (copy: LibraryStore.Copy, description: PluginDescription, trust: Trust) {
    let library = plugin.manifest.library
    do throws(Failure) {
      guard plugin.manifest.runs(on: Self.platform) else {
        let built = plugin.manifest.platforms.joined(separator: ", ")
        throw Failure(
          .invalidInput, "the library was built for \(built); this host is \(Self.platform)", status: .unsupported)
      }
      let copy = try copy(of: plugin)
      let trust = try trust(of: plugin, copy)
      // Before any of its code runs, the probe's included.
      if let refusal = trust.refusal { throw refused(plugin, refusal) }
      let confining: PluginProbe.Confining = plugin.manifest.permissions.strict ? .strictly : .confined
      let description = try probe.describe(copy, trust.isTrusted ? nil : confining)
      try check(description, against: plugin)
      return (copy, description, trust)
    } catch {
      // The manifest is where it is mended, whatever the library did.
      guard error.diagnostics.isEmpty else { throw error }
      let place = plugin.manifest.sha256.map(\.place) ?? library.place
      throw error.of("\(place): plugin '\(plugin.manifest.name.value)'")
    }
  }

  func copy(of plugin: InstalledPlugin) throws(Failure) -> LibraryStore.Copy {
    let library = plugin.manifest.library.value
    let path = try locator.locate(library, manifestFolder: plugin.folder)
    return try store.adopt(path, name: library, expected: expectedHash(plugin))
  }

  /// A library of the store, whole.
  func libraryBytes(_ copy: LibraryStore.Copy) throws(Failure) -> [UInt8] {
    try files.read(copy.path, limit: LibraryStore.maximumBytes)
  }

  private func check(_ description: PluginDescription, against plugin: InstalledPlugin) throws(Failure) {
    let manifest = plugin.manifest
    guard description.name == manifest.name.value else {
      throw Failure(
        .invalidInput, "the library is the plugin '\(description.name)'", advice: "correct the manifest's 'name'",
        status: .conflict)
    }
    guard description.version == manifest.version.value else {
      throw .invalid([
        Diagnostic(
          at: manifest.version.place,
          "the library of the plugin '\(manifest.name.value)' is version \(description.version), not "
            + manifest.version.value, suggestion: "correct 'version', or install the library that belongs to it")
      ])
    }
    guard (manifest.abi.min...manifest.abi.max).contains(Int(description.abiVersion)) else {
      throw Failure(
        .invalidInput,
        "the library speaks ABI version \(description.abiVersion), the manifest says \(manifest.abi.min) to "
          + "\(manifest.abi.max)",
        status: .unsupported)
    }
    for kind in manifest.kinds where description.schemas[kind.rawValue] == nil {
      let kinds = description.schemas.keys.sorted().joined(separator: ", ")
      throw Failure(
        .invalidInput, "the library is no \(kind.rawValue); it is: \(kinds.isEmpty ? "nothing" : kinds)",
        advice: "correct the manifest's 'kinds'", status: .unsupported)
    }
  }

  /// The plugin's functions, from the store, once: its code in this process, or in workers.
  ///
  /// - Throws: also for a stranger's that asks to run in this process.
  package func load(_ plugin: InstalledPlugin) throws(Failure) -> LoadedPlugin { try place(plugin).code }

  /// - Parameter ordered: where it is to run, whatever its manifest and its trust say: for who measures the difference.
  func place(
    _ plugin: InstalledPlugin, ordered: PluginManifest.Isolation? = nil
  ) throws(Failure) -> (code: LoadedPlugin, placement: Placement, copy: LibraryStore.Copy) {
    let (copy, description, trust) = try prepared(plugin)
    let placement = try placement(of: plugin, copy, trust, ordered: ordered)
    _ = try whole(plugin) { () throws(Failure) in try pinnedReport(of: plugin, library: copy.hash) }
    let code = try load(copy, description, plugin, placement.isolation, isTrusted: trust.isTrusted)
    return (code, placement, copy)
  }

  var hasWorkers: Bool { workers != nil }

  /// In a worker with all that this process has: a plugin that runs in this one sees as much. Its library's file is not looked at: it
  /// may be another by now.
  ///
  /// - Parameter copy: the one that runs in this process, which `description` is of.
  func loadForRehearsal(
    _ plugin: InstalledPlugin, _ copy: LibraryStore.Copy, _ description: PluginDescription
  ) throws(Failure) -> LoadedPlugin {
    try loaded.plugin(key(plugin, copy, .rehearsal)) { _ throws(Failure) in
      try inWorkers(copy, description, plugin, sees: environment, .none)
    }
  }

  private func load(
    _ copy: LibraryStore.Copy, _ description: PluginDescription, _ plugin: InstalledPlugin,
    _ isolation: PluginManifest.Isolation, isTrusted: Bool
  ) throws(Failure) -> LoadedPlugin {
    let permissions = plugin.manifest.permissions
    switch isolation {
    case .inProcess:
      return try loaded.plugin(key(plugin, copy, .inProcess)) { code throws(Failure) in
        if let code { return LoadedPlugin(code, granted: permissions.grants) }
        return try LoadedPlugin(path: copy.path, grants: permissions.grants)
      }
    case .worker:
      return try loaded.plugin(key(plugin, copy, .worker(isConfined: !isTrusted))) { _ throws(Failure) in
        try inWorkers(
          copy, description, plugin, sees: visible(to: permissions),
          isTrusted ? .none : confinement(permissions, copy))
      }
    }
  }

  private func key(
    _ plugin: InstalledPlugin, _ copy: LibraryStore.Copy, _ place: LoadedPlugins.Key.Place
  ) -> LoadedPlugins.Key {
    LoadedPlugins.Key(
      library: copy.hash, name: plugin.manifest.name.value, place: place, permissions: plugin.manifest.permissions)
  }

  /// Where a plugin's code runs, by the hash that its library has now.
  ///
  /// - Throws: if it asks for what nobody has granted, at the place where it asks; and for what must not run at all.
  package func placement(of plugin: InstalledPlugin) throws(Failure) -> Placement {
    let copy = try copy(of: plugin)
    return try placement(of: plugin, copy, try trust(of: plugin, copy), ordered: nil)
  }

  private func placement(
    of plugin: InstalledPlugin, _ copy: LibraryStore.Copy, _ trust: Trust, ordered: PluginManifest.Isolation?
  ) throws(Failure) -> Placement {
    if let refusal = trust.refusal { throw refused(plugin, refusal) }
    let asked = plugin.manifest.isolation
    let found = Placement(
      ordered: ordered, asked: asked?.value, trust: trust, isLetIn: self.trust.isLetIn(copy.hash))
    if let found { return found }
    throw .invalid([
      Diagnostic(
        at: asked?.place ?? plugin.manifest.name.place,
        "plugin '\(plugin.manifest.name.value)': nobody vouches for its library, and it asks to run in the host's own "
          + "process (it is \(trust.told))",
        suggestion: "take 'isolation' out, trust the key that signed it, or let this very library in: "
          + "headrace plugin trust let-in sha256:\(copy.hash)")
    ])
  }

  /// Whether the operator has let a plugin's library into this process.
  package func isLetIn(_ plugin: InstalledPlugin) throws(Failure) -> Bool { trust.isLetIn(try hash(of: plugin)) }

  /// Whether a plugin's library may run in this process if its manifest asks for it.
  package func mayRunHere(_ plugin: InstalledPlugin) throws(Failure) -> Bool {
    let copy = try copy(of: plugin)
    let trust = try trust(of: plugin, copy)
    return Placement(asked: .inProcess, trust: trust, isLetIn: self.trust.isLetIn(copy.hash)) != nil
  }

  /// The SHA-256 of a plugin's library as it is now, in hexadecimal digits.
  package func hash(of plugin: InstalledPlugin) throws(Failure) -> String { try copy(of: plugin).hash }

  private func inWorkers(
    _ copy: LibraryStore.Copy, _ description: PluginDescription, _ plugin: InstalledPlugin,
    sees environment: [String: String], _ confinement: WorkerConfinement
  ) throws(Failure) -> LoadedPlugin {
    guard let workers else {
      throw Failure(
        .environment, "the plugin '\(plugin.manifest.name.value)' runs in a worker process, and there are none here")
    }
    return LoadedPlugin(
      remote: RemoteLibrary(
        path: copy.path, description: description, worker: worker, environment: environment, confinement: confinement,
        spawner: workers, use: copy.use), grants: plugin.manifest.permissions.grants)
  }

  /// What is to be thought of a plugin, by the hash that its library has now.
  package func trust(of plugin: InstalledPlugin) throws(Failure) -> Trust {
    try whole(plugin) { () throws(Failure) in try trust(of: plugin, try copy(of: plugin)) }
  }

  private func trust(of plugin: InstalledPlugin, _ copy: LibraryStore.Copy) throws(Failure) -> Trust {
    trust.judge(
      SignedStatement(plugin.manifest, manifestBytes: plugin.manifestBytes, library: copy.hash), hash: copy.hash,
      isOfBuild: lock.hash(of: plugin.manifest.library.value) == copy.hash, signatures: try signatures(of: plugin))
  }

  /// The signatures beside a manifest; nil if there are none.
  package func signatures(of plugin: InstalledPlugin) throws(Failure) -> SignatureFile? {
    let path = plugin.path + SignatureFile.suffix
    guard try files.info(path) != nil else { return nil }
    return try SignatureFile(parsing: try files.read(path, limit: SignatureFile.fileLimit), file: path)
  }

  /// Adds a signature to those beside a manifest. One at a time for a folder, by a registry that was read meanwhile: whoever calls has
  /// made sure of it.
  ///
  /// - Parameter path: of the file with the secret key.
  /// - Returns: the key's id.
  package func sign(_ plugin: InstalledPlugin, secret: [UInt8], path: String) throws(Failure) -> String {
    var signatures = try signatures(of: plugin) ?? SignatureFile()
    let statement = SignedStatement(
      plugin.manifest, manifestBytes: plugin.manifestBytes, library: try copy(of: plugin).hash)
    let id = try signatures.sign(statement, secret: secret, path: path)
    try files.replaceDurably(plugin.path + SignatureFile.suffix, Array(signatures.text.utf8))
    return id
  }

  /// What the processes of a check are started with. Those of a stranger may do what its manifest grants.
  ///
  /// - Throws: what is wrong with the library's file, and a refusal to run it at all.
  package func checkable(_ plugin: InstalledPlugin) throws(Failure) -> Checkable {
    let copy = try copy(of: plugin)
    let trust = try trust(of: plugin, copy)
    if let refusal = trust.refusal { throw refused(plugin, refusal) }
    let (permissions, home, folder) = (plugin.manifest.permissions, environment["HOME"] ?? "/", currentFolder)
    let visible = visible(to: permissions)
    if trust.isTrusted {
      return Checkable(
        library: copy, worker: worker, environment: visible, confinement: nil)
    }
    return Checkable(library: copy, worker: worker, environment: visible) { config in
      permissions.confinement(config: config, home: home, folder: folder).reading(copy.folder)
    }
  }

  private func refused(_ plugin: InstalledPlugin, _ refusal: (reason: String, advice: String)) -> Failure {
    .invalid([
      Diagnostic(
        at: plugin.manifest.name.place, "plugin '\(plugin.manifest.name.value)': \(refusal.reason)",
        suggestion: refusal.advice)
    ])
  }

  /// A library that nobody vouches for is confined to what its manifest says. What one of this build needs beside that, such as
  /// the folders of its libraries, is in no manifest.
  private func confinement(_ permissions: PluginPermissions, _ copy: LibraryStore.Copy) -> WorkerConfinement {
    let (home, folder) = (environment["HOME"] ?? "/", currentFolder)
    @Sendable func confined(_ config: JSONValue) -> Confinement {
      permissions.confinement(config: config, home: home, folder: folder).reading(copy.folder)
    }
    guard permissions.namesSettings else { return .same(confined(.null)) }
    return .byConfiguration { (config) throws(Failure) in
      guard let json = try? JSONValue.parse(config) else {
        throw Failure(.run, "the configuration of a plugin is no JSON", status: .invalidConfig)
      }
      return confined(json)
    }
  }

  /// The environment variables that a worker sees.
  private func visible(to permissions: PluginPermissions) -> [String: String] {
    environment.filter { variable in
      permissions.env.contains { $0.hasSuffix("*") ? variable.key.hasPrefix($0.dropLast()) : variable.key == $0 }
    }
  }
}
