import ArgumentParser
import HostFormats
import HostModel
import HostPluginRuntime
import HostSystem

/// `headrace plugin bench`: how fast a plugin is, in the host's process and in one of its own, and what memory that takes.
struct PluginBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures a plugin in both isolations: calls and rows per second, medians of interleaved rounds, and the "
      + "most memory of all of them.")

  @OptionGroup var work: WorkOptions

  @Option(help: "Rounds of each isolation.")
  var rounds: Int = 5

  @Option(help: "Milliseconds of one round.")
  var time: Int = 500

  @Flag(help: "Run the code of a plugin that nobody vouches for in this command's own process, this once.")
  var allowInProcess = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...100).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 100") }
    guard (10...60_000).contains(time) else { throw ValidationError("--time takes 10 to 60000 milliseconds") }
  }

  func run() throws {
    let atWork = try PluginAtWork(work, global)
    let mayRunHere = try allowInProcess || atWork.composition.registry.mayRunHere(atWork.plugin)
    let measured = PluginManifest.Isolation.allCases.filter { $0 == .worker || mayRunHere }
    let meters = try measured.map { isolation in
      let drive = try atWork.drive(isolation)
      return (
        isolation,
        PluginMeter(drive, clock: atWork.composition.clock, peaks: SystemGauges(), time: .milliseconds(time))
      )
    }
    var speeds: [PluginManifest.Isolation: [PluginMeter.Speed]] = [:]
    for _ in 0..<rounds {
      for (isolation, meter) in meters {
        speeds[isolation, default: []].append(
          try meter.speed(as: atWork.kind, columns: atWork.file.columns, seed: 1))
      }
    }
    let medians = measured.map { ($0, Self.summary(speeds[$0] ?? [])) }
    if global.isJSON { tell(medians, atWork) } else { show(medians, atWork) }
  }

  private typealias Measured = [(isolation: PluginManifest.Isolation, speed: PluginMeter.Speed)]

  /// To measure is no reason to run a stranger's code with all that its user may do.
  private static let leftOut = "nobody vouches for its library, so it was not run in this command's own process"
  private static let leftOutAdvice = "say --allow-in-process if you trust it"

  /// The median of the speeds, and the most memory.
  private static func summary(_ speeds: [PluginMeter.Speed]) -> PluginMeter.Speed {
    var median = speeds.sorted { $0.calls < $1.calls }[speeds.count / 2]
    median.memory = PluginMeter.Memory.most(speeds.map(\.memory))
    return median
  }

  /// Calls of a worker for each in this process; nil if that was not measured.
  private static func ratio(_ all: Measured) -> Double? {
    guard all.count == 2 else { return nil }
    return all[1].speed.calls / max(all[0].speed.calls, .leastNormalMagnitude)
  }

  private func tell(_ all: Measured, _ atWork: PluginAtWork) {
    var members: [(String, JSONValue)] = [
      ("schema_version", 1), ("plugin", .string(atWork.plugin.manifest.name.value)),
      ("kind", .string(atWork.kind.rawValue)),
    ]
    for (isolation, speed) in all {
      members.append(
        (
          isolation.rawValue,
          .object([
            "calls_per_s": .double(speed.calls), "rows_per_s": .double(speed.rows),
            "host_peak_bytes": speed.memory.host.map(JSONValue.integer) ?? .null,
            "worker_peak_bytes": speed.memory.worker.map(JSONValue.integer) ?? .null,
          ])
        ))
    }
    if let ratio = Self.ratio(all) {
      members.append(("worker_ratio", .double(ratio)))
    } else {
      members.append(("left_out", .object([PluginManifest.Isolation.inProcess.rawValue: .string(Self.leftOut)])))
    }
    Terminal.json(.object(JSONObject(members)))
  }

  private static func mebibytes(_ bytes: Int64?) -> String { bytes.map { "\(($0 + (1 << 19)) >> 20) MiB" } ?? "-" }

  private func show(_ all: Measured, _ atWork: PluginAtWork) {
    let manifest = atWork.plugin.manifest
    Terminal.line(
      "\(manifest.name.value) \(manifest.version.value) as \(atWork.kind.rawValue), medians of \(rounds) rounds")
    var table = TextTable(
      ["isolation", "calls/s", "rows/s", "host peak", "worker peak"], alignsRight: [false, true, true, true, true])
    for (isolation, speed) in all {
      table.add([
        isolation.rawValue, String(Int(speed.calls)), String(Int(speed.rows)), Self.mebibytes(speed.memory.host),
        Self.mebibytes(speed.memory.worker),
      ])
    }
    Terminal.write(table.text)
    if let ratio = Self.ratio(all) {
      Terminal.line("worker / in_process: \(Double(Int(ratio * 100)) / 100)")
    } else {
      Terminal.line("in_process is left out: \(Self.leftOut); \(Self.leftOutAdvice)")
    }
  }
}
