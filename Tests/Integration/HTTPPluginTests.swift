import Foundation
import TestSupport
import Testing

/// A stranger's plugin that asks over HTTP, through the real program: it runs in a worker without a network.
@Suite struct HTTPPluginTests {
  private func say(
    _ receiver: HTTPReceiver, http: String, _ arguments: [String], scheme: String = "http",
    environment: [String: String] = [:]
  ) throws -> (end: HeadraceProcess.End, output: String, errors: String) {
    let project = try HeadraceProject("http", "version: 1\n")
    let folder = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let manifest = "manifest: 1\nname: http\nversion: 1.0.0\nkinds: [llm]\nlibrary: libheadrace-test-http.so\n"
    try project.write("manifests/http.yaml", manifest + "permissions: {http: [\"\(http)\"]}\n")
    try project.write("questions.txt", "GET \(scheme)://127.0.0.1:\(receiver.port)/rows?key=hunter2\n")
    let process = try project.start(["plugin"] + arguments, environment: environment, output: "text")
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

  /// A proxy that the environment names would see where plugins ask, and what by http; libcurl takes it for loopback addresses too.
  @Test(arguments: ["http", "https"]) func noProxyOfTheEnvironmentIsAsked(scheme: String) throws {
    let (receiver, proxy) = (try HTTPReceiver(), try HTTPReceiver(afterwards: .status(200, body: "by the proxy")))
    defer {
      receiver.stop()
      proxy.stop()
    }
    let address = "http://127.0.0.1:\(proxy.port)"
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
    let said = try say(
      receiver, http: "127.0.0.1:\(receiver.port)", ["run", "manifests/http.yaml", "questions.txt"], scheme: scheme,
      environment: Dictionary(uniqueKeysWithValues: names.map { ($0, address) }))
    #expect(proxy.connectionCount == 0 && proxy.requests.isEmpty, "\(said)")
    // Nobody answers by https there, but it was asked.
    #expect(receiver.connectionCount > 0 && said.end == .exited(scheme == "http" ? 0 : 1), "\(said)")
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
