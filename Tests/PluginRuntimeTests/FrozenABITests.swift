import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing

/// Plugins that were built by the headers of a released version, in the host of today.
@Suite struct FrozenABITests {
  @Test(arguments: ["in_process", "worker"])
  func aPluginOfVersionOneIsRead(isolation: String) throws {
    let folder = try TestFolder()
    let frozen = "Tests/ABI/v1"
    try Built.compile(
      "\(frozen)/counter.c", to: folder.path + "/libcounter.so",
      flags: ["-fPIC", "-shared", "-I", "\(Built.root)/\(frozen)/include"])
    let manifest = """
      manifest: 1
      name: counter
      version: 1.0.0
      kinds: [source]
      library: libcounter.so
      isolation: \(isolation)

      """
    let files = SystemFiles()
    try files.replaceDurably(folder.path + "/counter.yaml", Array(manifest.utf8))
    let registry = try PluginRegistry(
      folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      trust: .lettingIn(folder.path + "/libcounter.so", in: folder), executable: Built.headrace,
      store: folder.path + "/store")
    let place = SourcePlace(file: "p.yaml", line: 1, column: 1)
    let plugin = try registry.load(try registry.installed("counter", at: place))
    #expect(plugin.isWorker == (isolation == "worker"))
    let host = RealHost(folder)
    let source = try SourceInstance(
      plugin, config: #"{"count": 100000}"#, context: host.context(), host: host.services)
    let reader = try source.firstReader()
    var rows = 0
    while let batch = try reader.read() { rows += batch.takeRows().rowCount }
    #expect(rows == 100_000)
  }
}
