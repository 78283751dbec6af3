import CArrow
import Glibc
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem

/// A transform of strangers, in a worker that is confined to what its manifest declares.
struct HostileTransform {
  private static let batchRows = 100
  private static let batches = 5
  /// All that a transform that behaves lets through.
  static let rows = batchRows * batches
  private static let columns = [
    Field("id", .integer(bits: 64)), Field("animal", .string), Field("weight", .double),
  ]

  let plugin: LoadedPlugin
  let host: RealHost
  private let folder: TestFolder

  /// - Parameter library: its file's name, beside the program.
  init(_ name: String, library: String) throws {
    folder = try TestFolder()
    chmod(folder.path, 0o755)
    let files = SystemFiles()
    let manifest = "manifest: 1\nname: \(name)\nversion: 1.0.0\nkinds: [transform]\nlibrary: \(library)\n"
    try files.replaceDurably(folder.path + "/m.yaml", Array(manifest.utf8))
    let registry = try PluginRegistry(
      folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      executable: Built.headrace, store: folder.path + "/store")
    plugin = try registry.load(try registry.installed(name, at: SourcePlace(file: name, line: 1, column: 1)))
    host = RealHost(folder)
  }

  /// Passes some batches through it.
  func visit(_ config: String, timeout: Duration = .seconds(20)) -> Zoo.Visit {
    var visit = Zoo.Visit()
    let sample = SampleRows(Self.columns, seed: 1)
    do throws(Failure) {
      let transform = try TransformInstance(
        plugin, config: config, stream: "sample", input: ExportedSchema(Schema(Self.columns)),
        context: host.context(timeout: timeout), host: host.services)
      for number in 0..<Self.batches {
        let rows = sample.batch(number * Self.batchRows..<(number + 1) * Self.batchRows)
        switch transform.apply(RecordBatch(adopting: rows, schema: Schema(Self.columns))) {
        case .transformed(let made): visit.rows += made.takeRows().rowCount
        case .failed(_, let failure): throw failure
        }
        visit.batches += 1
      }
    } catch { visit.failure = error }
    return visit
  }
}
