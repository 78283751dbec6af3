package import HostModel

/// What is in the archive of a plugin, by what tar says of it before anything is unpacked.
package struct ArchiveListing: Sendable, Equatable {
  /// Files of one folder, in their order.
  package let names: [String]

  /// The one that is the manifest.
  package var manifest: String { names.first { $0.hasSuffix(".yaml") } ?? "" }

  /// Text files that stand beside the library.
  private static let beside: Int64 = 8 << 20
  private static let endings = [".yaml", ".sig", ".so", ".json"]

  /// - Parameters:
  ///   - listing: of `tar --list --verbose --numeric-owner --full-time`.
  ///   - archive: as messages name it.
  /// - Throws: for whatever `plugin pack` does not make: links, devices and folders, names that lead elsewhere or come twice,
  ///   and more than a plugin may have.
  package init(tar listing: String, archive: String) throws(Failure) {
    var names: [String] = []
    var room = Int64(LibraryStore.maximumBytes) + Self.beside
    for line in listing.split(separator: "\n").prefix(100) {
      let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true).map(String.init)
      guard words.count == 6, let bytes = Int64(words[2]) else { throw Self.refusal(archive, String(line.prefix(200))) }
      let name = words[5]
      guard words[0].hasPrefix("-"), Self.isPlain(name) else { throw Self.refusal(archive, name) }
      guard !names.contains(name) else { throw Self.refusal(archive, "\(name) twice") }
      guard bytes <= room else {
        throw Failure(
          .invalidInput, "\(archive): \(name) has \(bytes) bytes, and a library may have \(LibraryStore.maximumBytes)",
          advice: "ask whoever made it for another one", status: .invalidConfig)
      }
      room -= bytes
      names.append(name)
    }
    self.names = names
    guard names.count(where: { $0.hasSuffix(".yaml") }) == 1, (2...4).contains(names.count) else {
      throw Self.refusal(archive, names.prefix(5).joined(separator: ", "))
    }
  }

  private static func isPlain(_ name: String) -> Bool {
    !name.contains("/") && !name.contains("\\") && !name.hasPrefix(".") && endings.contains { name.hasSuffix($0) }
  }

  private static func refusal(_ archive: String, _ what: String) -> Failure {
    Failure(
      .invalidInput, "\(archive): is no archive of a plugin: \(what)", advice: "make one with 'headrace plugin pack'",
      status: .invalidConfig)
  }
}
