import HostFormats
package import HostModel

/// The report of a check that a manifest pins by its hash: this very library was tried by every clause, and broke none.
///
/// It says what its author has seen, and is as good as its author: whoever signs the manifest signs the hash with it.
enum PinnedReport {
  /// Behind the manifest's name.
  static let suffix = ".check.json"
  static let limit = 1 << 20

  /// What keeps a report from being the one that a manifest pins; nil if nothing does.
  ///
  /// - Parameters:
  ///   - pinned: the hash that the manifest states.
  ///   - library: the hash that the plugin's library has.
  static func complaint(_ bytes: [UInt8], pinned: String, manifest: PluginManifest, library: String) -> String? {
    let hash = LibraryStore.hash(bytes)
    guard hash == pinned else { return "has the SHA-256 \(hash), which is not the one that is pinned" }
    guard let report = try? JSONValue.parse(bytes), report["schema_version"]?.integerValue == 1,
      let name = report["plugin"]?.stringValue, let version = report["version"]?.stringValue,
      let checked = report["library"]?.stringValue, let isKept = report["kept"]?.boolValue,
      let isComplete = report["complete"]?.boolValue
    else { return "is no report of 'headrace plugin check'" }
    let stated = "\(manifest.name.value) \(manifest.version.value)"
    guard "\(name) \(version)" == stated else { return "is of \(name) \(version), not of \(stated)" }
    guard checked == library else { return "is of another library, sha256:\(checked); this one is sha256:\(library)" }
    guard isKept else { return "says that clauses are broken: \(broken(report).joined(separator: ", "))" }
    return isComplete ? nil : "is of a check that tried only some clauses"
  }

  private static func broken(_ report: JSONValue) -> [String] {
    (report["clauses"]?.arrayValue ?? []).filter { $0["outcome"]?.stringValue == CheckReport.Outcome.broken.rawValue }
      .compactMap { $0["clause"]?.stringValue }
  }
}

extension PluginRegistry {
  /// The report of a check that a manifest pins, whole; nil if it pins none.
  ///
  /// - Throws: at the place where it is pinned, if it is not there or not that of the library as it is now.
  @discardableResult
  package func pinnedReport(of plugin: InstalledPlugin) throws(Failure) -> [UInt8]? {
    try pinnedReport(of: plugin, library: try copy(of: plugin).hash)
  }

  /// - Parameter library: the hash that the plugin's library has.
  /// - Throws: at the place where it is pinned, if it is not there or not that of this library.
  @discardableResult
  func pinnedReport(of plugin: InstalledPlugin, library: String) throws(Failure) -> [UInt8]? {
    guard let pinned = plugin.manifest.checked else { return nil }
    let path = plugin.path + PinnedReport.suffix
    let bytes = try files.info(path) == nil ? nil : try files.read(path, limit: PinnedReport.limit)
    let complaint =
      if let bytes {
        PinnedReport.complaint(bytes, pinned: pinned.value, manifest: plugin.manifest, library: library)
      } else {
        "is not there"
      }
    guard let complaint else { return bytes }
    throw .invalid([
      Diagnostic(
        at: pinned.place, "plugin '\(plugin.manifest.name.value)': the report that is pinned, \(path), \(complaint)",
        suggestion: "check this library and pin that (headrace plugin check \(plugin.path) --report \(path)), or take "
          + "'checked' out")
    ])
  }
}

extension CheckReport {
  /// The bytes of its file.
  package var file: [UInt8] { Array((json.text(.pretty) + "\n").utf8) }

  /// The line by which a manifest pins its file; nil for one that no manifest can pin.
  package var pin: String? { isKept && isComplete ? "checked: \"\(LibraryStore.hash(file))\"" : nil }
}
