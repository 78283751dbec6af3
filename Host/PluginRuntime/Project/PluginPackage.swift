package import HostModel

/// A plugin as it is handed on: a library, a manifest that names it without a folder and pins its hash, and the report of a
/// check if the manifest pins one.
package struct PluginPackage: Sendable {
  package let manifest: PluginManifest
  private let manifestName: String
  private let manifestBytes: [UInt8]
  private let libraryName: String
  private let library: [UInt8]
  private let hash: String
  private let report: [UInt8]?
  private var signatures: SignatureFile?

  /// - Parameters:
  ///   - report: the one that the manifest pins.
  ///   - signatures: those beside the manifest; they count for as long as it need not be changed.
  /// - Throws: `invalidInput` with the place if the manifest cannot be pinned.
  init(
    _ plugin: InstalledPlugin, library: [UInt8], hash: String, report: [UInt8]?, signatures: SignatureFile?
  ) throws(Failure) {
    self.report = report
    libraryName = plugin.manifest.library.value.split(separator: "/").last.map(String.init) ?? ""
    manifestName = plugin.manifest.name.value + ".yaml"
    manifestBytes = try Self.pinned(plugin, library: libraryName, hash: hash)
    self.library = library
    self.hash = hash
    self.signatures = manifestBytes == plugin.manifestBytes ? signatures : nil
    guard let manifest = PluginManifest.parse(manifestBytes, file: plugin.path).manifest,
      manifest.library.value == libraryName, manifest.sha256?.value == hash,
      manifest.name.value == plugin.manifest.name.value
    else {
      throw Failure(
        .invalidInput, "\(plugin.manifest.library.place): the manifest cannot be pinned to its library's hash",
        advice: "write 'library' and 'sha256' on lines of their own")
    }
    self.manifest = manifest
  }

  /// The files' names.
  package var names: [String] {
    [libraryName, manifestName] + (report == nil ? [] : [manifestName + PinnedReport.suffix])
      + (signatures == nil ? [] : [manifestName + SignatureFile.suffix])
  }

  package var isSigned: Bool { signatures != nil }

  /// - Parameters:
  ///   - secret: the contents of the file with the secret key.
  ///   - path: that file's.
  /// - Returns: the key's id.
  package mutating func sign(secret: [UInt8], path: String) throws(Failure) -> String {
    var signed = signatures ?? SignatureFile()
    let statement = SignedStatement(manifest, manifestBytes: manifestBytes, library: hash)
    let id = try signed.sign(statement, secret: secret, path: path)
    signatures = signed
    return id
  }

  /// - Throws: if another plugin of a folder would lose its library or its name by this one.
  package func checkPlace(in folder: String, _ files: any FileSystem) throws(Failure) {
    for other in try PluginRegistry.read([folder], files).plugins.values {
      let (name, isSame) = (other.manifest.name.value, other.manifest.name.value == manifest.name.value)
      if !isSame, other.path == "\(folder)/\(manifestName)" {
        throw Failure(
          .invalidInput, "\(other.path): is the manifest of the plugin '\(name)'",
          advice: "give that file another name",
          status: .conflict)
      }
      if isSame, other.path != "\(folder)/\(manifestName)" {
        throw Failure(
          .invalidInput, "\(other.path): is the plugin '\(name)' already",
          advice: "remove that file, and install again",
          status: .conflict)
      }
      if !isSame, other.manifest.library.value == libraryName {
        throw Failure(
          .invalidInput,
          "\(other.manifest.library.place): the plugin '\(name)' has a library of the same name, '\(libraryName)'",
          advice: "give this one's library another name, or install it into another folder with --into",
          status: .conflict)
      }
    }
  }

  /// Writes it into a folder, all of it or nothing. The manifest comes last: who finds it finds all of the plugin. Whoever is
  /// interrupted has left the rest to `finishReplacing`. One at a time for a folder.
  package func write(into folder: String, _ files: any FileSystem) throws(Failure) {
    let signatureName = manifestName + SignatureFile.suffix
    let signature = signatures.map { [(name: signatureName, bytes: Array($0.text.utf8))] } ?? []
    let pinned = report.map { [(name: manifestName + PinnedReport.suffix, bytes: $0)] } ?? []
    try files.replaceTogether(
      in: folder, [(libraryName, library)] + pinned + signature + [(manifestName, manifestBytes)],
      removing: signatures == nil ? signatureName : nil)
  }

  /// The manifest's text with a bare name for the library, and its hash.
  private static func pinned(
    _ plugin: InstalledPlugin, library: String, hash: String
  ) throws(Failure) -> [UInt8] {
    // By bytes: to a string, a line break of two is one that is no line feed.
    var lines = plugin.manifestBytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let stated = plugin.manifest.library
    let index = stated.place.line - 1
    guard lines.indices.contains(index), lines[index].contains(stated.value) else { return plugin.manifestBytes }
    lines[index] = lines[index].replacing(stated.value, with: library)
    if plugin.manifest.sha256 == nil { lines.insert("sha256: \"\(hash)\"", at: index + 1) }
    return Array(lines.joined(separator: "\n").utf8)
  }
}

extension PluginRegistry {
  /// A plugin as it is handed on. It was probed before: what does not load is nothing to hand on.
  package func package(_ plugin: InstalledPlugin) throws(Failure) -> PluginPackage {
    _ = try description(of: plugin)
    let copy = try copy(of: plugin)
    return try PluginPackage(
      plugin, library: try libraryBytes(copy), hash: copy.hash,
      report: try pinnedReport(of: plugin, library: copy.hash), signatures: try signatures(of: plugin))
  }
}
