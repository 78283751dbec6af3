import Crypto
import HostFormats
package import HostModel

/// What an installation has to offer under a plugin's name, by the hashes of its files: two that are equal load the same way,
/// or fail the same way.
package struct PluginOffer: Sendable, Equatable {
  /// Empty for a file that is not there, or cannot be read.
  private var manifest = ""
  private var signatures = ""
  private var library = ""
  /// What is stated for the library, by the manifest or by the build.
  private var expected = ""
  private var trust = TrustStore()

  init(_ trust: TrustStore) { self.trust = trust }

  fileprivate mutating func add(
    _ plugin: InstalledPlugin, library bytes: [UInt8]?, signatures read: [UInt8]?, expected hash: String?
  ) {
    manifest = Self.hash(plugin.manifestBytes)
    library = bytes.map(Self.hash) ?? ""
    signatures = read.map(Self.hash) ?? ""
    expected = hash ?? ""
  }

  private static func hash(_ bytes: [UInt8]) -> String { Hex.text(Array(SHA256.hash(data: bytes))) }
}

extension PluginRegistry {
  /// What there is of a plugin now. Runs nothing of it, and never fails: what is wrong is told by whoever loads it.
  package func offer(of name: String) -> PluginOffer {
    var offer = PluginOffer(trust)
    guard let plugin = plugins[name] else { return offer }
    let library = plugin.manifest.library.value
    let path = try? locator.locate(library, manifestFolder: plugin.folder)
    offer.add(
      plugin, library: path.flatMap { try? files.read($0, limit: LibraryStore.maximumBytes) },
      signatures: try? files.read(plugin.path + SignatureFile.suffix, limit: SignatureFile.fileLimit),
      expected: expectedHash(plugin))
    return offer
  }

  /// A plugin as it does its first batch in another's place: in a worker, where that can end in whatever way. One that is to run
  /// in this process sees and may do there what this process can.
  package func rehearsal(of stage: PlannedStage) throws(Failure) -> PlannedStage {
    var rehearsal = stage.aside(.rehearsal)
    if !stage.plugin.isWorker, hasWorkers, let installed = plugins[stage.name], let copy = stage.copy {
      rehearsal.plugin = try loadForRehearsal(installed, copy, stage.plugin.description)
    }
    return rehearsal
  }
}
