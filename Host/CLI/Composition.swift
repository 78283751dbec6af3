import Glibc
import HostControl
import HostFormats
import HostGate
import HostHTTP
import HostLake
import HostModel
import HostObjects
import HostPipelines
import HostPluginCalls
import HostPluginRuntime
import HostPolicy
import HostSystem

/// The host's parts, put together for one command.
final class Composition {
  let home: String
  /// Where the platform file is, or would be.
  let platformPath: String
  let manifestFolders: [String]
  let settings: PlatformSettings
  let clock = SystemClock()
  let lanes = SystemLanes()
  let files = SystemFiles()
  let gate: Gate
  let registry: PluginRegistry
  /// What no output may show beside the platform file's; known once a pipeline file has been read, and set before
  /// `pipelineHost`.
  var secrets: [String] = [] {
    didSet { Terminal.hide(hidden) }
  }
  private var hidden: [String] { settings.secrets + secrets }
  let log: PluginLog
  let pluginMetrics = PluginMetrics()
  /// For plugins: their requests go where their manifests say, and by no other host.
  private let http = CurlClient(clock: SystemClock(), route: .direct)
  private let watchdog: Watchdog
  private let ticker = Cancellation()
  private var lake: (lake: Lake, store: GatedStore)?

  /// - Parameter manifestFolder: whose plugins come before all others.
  init(
    _ options: GlobalOptions, manifestFolder: String? = nil,
    gateEvents: @escaping @Sendable (GateEvent) -> Void = { _ in }
  ) throws(Failure) {
    settings = try Self.settings(options, files)
    Terminal.hide(settings.secrets)
    home = try Self.home(options, settings)
    log = PluginLog()
    let waiter = ThreadWaiter(clock: clock)
    let gate = Gate(clock: clock, waiter: waiter, seed: .random(in: 0 ... .max), sink: gateEvents)
    self.gate = gate
    var guarding = Watchdog.Configuration()
    guarding.maxLostLanes = settings.lanes.maxLost ?? guarding.maxLostLanes
    watchdog = Watchdog(guarding, clock: clock, waiter: waiter) { plugin, failure in
      gate.instanceLost(plugin: plugin, failure.status ?? .hung)
    }
    let executable = try Self.executable()
    platformPath = Self.absolute(options.platform ?? "headrace.yaml")
    manifestFolders =
      (manifestFolder.map { [$0] } ?? []) + (try Self.manifestFolders(options, settings, executable, files))
    registry = try PluginRegistry(
      folders: manifestFolders, files: files, spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
      trust: try TrustStore(home: home, files: files), environment: SystemEnvironment.all,
      currentFolder: Self.absolute("."), executable: executable,
      store: home + "/plugins")
    try watchdog.start(on: lanes)
    let ticker = ticker
    _ = try lanes.start("gate-ticker") { gate.runTicker(every: .milliseconds(5), cancellation: ticker) }
  }

  /// Keeps the levels of a pipeline, or of a chain of providers, right and remembers its breakers.
  func resilience(
    for origin: CallOrigin, _ monitor: DegradationMonitor, _ degradation: DegradationConfiguration,
    queueDepth: @escaping @Sendable () -> Int, reload: @escaping @Sendable () -> Void = {},
    status: @escaping @Sendable () -> JSONObject
  ) -> ResilienceService {
    monitor.configure(gate.pipeline(origin), degradation)
    let (watchdog, pluginMetrics) = (watchdog, pluginMetrics)
    return ResilienceService(
      gate, monitor, pipeline: origin, home: home, files: files, clock: clock, waiter: ThreadWaiter(clock: clock),
      sources: .init(
        gauges: SystemGauges(), lanes: { (watchdog.lostLaneCount, watchdog.maxLostLanes) },
        queueDepth: queueDepth, reload: reload,
        status: {
          var object = status()
          object["plugin_metrics"] = pluginMetrics.json
          return object
        })
    ) { Terminal.line("warning: \($0)", to: .error) }
  }

  /// What pipelines run in. Opens the lake, and makes it if there is none.
  func pipelineHost() throws(Failure) -> PipelineHost {
    let (lake, store) = try openLake()
    var limits = PipelineHost.Limits()
    limits.lines = max(1, min(settings.lanes.count.map { $0 / 2 } ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 64))
    limits.batchBytes = settings.memory.batch.map { Int($0.bytes) } ?? limits.batchBytes
    limits.openFiles = settings.memory.openWriters ?? limits.openFiles
    return PipelineHost(
      clock: clock, lanes: lanes, gate: gate, registry: registry, services: services(), lake: lake, store: store,
      platformPolicy: settings.policy, targets: settings.targetNames, limits: limits,
      spool: spool)
  }

  /// Where raw batches are queued in emergency mode.
  var spool: SpoolPlace {
    SpoolPlace(root: home + "/queue", files: files, configuration: settings.queue.configuration)
  }

  func services() -> PluginServices {
    let log = log
    let provider = ServiceProvider(
      clock: clock, files: files, stateRoot: home + "/state", redactor: Redactor(hidden),
      metrics: pluginMetrics, environment: { SystemEnvironment.value($0) }, http: http, log: { log.write($0) })
    return PluginServices(provider: provider, watchdog: watchdog)
  }

  func openLake() throws(Failure) -> (lake: Lake, store: GatedStore) {
    if let lake { return lake }
    try files.createDirectory(home)
    let folder = try DirectoryStore(root: home + "/lake", files: files)
    let store = GatedStore(folder, calls: LakeServer.objects.calls(gate, settings))
    let catalog = try SQLCatalog(path: home + "/catalog.db", calls: LakeServer.catalog.calls(gate, settings))
    let opened = Lake(catalog: catalog, store: store, clock: clock, random: { .random(in: 0 ... .max) })
    lake = (opened, store)
    return (opened, store)
  }

  /// The installation as its folders and its trusted keys are now.
  func reread() throws(Failure) -> PluginRegistry {
    try registry.reread(trust: try TrustStore(home: home, files: files))
  }

  /// Blocks the caller.
  func sleep(_ duration: Duration) {
    _ = ThreadWaiter(clock: clock).wait(until: clock.now().advanced(by: duration), cancellation: nil)
  }

  // MARK: Places

  static func settings(_ options: GlobalOptions, _ files: SystemFiles) throws(Failure) -> PlatformSettings {
    let path = absolute(options.platform ?? "headrace.yaml")
    let isThere = try files.info(path) != nil
    guard isThere || options.platform != nil else {
      if let environment = options.env {
        throw Failure(
          .invalidInput, "there is no platform file for the environment '\(environment)'",
          advice: "write headrace.yaml, or name one with --platform")
      }
      return PlatformSettings()
    }
    let shown = options.platform ?? "headrace.yaml"
    guard isThere else {
      throw Failure(
        .invalidInput, "\(shown): there is no such file", advice: "leave --platform out for headrace.yaml",
        status: .notFound)
    }
    let read = PlatformFile.parse(
      try files.read(path, limit: 1 << 20), file: shown,
      sources: InterpolationSources.ofProcess(files: files, folder: PathText.folder(of: path)))
    guard let file = read.file else { throw .invalid(read.diagnostics) }
    return try file.settings(environment: options.env)
  }

  private static func home(_ options: GlobalOptions, _ settings: PlatformSettings) throws(Failure) -> String {
    let stated = options.home ?? SystemEnvironment.value("HEADRACE_HOME") ?? settings.home?.value ?? ".headrace"
    guard !stated.isEmpty, !stated.utf8.contains(0) else {
      throw Failure(.invalidInput, "the home folder has an empty name", advice: "leave --home out for ./.headrace")
    }
    return absolute(stated)
  }

  /// Where manifests are: as stated, else in the working folder and after that in the installation or the build.
  private static func manifestFolders(
    _ options: GlobalOptions, _ settings: PlatformSettings, _ executable: String, _ files: SystemFiles
  ) throws(Failure) -> [String] {
    let stated = options.plugins.isEmpty ? settings.plugins?.map(\.value) ?? [] : options.plugins
    if !stated.isEmpty {
      let folders = stated.map { absolute($0) }
      for folder in folders where try files.info(folder)?.kind != .directory {
        throw Failure(.invalidInput, "\(folder): is no folder", advice: "name a folder with plugin manifests")
      }
      return folders
    }
    let own = absolute("plugins.d")
    var folders = try files.info(own)?.kind == .directory ? [own] : []
    var candidates = [HeadracePaths.installed(executable)]
    // From a build folder, the checkout's manifests are some levels up.
    var folder = PathText.folder(of: executable)
    for _ in 0..<5 {
      candidates.append(folder + "/plugins.d")
      folder = PathText.folder(of: folder)
    }
    for candidate in candidates where try files.info(candidate)?.kind == .directory {
      if candidate != own { folders.append(candidate) }
      break
    }
    return folders
  }

  static func executable() throws(Failure) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { throw Failure(.environment, "cannot find the running program in /proc/self/exe") }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A path from the working folder, without `.` and `..` in it.
  static func absolute(_ path: String) -> String {
    var parts: [String] = []
    let whole = path.hasPrefix("/") ? path : workingFolder() + "/" + path
    for part in PathText.steps(whole) where !part.isEmpty && part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func workingFolder() -> String {
    guard let path = getcwd(nil, 0) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }
}

enum HeadracePaths {
  /// The manifests of an installation, seen from `bin/headrace`.
  static func installed(_ executable: String) -> String {
    PathText.folder(of: PathText.folder(of: executable)) + "/share/headrace/plugins.d"
  }
}
