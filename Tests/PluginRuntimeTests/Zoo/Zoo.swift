import Glibc
import HostGate
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostPolicy
import HostSystem

/// One way to misbehave, as the zoo's own table has it.
struct ZooItem: Sendable, CustomStringConvertible {
  let name: String
  let subject: String
  let places: [String]
  var description: String { "\(subject): \(name)" }
}

/// The plugin of strangers: installed by a manifest, trusted by nobody, and therefore run by workers.
final class Zoo {
  static let library = Built.folder + "/libheadrace-test-zoo.so"

  /// The table of the library. Looking at it runs none of its misbehaviours.
  static let items: [ZooItem] = {
    typealias Function = @convention(c) (UInt64, UnsafeMutableRawPointer) -> Int32
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(handle, "headrace_zoo_item_at") else {
      return []
    }
    let function = unsafeBitCast(symbol, to: Function.self)
    // As headrace_zoo.h has it: four texts, and 160 bytes of places.
    return withUnsafeTemporaryAllocation(byteCount: 192, alignment: 8) { row in
      func text(_ index: Int) -> String {
        let pointer = row.load(fromByteOffset: index * 8, as: UnsafePointer<CChar>?.self)
        return pointer.map { String(cString: $0) } ?? ""
      }
      var items: [ZooItem] = []
      guard let start = row.baseAddress else { return [] }
      while function(UInt64(items.count), start) == 1 {
        let places = String(decoding: row[32...].prefix { $0 != 0 }, as: UTF8.self)
        items.append(
          ZooItem(name: text(0), subject: text(1), places: places.split(separator: " ").map(String.init)))
      }
      return items
    }
  }()

  static let stream = "animals"
  static let rows = 5000

  let folder: TestFolder
  let plugin: LoadedPlugin
  let host: RealHost

  /// - Parameter permissions: of the manifest.
  init(permissions: String = "{}") throws {
    folder = try TestFolder()
    chmod(folder.path, 0o755)
    let marks = folder.path + "/marks"
    mkdir(marks, 0o777)
    chmod(marks, 0o777)
    let manifest = """
      manifest: 1
      name: zoo
      version: 1.0.0
      kinds: [source, transform]
      library: libheadrace-test-zoo.so
      permissions: {write: ["\(marks)"], \(permissions.dropFirst().dropLast())}

      """
    let files = SystemFiles()
    try files.replaceDurably(folder.path + "/zoo.yaml", Array(manifest.utf8))
    let registry = try PluginRegistry(
      folders: [folder.path], files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      environment: ["HOME": folder.path], executable: Built.headrace, store: folder.path + "/store")
    for mistake in registry.diagnostics { throw TestFailure("\(mistake)") }
    let place = SourcePlace(file: "zoo", line: 1, column: 1)
    plugin = try registry.load(try registry.installed("zoo", at: place))
    host = RealHost(folder)
  }

  /// A file that makes an item misbehave in one worker only.
  func mark(_ name: String) -> String { "\(folder.path)/marks/\(name)" }

  /// What came of a visit: rows that were read in order, or why not.
  struct Visit {
    var rows = 0
    var failure: Failure?
    /// How many batches it took.
    var batches = 0
    /// The rows themselves, if they are kept.
    var kept: [BatchBox] = []

    var told: String { failure.map { "\($0.status?.name ?? "-"): \($0.message)" } ?? "read to the end" }
  }

  /// Reads the zoo's stream to its end with an item that misbehaves.
  ///
  /// - Parameter keeps: whether the rows are held until then, and longer.
  func visit(_ config: String, timeout: Duration = .seconds(20), keeps: Bool = false) -> Visit {
    var visit = Visit()
    do throws(Failure) {
      let source = try SourceInstance(
        plugin, config: config, context: host.context(timeout: timeout), host: host.services)
      _ = try source.discover([])
      let plan = try source.splits(of: Self.stream, read: .full, known: [], splitBytes: 1 << 20)
      let reader = try source.open(
        SplitRequest(
          split: plan.splits[0], stream: Self.stream, read: .full, position: nil, batchBytes: 1 << 20, batchRows: 10_000
        ))
      while let batch = try reader.read() {
        visit.batches += 1
        let rows = batch.takeRows()
        visit.rows += rows.rowCount
        if keeps { visit.kept.append(BatchBox(rows)) }
      }
      withExtendedLifetime(plan) {}
    } catch { visit.failure = error }
    return visit
  }

  /// Attempts that the gate saw end so.
  func attempts(_ status: Status) -> Int {
    host.events.current.count { event in
      if case .dependency(_, .retry(_, _, let seen)) = event.kind { return seen == status }
      return false
    }
  }
}
