import Foundation

/// A folder with a pipeline file, its data and its home: what a user has. Removed with its owner.
package final class HeadraceProject {
  package let folder: String
  package let pipeline: String
  /// Where `--home` points.
  package var home: String
  private var runs = 0

  /// Small batches, so that there are many commits. And no run is degraded for what other tests use of the machine.
  private static let platform = """
    version: 1
    memory: {batch: 64KiB}
    policy: {degradation: {cpu: 100%, memory: 100%}}

    """

  /// - Parameter platform: the text of `headrace.yaml`.
  package init(_ pipeline: String, _ text: String, platform: String = platform) throws {
    self.pipeline = pipeline
    folder = NSTemporaryDirectory() + "/headrace-project-" + UUID().uuidString
    home = folder + "/home"
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
    try write("\(pipeline).yaml", text)
    try write("headrace.yaml", platform)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  package func write(_ name: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
  }

  /// Lets those steps of scripts go on that wait `until` there is a file of this name: what a test has to see before has
  /// been seen, however long that took.
  package func letGo(_ name: String = "go") throws { try write(name, "") }

  /// Installs the scripted plugin in a folder of its own.
  ///
  /// - Returns: the options with which a run finds it.
  package func installScripted(_ kinds: [String] = ["source"]) throws -> [String] {
    let manifests = folder + "/manifests"
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    try write(
      "manifests/scripted.yaml",
      """
      manifest: 1
      name: scripted
      version: 1.0.0
      kinds: [\(kinds.joined(separator: ", "))]
      library: libheadrace-scripted.so

      """)
    return ["--plugins", manifests]
  }

  /// Lets a library that nobody vouches for into the host's own process, as an operator does: by its hash.
  package func letIn(_ library: String) throws {
    let hash = try HeadraceProcess("/usr/bin/sha256sum", ["--binary", library], in: folder, environment: [:])
    guard try hash.wait() == .exited(0), let digits = hash.output.split(separator: " ").first else {
      throw HeadraceProcess.Stuck(description: "\(library): \(hash.errors)")
    }
    let command = try start(["plugin", "trust", "let-in", "sha256:\(digits)"], output: "text")
    guard try command.wait() == .exited(0) else {
      throw HeadraceProcess.Stuck(description: "\(library): \(command.output)\(command.errors)")
    }
  }

  /// Points at a home that does not exist yet; the one before is removed.
  package func newHome() throws {
    try? FileManager.default.removeItem(atPath: home)
    runs += 1
    home = "\(folder)/home-\(runs)"
  }

  /// The path of a new event file.
  package func newEvents() -> String {
    runs += 1
    return "\(folder)/events-\(runs).jsonl"
  }

  // MARK: - Processes

  /// Starts `headrace run`; `wrapper` is a program before it, with its arguments.
  package func start(
    events: String? = nil, options: [String] = [], environment: [String: String] = [:], wrapper: [String] = []
  ) throws -> HeadraceProcess {
    let extra = events.map { ["--events", $0] } ?? []
    return try start(
      ["run", "\(pipeline).yaml"] + extra + options, environment: environment, wrapper: wrapper)
  }

  /// Starts any command.
  ///
  /// - Parameter output: `json` or `text`.
  package func start(
    _ arguments: [String], environment: [String: String] = [:], wrapper: [String] = [], output: String = "json",
    takesInput: Bool = false
  ) throws -> HeadraceProcess {
    let all =
      wrapper + [try HeadraceInstallation.binary()] + arguments
      + ["--home", home, "--plugins", HeadraceInstallation.manifests, "--output", output]
    return try HeadraceProcess(
      all[0], Array(all.dropFirst()), in: folder,
      environment: HeadraceInstallation.environment(home: folder).merging(environment) { $1 }, takesInput: takesInput)
  }

  /// Runs the pipeline to its end.
  package func run(options: [String] = [], environment: [String: String] = [:]) throws -> HeadraceSummary {
    try HeadraceSummary(try start(options: options, environment: environment))
  }

  /// Runs another command to its end and returns its last line as JSON.
  package func command(_ arguments: [String]) throws -> [String: Any] {
    let process = try start(arguments)
    let end = try process.wait()
    guard end == .exited(0), let object = HeadraceSummary.lastObject(process.output) else {
      throw HeadraceProcess.Stuck(description: "\(arguments): \(end): \(process.output)\(process.errors)")
    }
    return object
  }

  /// What a command says in text of a run that goes on, once it says `words`: what a run tells of itself may be a second old, and
  /// an event comes before it.
  package func said(_ arguments: [String], of process: HeadraceProcess, once words: String) throws -> String {
    var said = ""
    try process.wait("\(arguments) do not say '\(words)'") {
      let command = try start(arguments, output: "text")
      try command.wait()
      said = command.output
      return said.contains(words)
    }
    return said
  }

  /// How far each stream has come, by `headrace state show`.
  package func states() throws -> [String: StreamState] {
    let answer = try command(["state", "show", "\(pipeline).yaml"])
    let streams = answer["streams"] as? [[String: Any]] ?? []
    return Dictionary(uniqueKeysWithValues: streams.map { ($0["name"] as? String ?? "", StreamState($0)) })
  }

  /// How far the only stream has come; of nothing that is known, nothing.
  package func state() throws -> StreamState { try states().values.first ?? StreamState([:]) }

  /// More rows than any run reads while it is watched, however slow the machine.
  package static let endlessRows = 1_000_000_000

  /// How many rows a source has that was endless and is to come to its end: some batches more than are committed.
  package func rowsToEnd(batchRows: Int) throws -> Int { (try state().total + 50) * batchRows }

  /// Positions of a stream.
  package struct StreamState: Equatable {
    package let run: Int
    package let isFinished: Bool
    package let ordinals: [String: Int]

    init(_ object: [String: Any]) {
      run = Int(object["run"] as? String ?? "") ?? 0
      isFinished = object["finished"] as? Bool ?? false
      var ordinals: [String: Int] = [:]
      for split in object["splits"] as? [[String: Any]] ?? [] {
        ordinals[split["split"] as? String ?? ""] = Int(split["ordinal"] as? String ?? "") ?? -1
      }
      self.ordinals = ordinals
    }

    package var total: Int { ordinals.values.reduce(0, +) }

    /// Whether no split of the same load went back.
    package func isAtOrAfter(_ earlier: StreamState) -> Bool {
      if run != earlier.run { return run > earlier.run }
      return earlier.ordinals.allSatisfy { (ordinals[$0.key] ?? -1) >= $0.value }
    }
  }
}

/// The last line of a run's standard output, and how the run ended.
package struct HeadraceSummary: CustomStringConvertible {
  package let end: HeadraceProcess.End
  package let status: String
  package let rowsRead: Int
  package let rowsWritten: Int
  package let rowsDead: Int
  package let findings: Int
  package let output: String
  package let errors: String

  package init(_ process: HeadraceProcess) throws {
    end = try process.wait()
    output = process.output
    errors = process.errors
    let object = Self.lastObject(output) ?? [:]
    status = object["status"] as? String ?? ""
    rowsRead = object["rows_read"] as? Int ?? -1
    rowsWritten = object["rows_written"] as? Int ?? -1
    rowsDead = object["rows_dead"] as? Int ?? -1
    findings = object["findings"] as? Int ?? -1
  }

  package var isSuccess: Bool { end == .exited(0) && status == "succeeded" }

  package var description: String { "\(end): \(output)\(errors)" }

  static func lastObject(_ output: String) -> [String: Any]? {
    guard let line = output.split(separator: "\n").last else { return nil }
    return try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
  }
}
