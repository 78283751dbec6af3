import Glibc
import HostHTTP
import HostModel
import HostPolicy
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import TestSupport
import Testing

/// `headrace.http/1` by the kits for C, C++ and Rust: the examples of the documentation ask a server.
@Suite struct RemoteExampleTests {
  enum Kit: String, CaseIterable, Sendable { case c, cpp, rust }

  /// The example of a kit, installed by a manifest, and a host that keeps a secret for it.
  private struct Remote {
    let folder: TestFolder
    let host: RealHost
    let plugin: LoadedPlugin

    init(_ kit: Kit, _ isolation: PluginManifest.Isolation) throws {
      folder = try TestFolder()
      chmod(folder.path, 0o755)
      let library = folder.path + "/libremote.so"
      switch kit {
      case .c, .cpp: try Built.compile("docs/plugins/examples/remote.\(kit)", to: library)
      case .rust: try Self.cargo(folder.path, library)
      }
      let manifest = """
        manifest: 1
        name: remote
        version: 1.0.0
        kinds: [llm]
        library: libremote.so
        permissions: {http: ["${config:url}"], env: [REMOTE_TOKEN]}

        """
      try SystemFiles().replaceDurably(folder.path + "/remote.yaml", Array(manifest.utf8))
      let registry = try PluginRegistry(
        folders: [folder.path], files: SystemFiles(), spawner: SystemSpawner(), workers: SystemWorkerSpawner(),
        environment: ["HOME": folder.path], executable: Built.headrace, store: folder.path + "/store")
      let installed = try registry.installed("remote", at: SourcePlace(file: "remote", line: 1, column: 1))
      plugin = try registry.place(installed, ordered: isolation).code
      host = RealHost(
        folder, environment: ["REMOTE_TOKEN": "hunter2-hunter2"],
        http: CurlClient(clock: SystemClock(), route: .direct))
    }

    /// As the comment at the head of the example says.
    private static func cargo(_ folder: String, _ library: String) throws {
      let arguments = [
        "--manifest-path", Built.root + "/PluginAPI/Rust/Cargo.toml", "--target-dir", folder + "/target",
      ]
      let result = try SystemSpawner().run(
        ProcessRequest(
          executable: "/usr/bin/env",
          arguments: ["cargo", "build", "--offline", "--locked", "--release", "--example", "remote"] + arguments,
          environment: SystemEnvironment.all, timeout: .seconds(300)))
      guard result.exit == .code(0) else { throw TestFailure(String(decoding: result.errorOutput, as: UTF8.self)) }
      let made = folder + "/target/release/examples/libremote.so"
      try SystemFiles().replaceDurably(library, try SystemFiles().read(made, limit: 1 << 26))
    }

    func ask(_ question: String, _ config: String) throws -> (answer: Completion?, error: CallError?) {
      let model = try LLMInstance(plugin, config: config, context: host.context(), host: host.services)
      let deadline = SystemClock().now().advanced(by: .seconds(60))
      let (result, answer) = try model.complete(Prompt(question), mayRetry: false, deadline: deadline)
      return (answer, result.failure?.lastError)
    }
  }

  @Test(arguments: Kit.allCases) func theExampleAsksAServerAndIsToldWhatItAnswers(_ kit: Kit) throws {
    for isolation in PluginManifest.Isolation.allCases {
      let receiver = try HTTPReceiver([
        .status(200, headers: ["X-Model": "large"], body: "it is ü"),
        .status(503, headers: ["Retry-After": "7"], body: "not now"),
      ])
      defer { receiver.stop() }
      let remote = try Remote(kit, isolation)
      let url = "http://127.0.0.1:\(receiver.port)/ask"
      let config = #"{"url": "\#(url)", "token": "env:REMOTE_TOKEN"}"#
      let first = try remote.ask("what is it?", config)
      #expect(first.answer?.text == "it is ü" && first.answer?.model == "large", "\(kit), \(isolation): \(first)")
      let asked = try #require(receiver.requests.first)
      #expect(asked.method == "POST" && asked.target == "/ask" && asked.body == Array("what is it?".utf8))
      #expect(asked.headers["authorization"] == "Bearer hunter2-hunter2")
      #expect(asked.headers["content-type"] == "text/plain; charset=utf-8")
      let second = try remote.ask("and now?", config)
      #expect(second.error?.message == "the model's server answered 503", "\(kit), \(isolation): \(second)")
      #expect(second.error?.retryAfter == .seconds(7) && second.error?.vendorCode == "503")
      // Where nobody is, and where the manifest lets nobody go.
      let unused = try HTTPReceiver.unusedPort()
      let nobody = try remote.ask("?", #"{"url": "http://127.0.0.1:\#(unused)/", "token": ""}"#)
      #expect(nobody.error?.message.hasPrefix("127.0.0.1:\(unused): ") == true, "\(kit), \(isolation): \(nobody)")
      let wrong = try remote.ask("?", #"{"url": "ftp://127.0.0.1/", "token": ""}"#)
      #expect(wrong.error?.message.contains("its scheme is neither http nor https") == true, "\(wrong)")
    }
  }
}
