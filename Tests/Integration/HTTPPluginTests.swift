import Foundation
import TestSupport
import Testing

/// A stranger's plugin that asks over HTTP, through the real program: it runs in a worker without a network.
@Suite struct HTTPPluginTests {
  private func say(
    _ receiver: HTTPReceiver, http: String, _ arguments: [String]
  ) throws -> (end: HeadraceProcess.End, output: String, errors: String) {
    let project = try HeadraceProject("http", "version: 1\n")
    let folder = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let manifest = "manifest: 1\nname: http\nversion: 1.0.0\nkinds: [llm]\nlibrary: libheadrace-test-http.so\n"
    try project.write("manifests/http.yaml", manifest + "permissions: {http: [\"\(http)\"]}\n")
    try project.write("questions.txt", "GET http://127.0.0.1:\(receiver.port)/rows?key=hunter2\n")
    let process = try project.start(["plugin"] + arguments, output: "text")
    return (try process.wait(), process.output, process.errors)
  }

  @Test func itAsksTheHostThatItsManifestDeclares() throws {
    let receiver = try HTTPReceiver(afterwards: .status(200, headers: ["Content-Type": "text/plain"], body: "rows"))
    defer { receiver.stop() }
    let arguments = ["run", "manifests/http.yaml", "questions.txt"]
    let said = try say(receiver, http: "127.0.0.1:\(receiver.port)", arguments)
    #expect(said.end == .exited(0) && said.output.contains("200 0 -1 4 "), "\(said)")
    #expect(receiver.requests.map(\.target) == ["/rows?key=hunter2"])
  }

  @Test func itIsToldWhichKeyOfItsManifestIsMissing() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let said = try say(
      receiver, http: "api.example.com", ["run", "manifests/http.yaml", "questions.txt"])
    #expect(said.end == .exited(1), "\(said)")
    let told =
      "may not call '127.0.0.1:\(receiver.port)'; declare it under 'permissions: http' in the plugin's manifest"
    #expect(said.errors.contains(told) && !said.errors.contains("hunter2"), "\(said)")
    #expect(receiver.requests.isEmpty)
  }

  /// The checker's questions are no requests, and this plugin sends whatever it is asked.
  @Test func theCheckerLooksAtRequestsAndSendsNone() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let said = try say(receiver, http: "api.example.com", ["check", "manifests/http.yaml"])
    #expect(said.end == .exited(1), "\(said)")
    #expect(said.output.contains("complete: invalid_config: the URL of the request cannot be used"), "\(said)")
    #expect(receiver.requests.isEmpty)
  }
}
