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
}
