package import HostModel

/// Finds the library of a manifest: in the manifest's folder; a bare name then in the executable's and the
/// installation's; and nowhere else.
package struct LibraryLocator: Sendable {
  private let files: any FileSystem
  private let executable: String

  /// - Parameter executable: the absolute path of the running program.
  package init(files: any FileSystem, executable: String) {
    self.files = files
    self.executable = executable
  }

  private var executableFolder: String { PathText.folder(of: executable) }

  /// Where the installation keeps first-party plugins, seen from `bin/headrace`.
  private var installationFolder: String { PathText.folder(of: executableFolder) + "/lib/headrace/plugins" }

  package func locate(_ library: String, manifestFolder: String) throws(Failure) -> String {
    guard !library.isEmpty, !library.hasPrefix("/"), !PathText.climbs(library) else {
      throw Failure(
        .invalidInput, "'\(library)' is not a library in the manifest's folder or below", status: .invalidConfig)
    }
    let folders = [manifestFolder] + (library.contains("/") ? [] : [executableFolder, installationFolder])
    for folder in folders {
      let path = "\(folder)/\(library)"
      if try files.info(path)?.kind == .file { return path }
    }
    throw Failure(
      .environment, "the library '\(library)' is in none of \(folders.joined(separator: ", "))",
      advice: "run 'make build', or put the library beside its manifest", status: .notFound)
  }

  /// The file in which a build names the hashes of its own plugins, if there is one.
  package func lockFile() throws(Failure) -> String? {
    for folder in [executableFolder, installationFolder] {
      let path = "\(folder)/plugins.lock"
      if try files.info(path) != nil { return path }
    }
    return nil
  }
}
