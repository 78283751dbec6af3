import Glibc
import HostGate
import HostHTTP
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem

/// The plugin of `Tests/Plugins/HTTP`, installed by a manifest, in one of the places where a plugin can run. Nobody trusts it: in a
/// worker it is confined, and without a network.
struct AskingPlugin {
  let folder: TestFolder
  let host: RealHost
  let plugin: LoadedPlugin
  private let registry: PluginRegistry
  private let isolation: PluginManifest.Isolation

  /// - Parameters:
  ///   - hosts: what the manifest declares under `permissions: http`.
  ///   - sends: whether the host offers the service.
  init(_ isolation: PluginManifest.Isolation, hosts: [String], sends: Bool = true) throws {
    folder = try TestFolder()
    chmod(folder.path, 0o755)
    try Self.install(hosts, into: folder)
    registry = try PluginRegistry(
      folders: [folder.path], files: SystemFiles(), spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      environment: ["HOME": folder.path], executable: Built.headrace, store: folder.path + "/store")
    self.isolation = isolation
    plugin = try Self.placed(by: registry, isolation)
    host = RealHost(folder, http: sends ? CurlClient(clock: SystemClock(), route: .direct) : nil)
  }

  /// The same plugin under another manifest, as a run that goes on takes it over. This one stays what it is.
  init(in place: AskingPlugin, hosts: [String]) throws {
    (folder, host, isolation) = (place.folder, place.host, place.isolation)
    try Self.install(hosts, into: folder)
    registry = try place.registry.reread(trust: TrustStore())
    plugin = try Self.placed(by: registry, isolation)
  }

  private static func install(_ hosts: [String], into folder: TestFolder) throws {
    let declared = hosts.map { "\"\($0)\"" }.joined(separator: ", ")
    let manifest = """
      manifest: 1
      name: http
      version: 1.0.0
      kinds: [llm]
      library: libheadrace-test-http.so
      permissions: {http: [\(declared)]}

      """
    try SystemFiles().replaceDurably(folder.path + "/http.yaml", Array(manifest.utf8))
  }

  private static func placed(
    by registry: PluginRegistry, _ isolation: PluginManifest.Isolation
  ) throws -> LoadedPlugin {
    for mistake in registry.diagnostics { throw TestFailure("\(mistake)") }
    let installed = try registry.installed("http", at: SourcePlace(file: "http", line: 1, column: 1))
    return try registry.place(installed, ordered: isolation).code
  }

  /// How a question ended.
  struct End: Equatable {
    var status: Status
    /// The answer, or what was told of the failure.
    var told: String
    var retryAfter: Duration?
    var vendorCode: String?
  }

  func ask(_ prompt: String, config: String = "{}", timeout: Duration = .seconds(60)) throws -> End {
    let model = try LLMInstance(
      plugin, config: config, context: host.context(timeout: timeout), host: host.services)
    let (result, answer) = try model.complete(
      Prompt(prompt), mayRetry: false, deadline: SystemClock().now().advanced(by: timeout))
    let error = result.failure?.lastError
    return End(
      status: result.status, told: answer?.text ?? error?.message ?? "", retryAfter: error?.retryAfter,
      vendorCode: error?.vendorCode)
  }

  /// What it tells of a body: its length and its hash.
  static func told(_ body: [UInt8]) -> String {
    let hash = body.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return "\(body.count) \(String(hash, radix: 16))"
  }

  /// The body that it makes up.
  static func madeUp(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 23) } }

  /// How a question ends, wherever the plugin runs.
  ///
  /// - Throws: where it ends differently in a worker.
  static func ask(
    _ prompt: String, hosts: [String], config: String = "{}", timeout: Duration = .seconds(60), sends: Bool = true
  ) throws -> End {
    let ends = try [PluginManifest.Isolation.inProcess, .worker].map { isolation in
      try AskingPlugin(isolation, hosts: hosts, sends: sends).ask(prompt, config: config, timeout: timeout)
    }
    guard ends[0] == ends[1] else { throw TestFailure("in the host \(ends[0]), and in a worker \(ends[1])") }
    return ends[0]
  }
}
