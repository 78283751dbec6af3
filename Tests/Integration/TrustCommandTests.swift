import Foundation
import TestSupport
import Testing

/// From a key to a plugin that runs in the host, through the real program.
@Suite struct TrustCommandTests {
  private func say(_ project: HeadraceProject, _ arguments: [String], exit code: Int32 = 0) throws -> String {
    let process = try project.start(arguments, output: "text")
    #expect(try process.wait() == .exited(code), "\(arguments): \(process.output)\(process.errors)")
    return process.output + process.errors
  }

  @Test func aSignedPluginRunsInTheHostUntilItIsRevoked() throws {
    let project = try HeadraceProject(
      "trust",
      """
      version: 1
      pipeline: trust
      source: {plugin: zoo, config: {rows: 500}}
      destination: {table: bronze.animals, write: replace}
      """)
    let manifests = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    let manifest = "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: libheadrace-test-zoo.so\n"
    try project.write("manifests/zoo.yaml", manifest)
    let plugins = ["--plugins", manifests]
    func isolation() throws -> String {
      let plan = try project.command(["plan", "trust.yaml"] + plugins)
      let streams = plan["streams"] as? [[String: Any]]
      let stages = streams?.first?["stages"] as? [[String: Any]]
      return stages?.first?["isolation"] as? String ?? "\(plan)"
    }
    #expect(try isolation() == "worker")
    #expect(try say(project, ["plugin", "verify", "zoo"] + plugins, exit: 1).contains("zoo 1.0.0: not signed"))
    let key = project.folder + "/key"
    #expect(try say(project, ["plugin", "keygen", key]).contains("is secret"))
    let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try say(project, ["plugin", "sign", "zoo", "--key", key] + plugins).contains("zoo 1.0.0 is signed by"))
    #expect(try say(project, ["plugin", "verify", "zoo"] + plugins, exit: 1).contains("does not know"))
    #expect(try isolation() == "worker")
    #expect(try say(project, ["plugin", "trust", "add", key + ".pub", "--name", "ops"]).contains("ops ("))
    #expect(try say(project, ["plugin", "verify", "zoo"] + plugins).contains("signed by ops"))
    #expect(try isolation() == "in_process")
    // Another manifest than was signed is refused, and says what to do.
    try project.write("manifests/zoo.yaml", manifest + "description: changed\n")
    let refused = try project.run(options: plugins)
    #expect(refused.end == .exited(2), "\(refused)")
    #expect(refused.errors.contains("zoo.yaml:2:7: plugin 'zoo': the signature by ops"), "\(refused.errors)")
    try project.write("manifests/zoo.yaml", manifest)
    #expect(try project.run(options: plugins).isSuccess)
    let listed = try say(project, ["plugin", "trust", "list"])
    let id = try #require(listed.split(separator: " ").dropFirst().first.map(String.init))
    _ = try say(project, ["plugin", "trust", "revoke", id, "--reason", "lost"])
    #expect(try project.run(options: plugins).errors.contains("is revoked: lost"))
    _ = try say(project, ["plugin", "trust", "revoke", "nonsense"], exit: 2)
    chmod(key, 0o644)
    #expect(try say(project, ["plugin", "sign", "zoo", "--key", key] + plugins, exit: 3).contains("others can read"))
  }

  /// A source of the zoo's in a folder of its own, which asks for the host's process and which nobody vouches for.
  private func stranger() throws -> (project: HeadraceProject, library: String, plugins: [String]) {
    let project = try HeadraceProject(
      "stranger",
      """
      version: 1
      pipeline: stranger
      source: {plugin: zoo, config: {rows: 500}}
      destination: {table: bronze.animals, write: replace}
      """)
    let manifests = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    let built = (try HeadraceInstallation.binary() as NSString).deletingLastPathComponent
    try FileManager.default.copyItem(
      atPath: built + "/libheadrace-test-zoo.so", toPath: manifests + "/libstranger.so")
    try project.write(
      "manifests/zoo.yaml",
      "manifest: 1\nname: zoo\nversion: 1.0.0\nkinds: [source]\nlibrary: libstranger.so\nisolation: in_process\n")
    return (project, manifests + "/libstranger.so", ["--plugins", manifests])
  }

  private func rebuild(_ library: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: library))
    try (bytes + Data("another build".utf8)).write(to: URL(fileURLWithPath: library), options: .atomic)
  }

  @Test func aStrangerIsLetIntoTheHostByItsHash() throws {
    let (project, library, plugins) = try stranger()
    func refused() throws -> String { try say(project, ["plan", "stranger.yaml"] + plugins, exit: 2) }
    func hash(_ told: String) throws -> String {
      let start = try #require(told.range(of: "headrace plugin trust let-in sha256:"))
      return "sha256:" + told[start.upperBound...].prefix(64)
    }
    let first = try refused()
    #expect(first.contains("zoo.yaml:6:12: plugin 'zoo': nobody vouches for its library"), "\(first)")
    // What the message says to do is done as it stands there.
    _ = try say(project, ["plugin", "trust", "let-in", try hash(first)] + plugins)
    #expect(try say(project, ["plugin", "trust", "list"]).contains("let in   \(try hash(first))  zoo"))
    let verified = try say(project, ["plugin", "verify", "zoo"] + plugins, exit: 1)
    #expect(verified.contains("zoo 1.0.0: not signed, let in by the operator"), "\(verified)")
    let plan = try say(project, ["plan", "stranger.yaml"] + plugins)
    #expect(plan.contains("source zoo 1.0.0: in_process (not signed, let in by the operator)"), "\(plan)")
    #expect(try project.run(options: plugins).isSuccess)
    // Another build is another library.
    try rebuild(library)
    let second = try refused()
    #expect(try hash(second) != (try hash(first)))
    _ = try say(project, ["plugin", "trust", "let-in", try hash(second)])
    #expect(try project.run(options: plugins).isSuccess)
    // The word is taken back, and later the library.
    _ = try say(project, ["plugin", "trust", "remove", try hash(second)])
    #expect(try refused().contains("nobody vouches for its library"))
    _ = try say(project, ["plugin", "trust", "let-in", try hash(second)])
    _ = try say(project, ["plugin", "trust", "revoke", try hash(second), "--reason", "lost"])
    #expect(try refused().contains("is revoked: lost"))
    let late = try say(project, ["plugin", "trust", "let-in", try hash(second)], exit: 2)
    #expect(late.contains("is revoked: lost"), "\(late)")
    let nonsense = try say(project, ["plugin", "trust", "let-in", "zoo"], exit: 2)
    #expect(nonsense.contains("'zoo' is not the hash of a library; write sha256: and 64"), "\(nonsense)")
  }

  @Test func benchRunsAStrangerInItsOwnProcessOnlyIfToldTo() throws {
    let (project, _, plugins) = try stranger()
    let bench = ["plugin", "bench", project.folder + "/manifests/zoo.yaml", "--rounds", "1", "--time", "20"] + plugins
    let told = try say(project, bench)
    #expect(told.contains("\nworker ") && told.contains("in_process is left out: nobody vouches"), "\(told)")
    #expect(told.contains("say --allow-in-process") && !told.contains("worker / in_process"), "\(told)")
    let json = try project.command(bench)
    #expect(json["worker"] != nil && json["in_process"] == nil && json["worker_ratio"] == nil, "\(json)")
    #expect((json["left_out"] as? [String: Any])?["in_process"] is String, "\(json)")
    let both = try say(project, bench + ["--allow-in-process"])
    #expect(both.contains("\nin_process ") && both.contains("worker / in_process"), "\(both)")
    // The most memory of each process that there is.
    #expect(both.contains("host peak  worker peak"), "\(both)")
    #expect(both.contains(#/\nin_process +\d+ +\d+ +\d+ MiB +-\n/#), "\(both)")
    #expect(both.contains(#/\nworker +\d+ +\d+ +\d+ MiB +\d+ MiB\n/#), "\(both)")
    let measured = try project.command(bench + ["--allow-in-process"])
    let (here, there) = (measured["in_process"] as? [String: Any], measured["worker"] as? [String: Any])
    for peak in [here?["host_peak_bytes"], there?["host_peak_bytes"], there?["worker_peak_bytes"]] {
      #expect((1 << 20...1 << 34).contains(peak as? Int ?? 0), "\(measured)")
    }
    #expect(here?["worker_peak_bytes"] is NSNull, "\(measured)")
    // For this once: the pipelines do not run it.
    #expect(try say(project, ["plan", "stranger.yaml"] + plugins, exit: 2).contains("nobody vouches"))
  }
}
