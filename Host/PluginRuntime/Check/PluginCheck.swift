package import HostFormats
package import HostModel
import HostPluginCalls

/// Tries every clause of the ABI on a plugin, each in a process of its own that may do what the manifest grants and that is
/// killed when it takes too long.
package struct PluginCheck: Sendable {
  /// Freed memory is filled, so that who goes on using it is seen; none of it is kept back by threads, so that what is in use
  /// can be counted; a crash is told by its signal alone.
  private static let surroundings = [
    "MALLOC_PERTURB_": "165", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0", "SWIFT_BACKTRACE": "enable=no",
  ]
  /// A clause makes many calls; none of them takes longer than the patience, and few take any time.
  private static let clauseTime = Duration.seconds(120)

  private let registry: PluginRegistry
  private let spawner: any ProcessSpawner
  private let file: CheckFile
  private let seed: UInt64
  private let parent: Int32
  private let environment: [String: String]

  /// - Parameters:
  ///   - environment: this process's; the plugin sees what its manifest names of it.
  ///   - parent: this process's number: no process of a check outlives it.
  package init(
    _ registry: PluginRegistry, spawner: any ProcessSpawner, file: CheckFile, seed: UInt64, parent: Int32
  ) {
    self.registry = registry
    self.spawner = spawner
    self.file = file
    self.seed = seed
    self.parent = parent
    environment = Self.surroundings
  }

  /// - Parameters:
  ///   - only: the clauses to try; nil for all that there are for its kinds.
  ///   - progress: called with each clause before it is tried.
  /// - Throws: a mistake in the manifest or the check file. What the plugin does wrong is in the report.
  package func run(
    _ plugin: InstalledPlugin, only: Set<String>? = nil, progress: (String) -> Void = { _ in }
  ) throws(Failure) -> CheckReport {
    let subject = try registry.checkable(plugin)
    var report = CheckReport(plugin.manifest, library: subject.library.hash, seed: seed)
    let description: PluginDescription
    do throws(Failure) { description = try registry.description(of: plugin) } catch {
      // What this machine lacks says nothing of the library.
      guard error.diagnostics.isEmpty, error.kind != .environment || error.status == .fatal else { throw error }
      report.record(Verdict(.broken, "LIB-1", error.message), attempted: "LIB-1", kind: nil)
      return report.finished(kinds: [], only: only)
    }
    for (index, kind) in plugin.manifest.kinds.map(\.rawValue).enumerated() {
      let config = try config(plugin, description, kind)
      for clause in Clause.all where clause.isTried && (clause.kind == nil || clause.kind == kind) {
        guard only?.contains(clause.id) ?? true, index == 0 || !clause.id.hasPrefix("LIB") else { continue }
        if let reason = file.skip[clause.id] {
          report.skip(clause.id, kind: kind, reason)
          continue
        }
        progress(clause.id)
        let confined = subject.confinement?(config)
        let request = CheckRequest(
          clause: clause.id, name: plugin.manifest.name.value, version: plugin.manifest.version.value,
          kinds: plugin.manifest.kinds.map(\.rawValue), kind: kind, config: config.text(), input: file.columns,
          confinement: confined, secrets: plugin.manifest.permissions.env,
          http: plugin.manifest.permissions.http.flatMap { ConfigPattern.filled($0, from: config) },
          answers: file.http, patience: file.patience, seed: seed)
        let verdict = try attempt(clause, request) { (part) throws(Failure) in
          let result = try run(part, subject)
          report.unenforced = CheckSession.unenforced(in: Self.lines(result))
          return result
        }
        guard verdict.outcome != .unprepared else { throw Failure(.environment, "\(plugin.path): \(verdict.evidence)") }
        report.record(verdict, attempted: clause.id, kind: kind)
      }
    }
    return report.finished(kinds: plugin.manifest.kinds.map(\.rawValue), only: only)
  }

  /// The configuration with the schema's defaults.
  private func config(
    _ plugin: InstalledPlugin, _ description: PluginDescription, _ kind: String
  ) throws(Failure) -> JSONValue {
    let text = description.schemas[kind] ?? ""
    let schema: JSONSchema
    do { schema = try JSONSchema(JSONValue.parse(text)) } catch {
      throw Failure(
        .invalidInput, "\(plugin.path): the schema of its configuration as \(kind) is no JSON Schema: \(error)",
        status: .invalidConfig)
    }
    let tree = file.config.merged(over: plugin.manifest.config)
    let checked = PluginConfiguration.checked(tree, against: schema)
    guard let configuration = checked.configuration else { throw .invalid(checked.diagnostics) }
    return configuration.json
  }

  private func attempt(
    _ clause: Clause, _ request: CheckRequest, _ run: (CheckRequest) throws(Failure) -> ProcessResult
  ) throws(Failure) -> Verdict {
    guard clause.id == Clause.killed else { return Self.verdict(try run(request), clause: clause.id) }
    return try withoutActuallyEscaping(run) { (run) throws(Failure) in try KilledReads(request, run: run).verdict() }
  }

  private func run(
    _ request: CheckRequest, _ subject: PluginRegistry.Checkable
  ) throws(Failure) -> ProcessResult {
    try spawner.run(
      ProcessRequest(
        executable: subject.worker, arguments: [CheckSession.argument, subject.library.path, String(parent)],
        environment: subject.environment.merging(environment) { $1 }, input: request.json, outputLimit: 1 << 24,
        timeout: Self.clauseTime, ownsGroup: true))
  }

  /// What a process has said, or what its end says.
  static func verdict(_ result: ProcessResult, clause: String) -> Verdict {
    let lines = lines(result)
    if let last = lines.last, let verdict = Verdict(json: last) { return verdict }
    let step = Step(lines.last { $0.hasPrefix("> ") } ?? "")
    if result.timedOut { return Verdict(.broken, "PRC-2", "its process stood still in '\(step.name)'") }
    switch result.exit {
    case .signal(let signal):
      // What crashed while it was only looked at was not what it said.
      let clause = step.isLook ? step.clause : "PRC-1"
      return Verdict(.broken, clause, "signal \(signal) ended the process in '\(step.name)'")
    case .code(CheckSession.lostDescriptor):
      return Verdict(.broken, "PRC-7", "it closed descriptors of its host, that for the verdict among them")
    case .code(let code):
      let said = String(decoding: result.errorOutput.prefix(200), as: UTF8.self)
      return Verdict(.broken, "PRC-1", "it ended the process with exit code \(code) in '\(step.name)'\(said)")
    }
  }

  private static func lines(_ result: ProcessResult) -> [String] {
    result.output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A line of a process about what it was going to do.
  private struct Step {
    var clause = ""
    var name = "nothing"
    /// Whether only the checker's own code ran.
    var isLook: Bool { name.hasPrefix("looking at") }

    init(_ line: String) {
      let parts = line.split(separator: " ", maxSplits: 2)
      guard parts.count == 3 else { return }
      clause = String(parts[1])
      name = String(parts[2])
    }
  }
}

extension Verdict {
  fileprivate init?(json: String) {
    guard let root = try? JSONValue.parse(json), let word = root["outcome"]?.stringValue,
      let outcome = Outcome(rawValue: word), let clause = root["clause"]?.stringValue,
      let evidence = root["evidence"]?.stringValue
    else { return nil }
    self.init(outcome, clause, evidence)
  }
}

extension PluginRegistry {
  /// What the processes of a check are started with.
  package struct Checkable: Sendable {
    /// Stays where it is as long as somebody has this.
    package var library: LibraryStore.Copy
    package var worker: String
    package var environment: [String: String]
    /// Nil for a trusted plugin: what one of this build needs, such as the folders of its libraries, is in no manifest.
    package var confinement: (@Sendable (JSONValue) -> Confinement)?
  }
}
