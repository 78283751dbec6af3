import HostModel

extension PluginRegistry {
  /// Looks at the files of a plugin. A failure says so if they may be those of two versions.
  func whole<R>(_ plugin: InstalledPlugin, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch {
      guard (try? files.isReplacing(in: plugin.folder)) == true else { throw error }
      throw Failure(
        .environment,
        "\(plugin.folder): an installation into this folder is under way or was interrupted, and the plugin "
          + "'\(plugin.manifest.name.value)' may be half of it: \(error.statement)",
        advice: "wait for it, or finish it: headrace plugin install, of this plugin or any other, into the same folder",
        status: error.status)
    }
  }
}
