import ArgumentParser
import HostFormats
import HostModel
import HostSystem

/// The program: parses the command line, runs one command, and turns its end into an exit code.
@main
struct Headrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "headrace", abstract: "Runs data pipelines whose connectors are plugins, into an Iceberg lake.",
    discussion: """
      Exit codes: 0 ok, 1 the run failed, 2 what you wrote is wrong, 3 the machine lacks something, 130 and 143 \
      interrupted.
      """,
    version: HostVersion.text,
    subcommands: [
      InitCommand.self, ValidateCommand.self, PlanCommand.self, PreviewCommand.self, RunCommand.self,
      StateCommand.self, DiscoverCommand.self, PluginsCommand.self, PluginCommand.self, LakeCommand.self,
      PolicyCommand.self, AskCommand.self, StatusCommand.self, WhyCommand.self, LevelCommand.self, BreakerCommand.self,
      SchemaCommand.self,
      DoctorCommand.self,
    ])

  static func main() {
    SystemAllocator.returnLargeBlocks()
    runProbeIfAsked(CommandLine.arguments)
    do {
      try refuseUnknownCommand(CommandLine.arguments)
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Terminal.report(failure)
      Terminal.exit(failure.kind.rawValue)
    } catch let code as ExitCode {
      Terminal.exit(code.rawValue)
    } catch {
      // Help and version end with 0; what cannot be parsed is the user's to mend.
      let code: Int32 = exitCode(for: error).isSuccess ? 0 : FailureKind.invalidInput.rawValue
      Terminal.write(fullMessage(for: error) + "\n", to: code == 0 ? .output : .error)
      Terminal.exit(code)
    }
  }

  /// The parser would complain about the options that follow, which only commands have.
  private static func refuseUnknownCommand(_ arguments: [String]) throws(Failure) {
    guard arguments.count > 1, !arguments[1].hasPrefix("-") else { return }
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    guard !names.contains(arguments[1]) else { return }
    throw Failure(
      .invalidInput, "there is no command \(quoted(arguments[1]))",
      advice: EditDistance.suggestion(for: arguments[1], among: names) ?? "see 'headrace --help'")
  }
}
