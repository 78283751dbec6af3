import HostModel
import HostPluginRuntime
import HostSystem

/// A plugin in a compressed tar archive, unpacked beside it until nobody needs it any more. The work is tar's.
struct PluginArchive {
  private static let tar = "/bin/tar"
  private static let listLimit = 1 << 16
  /// Where it was unpacked.
  private let folder: WorkFolder
  /// The path of its manifest.
  let manifest: String

  static func pack(
    _ package: PluginPackage, name: String, to archive: String, _ files: SystemFiles
  ) throws(Failure) {
    let folder = try WorkFolder(beside: archive, files)
    defer { withExtendedLifetime(folder) {} }
    do throws(Failure) {
      try package.write(into: folder.path, files)
      let partial = "\(folder.path)/\(name).partial"
      let how = ["--directory", folder.path, "--owner=0", "--group=0", "--numeric-owner", "--"]
      try run(["--create", "--gzip", "--file", partial] + how + package.names)
      try files.syncFile(partial)
      try files.rename(partial, to: archive)
      try files.syncDirectory(PathText.folder(of: archive))
    } catch { throw error.of("\(archive): the archive is not written") }
  }

  /// Unpacks an archive beside itself.
  ///
  /// - Throws: a refusal of what is no plugin's archive.
  init(unpacking archive: String, _ files: SystemFiles) throws(Failure) {
    let path = Composition.absolute(archive)
    guard try files.info(path)?.kind == .file else {
      throw Failure(.invalidInput, "\(archive): there is no such file", advice: "name an archive", status: .notFound)
    }
    // What an archive may hold is known before any of it is written.
    let listed = try Self.told(archive) { () throws(Failure) in
      try Self.run(["--list", "--verbose", "--numeric-owner", "--full-time", "--gzip", "--file", path])
    }
    let listing = try ArchiveListing(tar: listed, archive: archive)
    let folder = try WorkFolder(beside: path, files)
    _ = try Self.told(archive) { () throws(Failure) in
      try Self.run([
        "--extract", "--gzip", "--file", path, "--directory", folder.path, "--no-same-owner", "--no-same-permissions",
      ])
    }
    self.folder = folder
    manifest = "\(folder.path)/\(listing.manifest)"
  }

  private static func told(_ archive: String, _ body: () throws(Failure) -> String) throws(Failure) -> String {
    do throws(Failure) { return try body() } catch { throw error.of("\(archive): cannot be unpacked") }
  }

  @discardableResult
  private static func run(_ arguments: [String]) throws(Failure) -> String {
    let result = try SystemSpawner().run(
      ProcessRequest(executable: tar, arguments: arguments, outputLimit: listLimit, timeout: .seconds(120)))
    guard case .code(0) = result.exit, !result.timedOut else {
      throw failure(result)
    }
    return String(decoding: result.output, as: UTF8.self)
  }

  private static func failure(_ result: ProcessResult) -> Failure {
    if result.timedOut {
      return Failure(
        .run, "tar: it did not end within 2 minutes", advice: "is the archive that large?", status: .timeout)
    }
    let said = String(decoding: result.errorOutput.prefix(2000), as: UTF8.self)
    // It has no status of its own for it; without an environment it speaks the language of the C locale.
    if said.contains("No space left on device") {
      return Failure(
        .environment, "tar: No space left on device", advice: Failure.freeSpaceAdvice, status: .quotaExhausted)
    }
    return Failure(
      .invalidInput, "tar: \(said.split(separator: "\n").first.map(String.init) ?? "it failed")",
      advice: "is it an archive of 'headrace plugin pack', and whole?", status: .invalidConfig)
  }
}
