import HostModel

extension PluginRegistry {
  /// Looks at the files of a plugin. A failure says so if they may be those of two versions.
  func whole<R>(_ plugin: InstalledPlugin, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch {
      guard let advice = Self.interrupted([plugin.folder], files) else { throw error }
      throw Failure(
        .environment, "the plugin '\(plugin.manifest.name.value)' may be half of a new one: \(error.statement)",
        advice: advice, status: error.status)
    }
  }

  /// What to do where a plugin is missing of which nothing but the manifest may be.
  var interrupted: String? { Self.interrupted(folders, files) }

  private static func interrupted(_ folders: [String], _ files: any FileSystem) -> String? {
    let folder = folders.first { (try? files.isReplacing(in: $0)) == true }
    return folder.map {
      "an installation into \($0) is under way or was interrupted: wait for it, or finish it with 'headrace plugin install', "
        + "of this plugin or any other, into the same folder"
    }
  }
}
