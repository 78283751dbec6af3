import CHeadrace
import HostFormats
package import HostModel
import Synchronization

/// A line that a plugin wrote.
package struct PluginLogLine: Sendable {
  package enum Level: Int32, Sendable, Comparable {
    case debug = 0
    case info = 1
    case warning = 2
    case error = 3

    package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }
  package var level: Level
  package var plugin: String
  package var message: String
  package var fields: [(key: String, value: String)]
}

/// What the host gives to its plugins; one for the whole runtime.
package struct ServiceProvider: Sendable {
  package var clock: any Clock
  package var files: any FileSystem
  /// The folder of the state store.
  package var stateRoot: String
  package var minimumLevel: PluginLogLine.Level
  package var log: @Sendable (PluginLogLine) -> Void
  /// Reads an environment variable that the manifest allows.
  package var environment: @Sendable (String) -> String?
  package var redactor: Redactor
  package var metrics: PluginMetrics
  /// Sends what plugins ask for over HTTP; nil for a host that offers no such service.
  package var http: (any HTTPClient)?

  package init(
    clock: any Clock, files: any FileSystem, stateRoot: String, minimumLevel: PluginLogLine.Level = .info,
    redactor: Redactor = Redactor([]), metrics: PluginMetrics = PluginMetrics(),
    environment: @escaping @Sendable (String) -> String? = { _ in nil }, http: (any HTTPClient)? = nil,
    log: @escaping @Sendable (PluginLogLine) -> Void
  ) {
    self.clock = clock
    self.files = files
    self.stateRoot = stateRoot
    self.minimumLevel = minimumLevel
    self.redactor = redactor
    self.metrics = metrics
    self.environment = environment
    self.http = http
    self.log = log
  }
}

/// The services of one instance, as `headrace_host` gives them out. A worker has services of its own, which ask for these.
class HostServices: @unchecked Sendable {
  // The C structure is immutable after init; what changes is under a lock.
  let provider: ServiceProvider
  let plugin: String
  let pipeline: String
  let secretNames: Set<String>
  /// Where the plugin's code runs, if that is another process.
  var remote: RemoteLibrary?
  /// Grants nothing until it is set.
  var http: HTTPAccess
  /// Whether the gate says how many calls may be in flight.
  var limitsCalls: @Sendable () -> Bool = { false }
  /// Names of metrics that the instance uses.
  private let metricNames = Mutex<Set<String>>([])
  /// Secrets that the instance was given: it may repeat them.
  private let learnt = Mutex(Redactor([]))
  private let lines: Mutex<LineBudget>
  private let structure = UnsafeMutablePointer<headrace_host>.allocate(capacity: 1)

  static let lineBytes = 8 << 10
  /// Texts are redacted before they are cut, so that no half of a secret remains; this much of them is looked at.
  static let examinedBytes = 64 << 10
  /// A line has so many fields; more are left out.
  static let mostFields = 64
  /// So much is read of a metric's name: longer ones are none.
  static let nameBytes = 256

  init(_ provider: ServiceProvider, plugin: String, pipeline: String, secretNames: Set<String>, abiVersion: UInt32) {
    self.provider = provider
    self.plugin = plugin
    self.pipeline = pipeline
    self.secretNames = secretNames
    http = HTTPAccess(plugin: plugin, hosts: HTTPHosts([]), client: provider.http, clock: provider.clock)
    lines = Mutex(LineBudget(at: provider.clock.now()))
    structure.initialize(
      to: headrace_host(
        struct_size: UInt32(MemoryLayout<headrace_host>.size), abi_version: abiVersion, ctx: nil,
        get_extension: { host, id in HostServices.of(host)?.find(String(id)) }))
    structure.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { structure.deallocate() }

  var pointer: UnsafePointer<headrace_host> { UnsafePointer(structure) }

  /// The services behind a host structure that a plugin handed back.
  static func of(_ host: UnsafePointer<headrace_host>?) -> HostServices? {
    guard let context = host?.pointee.ctx else { return nil }
    return Unmanaged<HostServices>.fromOpaque(context).takeUnretainedValue()
  }

  /// The table of a service; nil if this host has none of that id.
  func find(_ id: String) -> UnsafeRawPointer? {
    id == HEADRACE_HOST_HTTP && !sendsRequests ? nil : HostExtensions.find(id)
  }

  /// Whether there is a service for requests over HTTP.
  var sendsRequests: Bool { http.client != nil }

  func send(_ request: AskedRequest, during call: PresentCall) throws(Failure) -> HTTPResponse {
    try http.send(request, during: call)
  }

  /// Takes secrets out of a text, puts it on one line, and cuts it.
  ///
  /// - Parameter most: what is kept of it, in bytes.
  func presentable(_ text: String, most: Int = lineBytes) -> String {
    let redacted = printable(redacted(text))
    guard redacted.utf8.count > most else { return redacted }
    return String(decoding: redacted.utf8.prefix(most), as: UTF8.self) + " ..."
  }

  /// A text without the secrets in it.
  func redacted(_ text: String) -> String {
    learnt.withLock { $0 }.redact(provider.redactor.redact(text))
  }

  /// The same for a text of the plugin's; without services, before there is an instance, it is only cut.
  static func presentable(_ text: headrace_string, _ services: HostServices?, most: Int = lineBytes) -> String {
    guard let services else { return printable(String(text, limit: most)) }
    return services.presentable(String(text, limit: examinedBytes), most: most)
  }

  /// A secret is about to be given to the plugin.
  func learn(_ secret: String) {
    learnt.withLock { $0 = $0.adding(secret) }
  }

  /// Writes a line of the plugin's. Of its texts `examinedBytes` are looked at.
  func write(_ level: PluginLogLine.Level, _ message: String, fields: [(key: String, value: String)]) {
    guard level >= provider.minimumLevel else { return }
    let now = provider.clock.now()
    guard let suppressed = lines.withLock({ $0.take(at: now) }) else { return }
    var kept = fields.map { (key: presentable($0.key), value: presentable($0.value)) }
    if suppressed > 0 { kept.append((key: "suppressed_lines", value: String(suppressed))) }
    provider.log(PluginLogLine(level: level, plugin: plugin, message: presentable(message), fields: kept))
  }

  func add(_ amount: Int64, to name: String) {
    mayReport(name) ? provider.metrics.add(amount, to: name, of: plugin) : provider.metrics.drop(of: plugin)
  }

  func set(_ name: String, to value: Double) {
    mayReport(name) ? provider.metrics.set(name, to: value, of: plugin) : provider.metrics.drop(of: plugin)
  }

  private func mayReport(_ name: String) -> Bool {
    PluginMetrics.isName(name)
      && metricNames.withLock { names in
        guard !names.contains(name) else { return true }
        guard names.count < PluginMetrics.namesOfAnInstance else { return false }
        names.insert(name)
        return true
      }
  }

  func secret(_ name: String) throws(Failure) -> [UInt8] {
    guard name.hasPrefix("env:"), mayRead(String(name.dropFirst(4))) else {
      throw Failure(
        .invalidInput, "plugin '\(plugin)' may not read '\(name)'",
        advice: "declare it under 'permissions: env' in the plugin's manifest", status: .permissionDenied)
    }
    guard let value = provider.environment(String(name.dropFirst(4))) else {
      throw Failure(.environment, "'\(name)' is not set", status: .notFound)
    }
    learn(value)
    return Array(value.utf8)
  }

  /// Whether the manifest names the variable, or its beginning as `PG*`.
  private func mayRead(_ variable: String) -> Bool {
    secretNames.contains { $0.hasSuffix("*") ? variable.hasPrefix($0.dropLast()) : variable == $0 }
  }

  /// The most keys of one plugin in one pipeline.
  static let stateKeys = 1_000

  func readState(_ key: String) throws(Failure) -> [UInt8] {
    try provider.files.read(statePath(key).file, limit: 1 << 20)
  }

  func writeState(_ key: String, _ value: [UInt8]) throws(Failure) {
    guard value.count <= 1 << 20 else {
      throw Failure(.run, "a value of the state store has at most 1 MiB", status: .invalidConfig)
    }
    let (folder, file) = try statePath(key)
    try provider.files.createDirectory(folder)
    // The disk is the host's: a plugin cannot fill it with one key after another.
    let isKnown = try provider.files.info(file) != nil
    let count = try isKnown ? 0 : provider.files.list(folder).count
    guard count < Self.stateKeys else {
      throw Failure(
        .run, "a plugin has at most \(Self.stateKeys) keys in the state store of a pipeline", status: .quotaExhausted)
    }
    try provider.files.replaceDurably(file, value)
  }

  private func statePath(_ key: String) throws(Failure) -> (folder: String, file: String) {
    guard !key.isEmpty, key.utf8.count <= 128 else {
      throw Failure(.run, "a key of the state store has 1 to 128 bytes", status: .invalidConfig)
    }
    // Names are the plugin's: written in hexadecimal they cannot climb out of the folder.
    func hex(_ text: String) -> String {
      text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    let folder = "\(provider.stateRoot)/\(hex(pipeline))/\(hex(plugin))"
    return (folder, "\(folder)/\(hex(key))")
  }
}

/// Lets 200 lines pass at once and 50 a second after that, and counts the rest.
private struct LineBudget {
  private static let burst = 200
  private static let perSecond: Int64 = 50
  private var tokens = Self.burst
  private var refilled: Instant
  private var suppressed = 0

  init(at now: Instant) { refilled = now }

  /// How many lines were left out since the last one that passed; nil if this one is left out too.
  mutating func take(at now: Instant) -> Int? {
    let earned = now.duration(since: refilled).wholeNanoseconds / (1_000_000_000 / Self.perSecond)
    if earned > 0 {
      tokens = Int(min(Int64(Self.burst), Int64(tokens) + earned))
      refilled = now
    }
    guard tokens > 0 else {
      suppressed += 1
      return nil
    }
    tokens -= 1
    defer { suppressed = 0 }
    return suppressed
  }
}
