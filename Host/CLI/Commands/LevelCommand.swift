import ArgumentParser
import HostControl
import HostFormats
import HostModel
import HostPolicy

extension DegradationLevel: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
  public static var allValueStrings: [String] { allCases.map(\.name) }
}

struct LevelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "level", abstract: "Pins the degradation level of the platform or of a pipeline, and releases it.",
    subcommands: [Pin.self, Release.self, Show.self])

  struct Scope: ParsableArguments {
    @Option(help: "The pipeline, by its name; the platform unless given.")
    var pipeline: String?

    /// As the orders name it.
    var key: String { pipeline.map { "\(Tenant.standard.name)/\($0)" } ?? "" }
    var text: String { pipeline.map { "the pipeline '\($0)'" } ?? "the platform" }
  }

  struct Pin: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Holds a level, whatever is measured. Running pipelines follow within a second.")
    @Argument(help: "normal, level_1, level_2 or emergency.")
    var level: DegradationLevel
    @OptionGroup var scope: Scope
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      try OperatorDesk(home: composition.home, files: composition.files).change { $0.levels[scope.key] = level }
      Terminal.line("\(scope.text) is pinned to '\(level.name)'")
    }
  }

  struct Release: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets the level follow what is measured again.")
    @OptionGroup var scope: Scope
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      var wasPinned = false
      try OperatorDesk(home: composition.home, files: composition.files).change { orders in
        wasPinned = orders.levels.removeValue(forKey: scope.key) != nil
      }
      Terminal.line(wasPinned ? "\(scope.text) is released" : "\(scope.text) was not pinned")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what is pinned.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let composition = try Composition(global)
      let orders = try OperatorDesk(home: composition.home, files: composition.files).read()
      guard !global.isJSON else { return Terminal.json(orders.json) }
      if orders.levels.isEmpty { Terminal.line("nothing is pinned") }
      for (name, level) in orders.levels.sorted(by: { $0.key < $1.key }) {
        Terminal.line("\(name.isEmpty ? "platform" : name): \(level.name)")
      }
    }
  }
}
