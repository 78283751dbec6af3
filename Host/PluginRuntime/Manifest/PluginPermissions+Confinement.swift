import HostFormats
import HostModel

extension PluginPermissions {
  /// Whether what is granted depends on the configuration of the instance.
  var namesSettings: Bool { (read + write + network).contains { $0.contains("${config:") } }

  /// What a worker is confined to.
  ///
  /// - Parameters:
  ///   - config: the instance's; a setting that it does not have grants nothing.
  ///   - home: what `~` stands for.
  ///   - folder: what relative paths begin at.
  func confinement(config: JSONValue, home: String, folder: String) -> Confinement {
    var confinement = Confinement()
    func paths(_ patterns: [String]) -> [String] {
      patterns.flatMap { Self.settings($0, config) }.map { Self.path($0, home: home, folder: folder) }
    }
    confinement.readable = paths(read)
    confinement.writable = paths(write)
    for endpoint in network.flatMap({ Self.settings($0, config) }) {
      // A host is for the host's own HTTP service to see to: the kernel knows ports.
      let port = endpoint.split(separator: ":").last.map(String.init) ?? "*"
      if let number = UInt16(port) { confinement.ports.append(number) } else { confinement.anyPort = true }
    }
    confinement.memoryBytes = memory.map { UInt64($0.bytes) }
    confinement.cpuSeconds = cpuTime.map { UInt64(max(1, $0.components.seconds)) }
    confinement.openFiles = openFiles.map(UInt64.init)
    confinement.isStrict = strict
    return confinement
  }

  /// A pattern with its setting filled in: once for each text, if the setting is a list of them.
  private static func settings(_ pattern: String, _ config: JSONValue) -> [String] {
    guard let start = pattern.firstRange(of: "${config:"), let end = pattern[start.upperBound...].firstIndex(of: "}")
    else { return [pattern] }
    let value = config[String(pattern[start.upperBound..<end])]
    let texts = value?.stringValue.map { [$0] } ?? value?.arrayValue?.compactMap(\.stringValue) ?? []
    let (head, rest) = (pattern[..<start.lowerBound], String(pattern[pattern.index(after: end)...]))
    return texts.flatMap { text in settings(rest, config).map { head + text + $0 } }
  }

  /// The folder or file that a pattern of paths begins with.
  private static func path(_ pattern: String, home: String, folder: String) -> String {
    var path = pattern
    if path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
    if !path.hasPrefix("/") { path = folder + "/" + path }
    guard let wildcard = path.firstIndex(where: { "*?[{".contains($0) }) else { return path }
    // What stands before the last slash is the same for all that the pattern means.
    let fixed = path[..<wildcard]
    return fixed.lastIndex(of: "/").map { $0 == fixed.startIndex ? "/" : String(fixed[..<$0]) } ?? "/"
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
