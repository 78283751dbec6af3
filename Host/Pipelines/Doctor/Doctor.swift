import HostFormats
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime

/// Looks at everything that a run needs, and tells what is found, which version it is, and whether it can be used.
///
/// Nothing here throws: what fails is an answer.
package struct Doctor {
  let registry: PluginRegistry
  /// What pipelines run in, or why it cannot be had.
  let host: Result<PipelineHost, Failure>
  let machine: MachineFacts
  let files: any FileSystem
  let spawner: any ProcessSpawner
  let clock: any Clock
  let home: String
  private let pluginLines: () -> [PluginLogLine]

  private static let enoughOpenFiles: Int64 = 1024
  private static let littleSpace: Int64 = 1 << 30

  /// - Parameter pluginLines: what plugins have written into the log lately.
  package init(
    registry: PluginRegistry, host: Result<PipelineHost, Failure>, machine: MachineFacts, files: any FileSystem,
    spawner: any ProcessSpawner, clock: any Clock, home: String, pluginLines: @escaping () -> [PluginLogLine]
  ) {
    self.registry = registry
    self.host = host
    self.machine = machine
    self.files = files
    self.spawner = spawner
    self.clock = clock
    self.home = home
    self.pluginLines = pluginLines
  }

  /// What a plugin has said last about what it works with, such as the version of a server.
  func remark(of plugin: String) -> String? {
    pluginLines().last { $0.plugin == plugin && $0.level == .info }?.message
  }

  package func checks() -> [DoctorCheck] {
    machineChecks() + homeChecks() + pluginChecks() + libraryChecks() + [readersCheck()]
  }

  /// A check of something that either works and says what it is, or fails and says why.
  func check(
    _ area: String, _ name: String, orElse state: DoctorCheck.State = .missing, advice: String? = nil,
    _ body: () throws(Failure) -> String
  ) -> DoctorCheck {
    do throws(Failure) { return DoctorCheck(area, name, .ok, try body()) } catch {
      let message = error.diagnostics.isEmpty ? error.statement : error.description
      return DoctorCheck(area, name, state, message, advice: error.advice ?? advice)
    }
  }

  // MARK: Machine and home

  private func machineChecks() -> [DoctorCheck] {
    let memory = Self.size(machine.memoryBytes)
    let isTight = machine.openFiles < Self.enoughOpenFiles
    return [
      DoctorCheck("machine", "system", .ok, "\(machine.system), \(machine.processors) processors, \(memory)"),
      DoctorCheck(
        "machine", "open files", isTight ? .warning : .ok, "\(machine.openFiles) at one time",
        advice: isTight ? "run 'ulimit -n \(Self.enoughOpenFiles)' first" : nil),
    ]
  }

  private func homeChecks() -> [DoctorCheck] {
    let writable = check("home", "writable", advice: "name another folder with --home") { () throws(Failure) in
      let before = clock.now()
      try files.createDirectory(home)
      let probe = home + "/doctor-probe"
      try files.remove(probe)
      try files.replaceDurably(probe, Array("headrace doctor".utf8))
      try files.remove(probe)
      let taken = clock.now().duration(since: before).wholeNanoseconds / 1_000_000
      return "\(home), written and synced in \(taken) ms"
    }
    let catalog = check("home", "catalog") { () throws(Failure) in
      let host = try host.get()
      let (engine, durability) = try host.lake.catalogHealth()
      let tables = try host.lake.tables().count
      return "SQLite \(engine), journal \(durability.journal), "
        + "\(durability.synchronous >= 2 ? "synced at each commit" : "not synced at each commit"), \(tables) tables"
    }
    return [writable, spaceCheck(), catalog]
  }

  private func spaceCheck() -> DoctorCheck {
    guard let free = machine.freeBytes else {
      return DoctorCheck("home", "free space", .warning, "unknown", advice: "look with 'df'")
    }
    let isTight = free < Self.littleSpace
    return DoctorCheck(
      "home", "free space", isTight ? .warning : .ok, Self.size(free),
      advice: isTight ? "make room, or name another folder with --home" : nil)
  }

  static func size(_ bytes: Int64) -> String {
    let mebibytes = bytes >> 20
    return mebibytes < 10 << 10 ? "\(mebibytes) MiB" : "\(mebibytes >> 10) GiB"
  }
}
