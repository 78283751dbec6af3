import Glibc
import HostFormats
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

@Suite struct HostServicesTests {
  /// The answer that a failing step tells of a store.
  private func answer(_ host: TestHost, _ library: ScriptedLibrary, _ step: String) throws -> String? {
    let source = try host.source(library, #"{"script": {"discover": ["not_found \#(step)"]}}"#)
    let told = failure { _ = try source.discover([]) }
    return told.map { String($0.message.dropFirst("plugin 'scripted': discover: ".count)) }
  }

  @Test func declaredSecretIsGivenAndNeverShown() throws {
    let host = try TestHost(secrets: ["TOKEN": "s3cret-value"], allowed: ["TOKEN"])
    let library = try ScriptedLibrary(in: host.folder)
    #expect(try answer(host, library, "secret=env:TOKEN") == "it is '***'")
    #expect(host.lines.current.map(\.message) == ["it is '***'"])
  }

  @Test func secretOfTheHostIsTakenOutOfErrorsAndCodes() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    #expect(
      try answer(host, library, "message=wrong:hunter2hunter2! vendor_state=hunter2hunter2")
        == "wrong:***! (attempt 1) [***]")
  }

  @Test func undeclaredSecretIsRefusedAndUnsetOneNotFound() throws {
    let host = try TestHost(secrets: ["PGPASSWORD": "long-enough"], allowed: ["PG*"])
    let library = try ScriptedLibrary(in: host.folder)
    #expect(try answer(host, library, "secret=env:PGPASSWORD") == "it is '***'")
    #expect(try answer(host, library, "secret=env:PGUSER") == "status 13: 'env:PGUSER' is not set")
    #expect(
      try answer(host, library, "secret=env:HOME")
        == "status 10: plugin 'scripted' may not read 'env:HOME'; declare it under 'permissions: env' in the plugin's manifest"
    )
    #expect(try answer(host, library, "secret=file:x")?.hasPrefix("status 10:") == true)
  }

  @Test func stateIsKeptPerPipelineAndPluginAndReadBack() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    #expect(try answer(host, library, "state_read=../../etc")?.hasPrefix("status 13: ") == true)
    #expect(try answer(host, library, "state_write=../../etc:kept") == "it is ''")
    #expect(try answer(host, library, "state_read=../../etc") == "it is 'kept'")
  }

  @Test func stateAboveItsLimitsIsRefused() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let long = String(repeating: "k", count: 129)
    #expect(
      try answer(host, library, "state_write=\(long):v") == "status 11: a key of the state store has 1 to 128 bytes")
    #expect(
      try answer(host, library, "state_write=k:v state_bytes=1048577")
        == "status 11: a value of the state store has at most 1 MiB")
    #expect(try answer(host, library, "state_write=k:v state_bytes=1048576") == "it is ''")
  }

  /// The host's disk is not filled by one key after another.
  @Test func aPluginHasAThousandKeys() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    #expect(try answer(host, library, "state_write=first:v") == "it is ''")
    let files = SystemFiles()
    var folder = host.folder.path + "/state"
    for _ in 0..<2 { folder += "/" + (try files.list(folder).first ?? "") }
    for number in 1..<999 { close(open("\(folder)/\(number)", O_CREAT | O_WRONLY, 0o600)) }
    #expect(try answer(host, library, "state_write=last:v") == "it is ''")
    #expect(
      try answer(host, library, "state_write=more:v")
        == "status 8: a plugin has at most 1000 keys in the state store of a pipeline")
    // Those that are there can be written again.
    #expect(try answer(host, library, "state_write=first:w") == "it is ''")
  }

  @Test func floodOfLinesIsThinnedOutAndCounted() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["ok log=1000", "ok log=1"]}}"#)
    _ = try source.discover([])
    #expect(host.lines.current.count == 200)
    host.clock.advance(by: .seconds(1))
    _ = try source.discover([])
    let last = host.lines.current.last
    #expect(host.lines.current.count == 201 && last?.message == "line 0" && last?.level == .warning)
    #expect(last?.fields.map(\.key) == ["from", "suppressed_lines"] && last?.fields.last?.value == "800")
  }

  @Test func longLineIsCut() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    _ = try host.source(library, #"{"script": {"discover": ["ok log_bytes=100000"]}}"#).discover([])
    #expect(host.lines.current.map(\.message.utf8.count) == [(8 << 10) + 4])
  }

  /// A stranger's texts go to terminals and logs: none commands the one or makes up a line of the other.
  @Test func textsOfAPluginAreOnOneLineAndCommandNothing() {
    let provider = ServiceProvider(clock: SystemClock(), files: SystemFiles(), stateRoot: "/nowhere") { _ in }
    let services = HostServices(provider, plugin: "p", pipeline: "", secretNames: [], abiVersion: 1)
    let text = "grün\u{1B}[2J\nheadrace: all is well\u{0}\u{9B}31m\tor\u{2028}not"
    let shown = "grün\u{FFFD}[2J headrace: all is well\u{FFFD}\u{FFFD}31m or not"
    #expect(services.presentable(text) == shown)
    let loan = Loan()
    #expect(HostServices.presentable(loan.text(text), nil) == shown && services.presentable("plain") == "plain")
  }

  @Test func metricsAddUpAndNamesAreLimited() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["ok metrics=3", "ok metrics=70"]}}"#)
    _ = try source.discover([])
    let told = try #require(host.metrics.current["scripted"])
    #expect(told.counters == ["metric_0": 2, "metric_1": 2, "metric_2": 2] && told.gauges == ["gauge_rows": 7.5])
    #expect(told.dropped == 0)
    _ = try source.discover([])
    let then = try #require(host.metrics.current["scripted"])
    #expect(then.counters["metric_0"] == 4 && then.counters.count + then.gauges.count == 64 && then.dropped == 7)
  }

  /// What an instance counted does not go with it.
  @Test func countersOfInstancesAddUp() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    for _ in 0..<3 { _ = try host.source(library, #"{"script": {"discover": ["ok metrics=1"]}}"#).discover([]) }
    #expect(host.metrics.current["scripted"]?.counters == ["metric_0": 6])
  }

  @Test func metricsOfAWorkerAreTheHosts() throws {
    let folder = try TestFolder()
    let host = RealHost(folder)
    let library = try ScriptedLibrary(in: folder)
    let source = try SourceInstance(
      library.plugin(in: .worker), config: #"{"script": {"discover": ["ok metrics=3", "ok metrics=70"]}}"#,
      context: host.context(),
      host: host.services)
    for _ in 0..<2 { _ = try source.discover([]) }
    let told = try #require(host.services.provider.metrics.current["scripted"])
    #expect(told.counters["metric_0"] == 4 && told.gauges == ["gauge_rows": 7.5])
    #expect(told.counters.count + told.gauges.count == 64 && told.dropped == 7)
  }

  @Test func whatIsNoMetricIsLeftOutAndCounted() {
    let metrics = PluginMetrics()
    metrics.add(.max, to: "read_rows", of: "a")
    metrics.add(1, to: "read_rows", of: "a")
    metrics.add(.min, to: "back_rows", of: "a")
    metrics.add(-1, to: "back_rows", of: "a")
    metrics.set("rate", to: .nan, of: "a")
    metrics.set("rate", to: 0.5, of: "a")
    for number in 0..<300 { metrics.add(1, to: "n_\(number)", of: "b") }
    #expect(metrics.current["b"]?.counters.count == 256 && metrics.current["b"]?.dropped == 44)
    #expect(
      metrics.json.arrayValue?.first
        == [
          "plugin": "a", "counters": ["back_rows": .integer(.min), "read_rows": .integer(.max)],
          "gauges": ["rate": .number("0.5")], "dropped": 1,
        ])
    for name in ["", "Rows", "read-rows", "zeile_\u{e4}", String(repeating: "n", count: 129)] {
      #expect(!PluginMetrics.isName(name), "\(name)")
    }
  }
}
