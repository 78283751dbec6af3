import Foundation
import HostFormats
import HostModel
import HostPolicyFile
@testable import HostPluginRuntime
import Testing

/// A manifest that is wrong, and all that has to be said about it.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let messages: [String]

  init(_ name: String, _ text: String, _ messages: [String]) {
    self.name = name
    self.text = text
    self.messages = messages
  }

  var testDescription: String { name }
}

enum HostileManifests {}

@Suite struct ManifestTests {
  static let whole = """
    manifest: 1
    name: example
    version: 1.4.0-beta.2
    kinds: [source, transform]
    library: libexample.so
    abi: {min: 1, max: 3}
    platform: [linux-x86_64, linux-aarch64]
    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    checked: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdff
    description: An example.
    license: Apache-2.0
    permissions:
      network: ["db.example.org:5432", "*:443", "[::1]:80"]
      http: [api.example.com, "*.example.org:8443", "[::1]:80", "${config:url}", "${config:host}:8443"]
      read: [/etc/ssl/certs, "${config:path}"]
      write: [/var/tmp/example]
      env: [PGPASSFILE, "PG*"]
      memory: 512MiB
      cpu_time: 1h
      open_files: 256
      strict: true
    isolation: in_process
    config: {fetch_rows: 1000}
    policy: {breaker: {failure_threshold: 3}}
    """

  @Test(arguments: HostileManifests.cases)
  func wrongManifestIsRefusedWithEveryMistake(_ hostile: HostileFile) {
    let (manifest, diagnostics) = PluginManifest.parse(Array(hostile.text.utf8), file: "m.yaml")
    #expect(manifest == nil)
    #expect(diagnostics.map(\.description) == hostile.messages)
  }

  @Test func wholeManifestHasWhatIsWritten() throws {
    let (parsed, diagnostics) = PluginManifest.parse(Array(Self.whole.utf8), file: "m.yaml")
    #expect(diagnostics.map(\.description) == [])
    let manifest = try #require(parsed)
    #expect(manifest.name.value == "example" && manifest.kinds == [.source, .transform])
    #expect(manifest.library.place == SourcePlace(file: "m.yaml", line: 5, column: 10))
    #expect(manifest.abi.min == 1 && manifest.abi.max == 3)
    #expect(manifest.runs(on: "linux-aarch64") && !manifest.runs(on: "darwin-arm64"))
    #expect(manifest.checked?.value.hasSuffix("cdff") == true)
    #expect(manifest.permissions.memory == .mebibytes(512) && manifest.permissions.cpuTime == .seconds(3600))
    #expect(manifest.config["fetch_rows"]?.scalar?.value == .int(1000))
    #expect(manifest.policy.breaker.failureThreshold == 3)
  }

  @Test(arguments: ["file", "map", "parquet", "postgres", "sql", "statistical", "threshold"])
  func firstPartyManifestIsRead(_ name: String) throws {
    let house = URL(filePath: #filePath).appending(path: "../../../../plugins.d/\(name).yaml").standardized
    let (manifest, diagnostics) = PluginManifest.parse([UInt8](try Data(contentsOf: house)), file: "\(name).yaml")
    #expect(diagnostics.map(\.description) == [])
    #expect(manifest?.name.value == name && manifest?.library.value == "libheadrace-\(name).so")
  }

  @Test func smallestManifestAsksForNothing() throws {
    let text = "manifest: 1\nname: x\nversion: 1.0.0\nkinds: source\nlibrary: libx.so\n"
    let manifest = try #require(PluginManifest.parse(Array(text.utf8), file: "m.yaml").manifest)
    #expect(manifest.permissions == PluginPermissions() && manifest.isolation == nil)
    #expect(manifest.abi.min == 1 && manifest.abi.max == 1 && manifest.sha256 == nil)
    #expect(manifest.runs(on: "linux-x86_64"))
  }

  /// A schema may give a setting a default: what stands before a setting in the manifest is not to be left by it.
  @Test(arguments: [
    ("${config:path}", #"{"path": "in/it"}"#, ["/place/in/it"]),
    ("${config:path}", #"{"path": "../it"}"#, ["/place/../it"]),
    ("${config:path}", #"{"path": ""}"#, []), ("${config:path}", "{}", []), ("${config:path}", #"{"path": 7}"#, []),
    ("${config:path}", #"{"path": ["a", "", "~/b"]}"#, ["/place/a", "/root-of-user/b"]),
    ("/data/${config:path}", #"{"path": "a"}"#, ["/data/a"]), ("/data/${config:path}", #"{"path": "../etc"}"#, []),
    ("/data/${config:path}/x", #"{"path": "a/../../../etc"}"#, []), ("/data/*", "{}", ["/data"]),
    ("${config:path}/${config:path}", #"{"path": "a/.."}"#, []),
    // To a string, that slash is none.
    ("/data/${config:path}", "{\"path\": \"../\u{301}etc\"}", []), ("/data/it/\u{301}*", "{}", ["/data/it"]),
  ])
  func settingsGrantWhatTheirPatternsSay(pattern: String, config: String, granted: [String]) throws {
    var permissions = PluginPermissions()
    permissions.read = [pattern]
    let confinement = permissions.confinement(
      config: try JSONValue.parse(config), home: "/root-of-user", folder: "/place")
    #expect(confinement.readable == granted)
  }

  @Test func manifestFitsTheSchemaThatEditorsGet() throws {
    let schema = try JSONSchema(PluginManifest.schema)
    let tree = try #require(YAMLDocument.parse(Self.whole, file: "m.yaml").root)
    var mistakes = YAMLMistakes()
    #expect(schema.violations(of: tree.json(&mistakes)) == [])
  }

  @Test func policyOfTheNearerFileWins() {
    var platform = PolicySection()
    platform.breaker.timeout = .seconds(10)
    platform.breaker.windowCalls = 50
    platform.retry.dbQuery.maxRetries = 9
    var pipeline = PolicySection()
    pipeline.breaker.failureWindow = .seconds(5)
    pipeline.retry.dbQuery.baseDelay = .seconds(1)
    let merged = pipeline.over(platform)
    #expect(merged.breaker.timeout == .seconds(10) && merged.breaker.failureWindow == .seconds(5))
    #expect(merged.breaker.windowCalls == nil)
    #expect(merged.retry.dbQuery.maxRetries == 9 && merged.retry.dbQuery.baseDelay == .seconds(1))
  }

  @Test func configurationOfAPipelineLiesOverTheManifests() throws {
    let manifest = try #require(YAMLDocument.parse("{a: 1, deep: {x: 1, y: 2}, list: [1, 2]}", file: "m.yaml").root)
    let pipeline = try #require(YAMLDocument.parse("{deep: {y: 3}, list: [9]}", file: "p.yaml").root)
    let merged = pipeline.merged(over: manifest)
    var mistakes = YAMLMistakes()
    #expect(merged.json(&mistakes).text() == #"{"a":1,"deep":{"x":1,"y":3},"list":[9]}"#)
    #expect(merged["deep"]?["y"]?.place.file == "p.yaml" && merged["deep"]?["x"]?.place.file == "m.yaml")
  }

  @Test(arguments: [UInt64(7)])
  func damagedManifestEndsInAManifestOrInMessages(_ seed: UInt64) {
    print("seed \(seed)")
    var state = seed
    var outcomes: Set<Bool> = []
    for _ in 0..<1000 {
      var bytes = Array(Self.whole.utf8)
      // A linear congruential generator (Knuth's MMIX constants) is random enough to choose a byte.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      let (manifest, diagnostics) = PluginManifest.parse(bytes, file: "m.yaml")
      outcomes.insert(manifest != nil)
      #expect((manifest == nil) == !diagnostics.isEmpty)
    }
    #expect(outcomes == [true, false])
  }
}
