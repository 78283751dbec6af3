import HostFormats
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostPolicyFile
import HostSystem
import Testing

/// What does a newcomer's first batch is what takes the place.
@Suite struct RehearsalTests {
  private let files = SystemFiles()

  /// A library that is let into this process, in its place.
  private func stage(in folder: TestFolder) throws -> (registry: PluginRegistry, stage: PlannedStage) {
    let library = folder.path + "/libplugin.so"
    try files.replaceDurably(library, try files.read(Built.scripted, limit: 1 << 26))
    let manifest = """
      manifest: 1
      name: scripted
      version: 1.0.0
      kinds: [transform]
      library: libplugin.so
      isolation: in_process

      """
    try files.replaceDurably(folder.path + "/scripted.yaml", Array(manifest.utf8))
    let registry = try PluginRegistry(
      folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      trust: try TrustStore.lettingIn(library, in: folder), executable: Built.headrace, store: folder.path + "/store")
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    let stage = try registry.stage(
      plugin: Placed("scripted", at: place), .transform, config: .emptyMapping(at: place), policy: PolicySection(),
      platform: PolicySection())
    return (registry, stage)
  }

  @Test func aLibraryThatIsReplacedMeanwhileIsNotWhatRehearses() throws {
    let folder = try TestFolder()
    let (registry, stage) = try stage(in: folder)
    #expect(!stage.plugin.isWorker && stage.placement.isolation == .inProcess)
    let library = folder.path + "/libplugin.so"
    let before = try #require(stage.copy)
    try files.replaceDurably(library, try files.read(library, limit: 1 << 26) + Array("another build".utf8))
    let rehearsal = try registry.rehearsal(of: stage)
    #expect(rehearsal.plugin.isWorker && rehearsal.plugin.remote?.path == before.path)
    #expect(rehearsal.plugin.description.name == stage.plugin.description.name)
    // Nor is one that nobody can load, or none at all, a reason to refuse what was loaded.
    try files.replaceDurably(library, Array("no library".utf8))
    #expect(try registry.rehearsal(of: stage).plugin === rehearsal.plugin)
    try files.remove(library)
    #expect(try registry.rehearsal(of: stage).plugin === rehearsal.plugin)
  }
}
