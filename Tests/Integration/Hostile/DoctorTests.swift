import Foundation
import HostModel
import TestSupport
import Testing

@Suite struct DoctorTests {
  private struct Report: Decodable {
    struct Check: Decodable {
      var area: String
      var name: String
      var state: String
      var found: String
      var advice: String?
    }
    var status: String
    var checks: [Check]

    func check(_ area: String, _ name: String) -> Check? { checks.first { $0.area == area && $0.name == name } }
  }

  private func report(_ ending: HostileRunner.Ending) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(ending.output.joined().utf8))
  }

  private func withRunner(_ body: (HostileRunner) throws -> Void) throws {
    let runner = try HostileRunner()
    defer { runner.remove() }
    try body(runner)
  }

  @Test func workingInstallationHasAllThatIsNeeded() throws {
    try withRunner { runner in
      let ending = try runner.run(["doctor", "--output", "json"])
      let report = try report(ending)
      #expect(ending.exit == .code(0))
      #expect(report.checks.filter { $0.state == "missing" }.map(\.name) == [])
      #expect(report.check("libraries", "DuckDB")?.found.hasPrefix("v") == true)
      #expect(report.check("home", "catalog")?.found.contains("journal wal, synced at each commit") == true)
      for plugin in ["file", "map", "parquet", "postgres", "sql", "statistical", "threshold"] {
        #expect(report.check("plugins", plugin)?.found.contains(", ABI 1, ") == true, "\(plugin)")
        #expect(report.check("plugins", plugin)?.found.hasSuffix(", in_process (of this build)") == true, "\(plugin)")
      }
    }
  }

  @Test func libraryThatIsNotThereIsMissingAndEndsWith3() throws {
    try withRunner { runner in
      let manifest = "manifest: 1\nname: x\nversion: 1.0.0\nkinds: [source]\nlibrary: libx.so\n"
      try runner.write(manifest, to: "plugins.d/x.yaml")
      let ending = try runner.run(["doctor", "--output", "json"], plugins: "plugins.d")
      #expect(ending.exit == .code(3))
      let check = try report(ending).check("plugins", "x")
      #expect(check?.state == "missing")
      #expect(
        check?.found.hasPrefix("{folder}/plugins.d/x.yaml:5:10: plugin 'x': the library 'libx.so' is in none of")
          == true)
      #expect(check?.advice == "run 'make build', or put the library beside its manifest")
    }
  }

  @Test func homeThatCannotBeMadeIsMissing() throws {
    try withRunner { runner in
      try runner.write("in the way", to: "home")
      let ending = try runner.run(["doctor", "--output", "json"])
      #expect(ending.exit == .code(3))
      #expect(try report(ending).check("home", "writable")?.found == "{folder}/home: is not a folder")
    }
  }

  @Test func sourceOfAPipelineIsAskedAndItsSecretsStayHidden() throws {
    try withRunner { runner in
      let file = """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "postgres://u:${env:HOSTILE_SECRET}@127.0.0.1:1/db"}, streams: [public.t]}
        destination: {table: a.b}
        """
      try runner.write(file, to: "p.yaml")
      let ending = try runner.run(["doctor", "p.yaml", "--output", "json"])
      #expect(ending.exit == .code(3))
      let report = try report(ending)
      #expect(report.check("pipeline", "stages")?.state == "ok")
      #expect(report.check("pipeline", "source 'postgres'")?.found.contains("Connection refused") == true)
    }
  }

  @Test func serverOfAPipelineIsToldWithItsVersionAndWhetherTLSIsUsed() throws {
    let server = try PostgresServer.shared.get()
    try server.database("doctored", "CREATE TABLE t (id int PRIMARY KEY)")
    try withRunner { runner in
      let file = """
        version: 1
        pipeline: p
        source: {plugin: postgres, config: {dsn: "\(server.dsn("doctored"))"}, streams: [public.t]}
        destination: {table: a.b}
        """
      try runner.write(file, to: "p.yaml")
      let ending = try runner.run(["doctor", "p.yaml", "--output", "json"])
      #expect(ending.exit == .code(0))
      let found = try report(ending).check("pipeline", "source 'postgres'")?.found ?? ""
      #expect(found.hasPrefix("reachable at 127.0.0.1:\(server.port)") && found.contains("streams: 1"), "\(found)")
      #expect(found.contains(", PostgreSQL ") && found.contains(", no TLS, "), "\(found)")
    }
  }

  @Test func textSaysWhatToDoAboutEachThingThatIsNotRight() throws {
    try withRunner { runner in
      try runner.write("", to: "plugins.d/.keep")
      let ending = try runner.run(["doctor"], plugins: "plugins.d")
      #expect(ending.exit == .code(3))
      #expect(ending.output.contains("missing: plugins, any: no manifest was found"))
      #expect(ending.output.contains("  name the folder with --plugins, or run 'make build'"))
    }
  }
}
