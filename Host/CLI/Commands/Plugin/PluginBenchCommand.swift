import ArgumentParser
import HostFormats
import HostModel
import HostPluginRuntime

/// `headrace plugin bench`: how fast a plugin is, in the host's process and in one of its own.
struct PluginBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures a plugin in both isolations: calls and rows per second, medians of interleaved rounds.")

  @OptionGroup var work: WorkOptions

  @Option(help: "Rounds of each isolation.")
  var rounds: Int = 5

  @Option(help: "Milliseconds of one round.")
  var time: Int = 500

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...100).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 100") }
    guard (10...60_000).contains(time) else { throw ValidationError("--time takes 10 to 60000 milliseconds") }
  }

  func run() throws {
    let atWork = try PluginAtWork(work, global)
    let meters = try PluginManifest.Isolation.allCases.map { isolation in
      (isolation, PluginMeter(try atWork.drive(isolation), clock: atWork.composition.clock, time: .milliseconds(time)))
    }
    var speeds: [PluginManifest.Isolation: [PluginMeter.Speed]] = [:]
    for _ in 0..<rounds {
      for (isolation, meter) in meters {
        speeds[isolation, default: []].append(
          try meter.speed(as: atWork.kind, columns: atWork.file.columns, seed: 1))
      }
    }
    show(speeds.mapValues { Self.median($0) }, atWork)
  }

  private static func median(_ speeds: [PluginMeter.Speed]) -> PluginMeter.Speed {
    speeds.sorted { $0.calls < $1.calls }[speeds.count / 2]
  }

  private func show(_ speeds: [PluginManifest.Isolation: PluginMeter.Speed], _ atWork: PluginAtWork) {
    let manifest = atWork.plugin.manifest
    let all = PluginManifest.Isolation.allCases.map { ($0, speeds[$0] ?? .init(calls: 0, rows: 0)) }
    let ratio = all[1].1.calls / max(all[0].1.calls, .leastNormalMagnitude)
    guard !global.isJSON else {
      let members = all.map { isolation, speed in
        (
          isolation.rawValue,
          JSONValue.object(["calls_per_s": .double(speed.calls), "rows_per_s": .double(speed.rows)])
        )
      }
      return Terminal.json(
        .object(
          JSONObject(
            [("schema_version", 1), ("plugin", .string(manifest.name.value)), ("kind", .string(atWork.kind.rawValue))]
              + members + [("worker_ratio", .double(ratio))])))
    }
    Terminal.line(
      "\(manifest.name.value) \(manifest.version.value) as \(atWork.kind.rawValue), medians of \(rounds) rounds")
    var table = TextTable(["isolation", "calls/s", "rows/s"], alignsRight: [false, true, true])
    for (isolation, speed) in all {
      table.add([isolation.rawValue, String(Int(speed.calls)), String(Int(speed.rows))])
    }
    Terminal.write(table.text)
    Terminal.line("worker / in_process: \(Double(Int(ratio * 100)) / 100)")
  }
}
