import ArgumentParser
import HostFormats
import HostModel
import HostPipelines
import HostPluginRuntime
import HostPolicy
import HostPolicyFile
import HostSystem

struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Tests how calls are protected, before an outage does.",
    subcommands: [Test.self, Check.self])

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replays fault traces on a virtual clock and compares the timelines with what is expected.")

    @Argument(help: "Trace files, such as examples/policies/circuit-breaker.yaml.")
    var files: [String]

    @Flag(help: "Prints the timelines, in the form of a trace file's 'expect'.")
    var show = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
      var differing = 0
      var results: [JSONValue] = []
      for path in files {
        let (file, result) = try replay(path)
        let end = SourcePlace(file: path, line: 0, column: 0)
        let differences = result.differences(from: file, end: end)
        differing += differences.isEmpty ? 0 : 1
        if global.isJSON { results.append(json(path, result, differences)) } else { tell(path, result, differences) }
      }
      if global.isJSON { Terminal.json(.object(["schema_version": 1, "tests": .array(results)])) }
      if differing > 0 { Terminal.exit(FailureKind.run.rawValue) }
    }

    private func replay(_ path: String) throws(Failure) -> (TraceFile, TraceResult) {
      let read = TraceFile.parse(
        try UserFile.read(path, advice: "examples/policies has some to begin with"), file: path)
      guard let file = read.file else { throw .invalid(read.diagnostics) }
      return (file, TraceReplay.run(file))
    }

    private func tell(_ path: String, _ result: TraceResult, _ differences: [Diagnostic]) {
      let events = result.timeline.count == 1 ? "1 event" : "\(result.timeline.count) events"
      Terminal.line("\(path): \(differences.isEmpty ? "as expected" : "not as expected"), \(events)")
      if show { for event in result.timeline { Terminal.line("  - \(event)") } }
      for difference in differences { Terminal.line(difference.description, to: .error) }
    }

    private func json(_ path: String, _ result: TraceResult, _ differences: [Diagnostic]) -> JSONValue {
      let outcomes = result.outcomes.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
      return .object([
        "file": .string(path), "passed": .bool(differences.isEmpty),
        "timeline": .array(result.timeline.map { .string($0.description) }),
        "outcomes": .object(JSONObject(outcomes)),
        "differences": .array(differences.map { .string($0.description) }),
      ])
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Proves, without running anything, that a pipeline's protection can act and that no feature is left without a behaviour."
    )

    @Argument(help: "Pipeline files; the chains of the platform file alone unless given.")
    var files: [String] = []

    @OptionGroup var variables: VariableOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      var errors = 0
      for path in files {
        let pipeline = try PipelineLoader().load(path, overrides: variables.overrides, into: composition)
        for stage in try StageCheck.all(of: pipeline, composition) {
          errors += stage.problems.count { $0.severity == .error }
          for line in stage.lines(path) { Terminal.line(line) }
        }
      }
      for chain in try ChainCheck.all(composition) {
        errors += chain.providers.flatMap(\.problems).count { $0.severity == .error }
        for line in chain.lines { Terminal.line(line) }
      }
      Terminal.write(Self.behaviours())
      if errors > 0 { Terminal.exit(FailureKind.invalidInput.rawValue) }
    }

    /// The degradation matrix, as it holds for every pipeline.
    private static func behaviours() -> String {
      let levels = DegradationLevel.allCases.map(\.name)
      var table = TextTable(["feature"] + levels)
      for row in BehaviourTable().rows { table.add([row.feature.name] + row.modes.map(\.name)) }
      return "\n" + table.text
    }
  }
}

/// One stage of a pipeline with its effective policy.
private struct StageCheck {
  let kind: PluginKind
  let plugin: String
  let behaviour: StageBehaviour
  let problems: [PolicyCheck.Problem]

  static func all(of pipeline: PipelineFile, _ composition: Composition) throws(Failure) -> [StageCheck] {
    var named: [(PluginKind, Placed<String>)] = [(.source, pipeline.source.plugin)]
    named += pipeline.transforms.map { (.transform, $0.plugin) }
    named += pipeline.detectors.map { (.detector, $0.plugin) }
    var checks: [StageCheck] = []
    for (kind, name) in named {
      let manifest = try composition.registry.installed(name.value, at: name.place).manifest
      let policy = pipeline.policy.over(manifest.policy.over(composition.settings.policy))
      let problems = PolicyCheck.problems(of: policy, operation: kind.operation)
      let behaviour = manifest.behaviour(as: kind)
      checks.append(StageCheck(kind: kind, plugin: name.value, behaviour: behaviour, problems: problems))
    }
    return checks
  }

  func lines(_ path: String) -> [String] {
    let absent = DegradationLevel.allCases.filter { !self.behaviour.works(at: $0) }.map(\.name)
    let verb = kind == .detector ? "is skipped" : "waits"
    let behaviour = absent.isEmpty ? "works at every level" : "\(verb) at \(absent.joined(separator: " and "))"
    let head = "\(path): \(kind.rawValue) '\(plugin)' (\(kind.operation.rawValue)): \(behaviour)"
    return [head] + problems.map { "  \($0.severity.rawValue): \($0.field): \($0.message)" }
  }
}

/// A proven chain of the platform file, and its providers with their effective policies.
private struct ChainCheck {
  let name: String
  let proof: FallbackProof
  let providers: [(name: String, problems: [PolicyCheck.Problem])]

  static func all(_ composition: Composition) throws(Failure) -> [ChainCheck] {
    let settings = composition.settings
    var checks: [ChainCheck] = []
    for name in settings.fallback.chains.keys.sorted() {
      // A file with a chain that is not proven was refused when it was read.
      guard let proof = try? settings.fallback.proof(name) else { continue }
      var providers: [(String, [PolicyCheck.Problem])] = []
      for provider in proof.providers {
        guard let section = settings.fallback.providers[provider] else { continue }
        let manifest = try composition.registry.installed(section.plugin.value, at: section.plugin.place).manifest
        let policy = section.policy.over(manifest.policy.over(settings.policy))
        providers.append((provider, PolicyCheck.problems(of: policy, operation: .llmInference)))
      }
      checks.append(ChainCheck(name: name, proof: proof, providers: providers))
    }
    return checks
  }

  var lines: [String] {
    let head = "chain '\(name)': ends: \(proof.links.map(\.name).joined(separator: " -> "))"
    return [head]
      + providers.flatMap { provider in
        provider.problems.map { "  \(provider.name): \($0.severity.rawValue): \($0.field): \($0.message)" }
      }
  }
}
