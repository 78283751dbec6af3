import ArgumentParser
import HostFormats
import HostModel
import HostPipelines
import HostSystem

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at what runs need: machine, home, plugins, libraries, and a pipeline's source if one is named.",
    discussion: "Ends with 0 if everything needed is there, else with 3.")

  @Argument(help: "A pipeline file whose source is asked too.")
  var file: String?

  @OptionGroup var variables: VariableOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let loader = PipelineLoader()
    let pipeline = try file.map { try loader.load($0, overrides: variables.overrides, into: composition) }
    let doctor = Doctor(
      registry: composition.registry, host: Result { () throws(Failure) in try composition.pipelineHost() },
      machine: MachineFacts.ofThisMachine(home: composition.home, executable: try Composition.executable()),
      files: composition.files, spawner: SystemSpawner(), clock: composition.clock, home: composition.home,
      pluginLines: { composition.log.recent })
    var checks = doctor.checks()
    if let file, let pipeline {
      checks += doctor.checks(of: pipeline, baseFolder: PathText.folder(of: Composition.absolute(file)))
    }
    report(checks)
    if checks.contains(where: { $0.state == .missing }) { throw ExitCode(FailureKind.environment.rawValue) }
  }

  private func report(_ checks: [DoctorCheck]) {
    let worst: DoctorCheck.State =
      checks.contains { $0.state == .missing } ? .missing : checks.contains { $0.state == .warning } ? .warning : .ok
    if global.isJSON {
      Terminal.json(
        .object([
          "schema_version": 1, "status": .string(worst.rawValue), "checks": .array(checks.map(\.shown.json)),
        ]))
      return
    }
    var table = TextTable(["area", "what", "state", "found"])
    for check in checks.map(\.shown) { table.add([check.area, check.name, check.state.rawValue, check.found]) }
    Terminal.write(table.text)
    for check in checks.map(\.shown) where check.state != .ok {
      Terminal.line("\n\(check.state.rawValue): \(check.area), \(check.name): \(check.found)")
      if let advice = check.advice { Terminal.line("  \(advice)") }
    }
  }
}

extension DoctorCheck {
  /// As it may be shown: messages of servers and plugins can hold what they were given.
  fileprivate var shown: DoctorCheck {
    var copy = self
    copy.found = Terminal.shown(found)
    copy.advice = advice.map(Terminal.shown)
    return copy
  }
}
