package import HostModel

/// The hashes of the libraries that a build made: first-party plugins are trusted by it. A line each, as `sha256sum`
/// prints it: hash, two spaces, file name.
package struct PluginsLock: Sendable, Equatable {
  private let hashes: [String: String]

  package static let empty = PluginsLock(hashes: [:])

  private init(hashes: [String: String]) { self.hashes = hashes }

  package init(parsing bytes: [UInt8], file: String) throws(Failure) {
    var hashes: [String: String] = [:]
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let parts = line.split(separator: " ", omittingEmptySubsequences: true)
      let isHash = parts.first.map { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) } ?? false
      guard parts.count == 2, isHash else {
        let place = SourcePlace(file: file, line: index + 1, column: 1)
        throw .invalid([Diagnostic(at: place, "expected a SHA-256 and a file name", suggestion: "run 'make build'")])
      }
      hashes[String(parts[1])] = parts[0].lowercased()
    }
    self.hashes = hashes
  }

  /// The hash of a library of this build; nil for one that is not.
  package func hash(of library: String) -> String? { hashes[library] }
}
