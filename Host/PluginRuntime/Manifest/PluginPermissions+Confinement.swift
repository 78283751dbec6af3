import HostFormats
import HostModel
import HostPluginCalls

extension PluginPermissions {
  /// What the host does for it when it asks.
  var grants: PluginGrants { PluginGrants(secrets: Set(env), http: http) }

  /// Whether what is granted depends on the configuration of the instance.
  var namesSettings: Bool { (read + write + network).contains(where: ConfigPattern.namesSetting) }

  /// What a worker is confined to.
  ///
  /// - Parameters:
  ///   - config: the instance's; a setting that it does not have grants nothing.
  ///   - home: what `~` stands for.
  ///   - folder: what relative paths begin at.
  func confinement(config: JSONValue, home: String, folder: String) -> Confinement {
    var confinement = Confinement()
    func paths(_ patterns: [String]) -> [String] {
      patterns.flatMap { pattern in
        ConfigPattern.filled(pattern, from: config).filter { Self.isGranted($0, by: pattern) }
      }.map { Self.path($0, home: home, folder: folder) }
    }
    confinement.readable = paths(read)
    confinement.writable = paths(write)
    for endpoint in network.flatMap({ ConfigPattern.filled($0, from: config) }) {
      // The kernel knows ports. Hosts are seen to by the service for HTTP, which needs nothing of this.
      let port = endpoint.split(separator: ":").last.map(String.init) ?? "*"
      if let number = UInt16(port) { confinement.ports.append(number) } else { confinement.anyPort = true }
    }
    confinement.memoryBytes = memory.map { UInt64($0.bytes) }
    confinement.cpuSeconds = cpuTime.map { UInt64(max(1, $0.components.seconds)) }
    confinement.openFiles = openFiles.map(UInt64.init)
    confinement.isStrict = strict
    return confinement
  }

  /// Nobody who sets nothing grants the working folder, and what stands in a manifest before a setting is not to be left by it.
  private static func isGranted(_ path: String, by pattern: String) -> Bool {
    guard ConfigPattern.namesSetting(pattern), !ConfigPattern.isSetting(pattern) else { return !path.isEmpty }
    return !PathText.climbs(path)
  }

  /// The folder or file that a pattern of paths begins with.
  private static func path(_ pattern: String, home: String, folder: String) -> String {
    var path = pattern
    if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
    if !path.hasPrefix("/") { path = folder + "/" + path }
    guard let wildcard = path.firstIndex(where: { "*?[{".contains($0) }) else { return path }
    // What stands before the last slash is the same for all that the pattern means.
    return PathText.folder(of: String(path[..<wildcard]))
  }
}

extension Confinement {
  /// The same with one more folder that may be read.
  func reading(_ folder: String) -> Confinement {
    var more = self
    more.readable.append(folder)
    return more
  }
}
