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

  /// The documentation's example in C++, a stranger's, with a check file.
  private func remote(check: String) throws -> HeadraceProject {
    let project = try HeadraceProject("remote", "version: 1\n")
    let root = HeadraceInstallation.root
    let includes = ["C/include", "Arrow/include", "Cxx/include"].flatMap { ["-I", "\(root)/PluginAPI/\($0)"] }
    let compiler = try HeadraceProcess(
      "/usr/bin/c++",
      ["-std=c++20", "-fPIC", "-shared", "-fvisibility=hidden"] + includes
        + ["\(root)/docs/plugins/examples/remote.cpp", "-o", "libremote.so"], in: project.folder,
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(try compiler.wait() == .exited(0), "\(compiler.errors)")
    try project.write(
      "remote.yaml",
      """
      manifest: 1
      name: remote
      version: 1.0.0
      kinds: [llm]
      library: libremote.so
      permissions: {http: ["${config:url}"]}

      """)
    try project.write("check.yaml", "check: 1\nconfig: {url: \"https://api.example.com/ask?key=hunter2\"}\n\(check)")
    return project
  }

  private func check(
    _ project: HeadraceProject, output: String
  ) throws -> (end: HeadraceProcess.End, output: String, errors: String) {
    let arguments = ["plugin", "check", "remote.yaml", "--seed", "1", "--report", "remote.yaml.check.json"]
    let process = try project.start(arguments, output: output)
    return (try process.wait(), process.output, process.errors)
  }

  @Test func aPluginThatNeedsAnswersPassesTheCheckWithThem() throws {
    let answer = "http: [{method: POST, url: \"https://api.example.com/ask?*\", body: \"it is ü\"}]\n"
    let project = try remote(check: answer)
    let text = try check(project, output: "text")
    #expect(text.end == .exited(0) && !text.output.contains("BROKEN"), "\(text)")
    #expect(text.output.contains("can be pinned in the manifest: checked: "), "\(text)")
    let json = try check(project, output: "json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(json.end == .exited(0) && report["kept"] as? Bool == true && report["complete"] as? Bool == true)
    let clauses = try #require(report["clauses"] as? [[String: Any]])
    let model = clauses.first { $0["clause"] as? String == "LLM-1" }
    #expect(
      model?["outcome"] as? String == "kept" && model?["evidence"] as? String == "4 answers, 12 words", "\(clauses)")
  }

  @Test func aPluginThatIsNotAnsweredIsToldWhatToDeclare() throws {
    let project = try remote(check: "")
    let advice = "declare an answer in check.yaml: http: [{method: POST, url: \"https://api.example.com/ask*\"}]"
    let text = try check(project, output: "text")
    #expect(text.end == .exited(1) && text.output.contains("CAL-8 IS BROKEN: "), "\(text)")
    #expect(text.output.contains(advice) && !text.output.contains("hunter2"), "\(text)")
    let json = try check(project, output: "json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let broken = (report["clauses"] as? [[String: Any]])?.first { $0["clause"] as? String == "CAL-8" }
    #expect((broken?["evidence"] as? String)?.contains(advice) == true, "\(report)")
    // A mistake in an answer is one of the file's.
    try project.write("check.yaml", "check: 1\nhttp:\n- url: api.example.com\n")
    let mistaken = try check(project, output: "text")
    #expect(mistaken.end == .exited(2) && mistaken.errors.contains("check.yaml:3:8: the URL"), "\(mistaken)")
  }
}
