import Glibc
import HostModel
import HostPluginCalls
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

  @Test func metricsAddUpAndNamesAreLimited() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let source = try host.source(library, #"{"script": {"discover": ["ok metrics=3", "ok metrics=70"]}}"#)
    _ = try source.discover([])
    #expect(source.metrics == ["metric_0": 2, "metric_1": 2, "metric_2": 2, "gauge_rows": 7.5])
    _ = try source.discover([])
    #expect(source.metrics["metric_0"] == 4 && source.metrics.count == 64 && source.droppedMetrics == 7)
  }
}
