import HostHTTP
import HostModel
@testable import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem
import Testing
import TestSupport

/// `headrace.http/1`, asked by a plugin in the host's process and by the same one in a worker without a network: what comes of
/// it is the same.
@Suite struct HTTPServiceTests {
  private func serving(
    _ script: [HTTPReceiver.Reply] = [], afterwards: HTTPReceiver.Reply = .status(204),
    _ body: (_ receiver: HTTPReceiver, _ host: String) throws -> Void
  ) throws {
    let receiver = try HTTPReceiver(script, afterwards: afterwards)
    defer { receiver.stop() }
    try body(receiver, "127.0.0.1:\(receiver.port)")
  }

  @Test func theWorkerHasNoNetworkOfItsOwn() throws {
    let plugin = try AskingPlugin(.worker, hosts: ["127.0.0.1:80"]).plugin
    guard case .same(let confinement) = try #require(plugin.remote).confinement else {
      throw TestFailure("it is not confined")
    }
    #expect(confinement.ports.isEmpty && !confinement.anyPort)
  }

  @Test func aBodyOfManyPiecesArrivesWhole() throws {
    let body = String(repeating: "0123456789", count: 300_001)
    try serving(afterwards: .status(200, headers: ["Content-Type": "text/plain"], body: body)) { _, host in
      let end = try AskingPlugin.ask("GET http://\(host)/rows", hosts: [host])
      #expect(end.status == .ok)
      #expect(end.told == "200 0 -1 \(AskingPlugin.told(Array(body.utf8))) text/plain")
    }
  }

  @Test func aRequestGoesAsItWasAsked() throws {
    try serving { receiver, host in
      let prompt = "PUT http://\(host)/a?b=c\nheader X-One 1 and 2\nheader X-Empty\nbody 2500000"
      let end = try AskingPlugin.ask(prompt, hosts: [host])
      #expect(end.told.hasPrefix("204 0 -1 0 "), "\(end)")
      #expect(receiver.requests.count == 2)
      for request in receiver.requests {
        #expect(request.method == "PUT" && request.target == "/a?b=c" && request.headers["host"] == host)
        #expect(request.headers["x-one"] == "1 and 2" && request.headers["x-empty"] == "")
        #expect(request.headers["content-type"] == nil && request.headers["expect"] == nil)
        #expect(request.body == AskingPlugin.madeUp(2_500_000))
      }
    }
  }

  @Test func anAnswerTellsWhatACallComesTo() throws {
    let cases: [(code: Int, headers: [String: String], told: String)] = [
      (503, ["Retry-After": "7"], "503 6 7000000000 2 "), (429, [:], "429 7 -1 2 "), (404, [:], "404 13 -1 2 "),
      (401, [:], "401 9 -1 2 "), (200, [:], "200 0 -1 2 "),
    ]
    for item in cases {
      try serving(afterwards: .status(item.code, headers: item.headers, body: "ab")) { _, host in
        let end = try AskingPlugin.ask("GET http://\(host)/", hosts: [host])
        #expect(end.status == .ok && end.told.hasPrefix(item.told), "\(end)")
      }
    }
  }

  /// What the kit makes of an answer reaches the gate, which waits as long as the server asks for.
  @Test func anAnswerThatIsNoneEndsTheCallWithItsOwnPause() throws {
    try serving(afterwards: .status(503, headers: ["Retry-After": "7"])) { _, host in
      let end = try AskingPlugin.ask("GET http://\(host)/\ncheck", hosts: [host])
      #expect(end.status == .transient && end.told == "the server answered 503")
      #expect(end.retryAfter == .seconds(7) && end.vendorCode == "503")
    }
  }

  @Test func noRedirectIsFollowed() throws {
    try serving { elsewhere, other in
      try serving(afterwards: .status(302, headers: ["Location": "http://\(other)/"])) { _, host in
        let end = try AskingPlugin.ask("GET http://\(host)/", hosts: [host, other])
        #expect(end.status == .ok && end.told.hasPrefix("302 11 -1 0 "), "\(end)")
      }
      #expect(elsewhere.requests.isEmpty)
    }
  }

  @Test func aHostThatIsNotDeclaredIsNotAsked() throws {
    try serving { receiver, host in
      let undeclared = "localhost:\(receiver.port)"
      let end = try AskingPlugin.ask("GET http://\(undeclared)/?key=hunter2", hosts: [host])
      #expect(end.status == .permissionDenied)
      #expect(
        end.told
          == "plugin 'http' may not call '\(undeclared)'; declare it under 'permissions: http' in the plugin's manifest"
      )
      #expect(try AskingPlugin.ask("GET http://\(host)/", hosts: []).status == .permissionDenied)
      #expect(receiver.requests.isEmpty)
    }
  }

  /// What a library may ask for is what the manifest says that it was loaded by, whatever was installed since.
  @Test(arguments: [PluginManifest.Isolation.inProcess, .worker])
  func eachManifestGrantsToItsOwnInstances(isolation: PluginManifest.Isolation) throws {
    try serving { receiver, host in
      let wide = try AskingPlugin(isolation, hosts: [host])
      let narrow = try AskingPlugin(in: wide, hosts: [])
      #expect(wide.plugin !== narrow.plugin)
      #expect(try narrow.ask("GET http://\(host)/narrow").status == .permissionDenied)
      #expect(try wide.ask("GET http://\(host)/old").status == .ok)
      let again = try AskingPlugin(in: narrow, hosts: ["${config:url}"])
      let config = #"{"url": "http://\#(host)/"}"#
      #expect(try again.ask("GET http://\(host)/new", config: config).status == .ok)
      #expect(try narrow.ask("GET http://\(host)/narrow", config: config).status == .permissionDenied)
      // What is the same as what somebody has is not loaded again.
      #expect(try AskingPlugin(in: again, hosts: [host]).plugin === wide.plugin)
      #expect(receiver.requests.map(\.target) == ["/old", "/new"])
    }
  }

  @Test func aSettingOfTheUsersDeclaresItsHost() throws {
    try serving { receiver, host in
      let config = #"{"url": "http://\#(host)/v1"}"#
      let end = try AskingPlugin.ask("GET http://\(host)/v2", hosts: ["${config:url}"], config: config)
      #expect(end.status == .ok, "\(end)")
      let without = try AskingPlugin.ask("GET http://\(host)/v2", hosts: ["${config:url}"])
      #expect(without.status == .permissionDenied)
      #expect(receiver.requests.count == 2)
    }
  }

  @Test(arguments: [
    ("CONNECT http://HOST/", "the method CONNECT is not for plugins"),
    ("TRACE http://HOST/", "the method TRACE is not for plugins"), ("GE(T http://HOST/", "its method is no method"),
    ("GET ftp://HOST/", "its scheme is neither http nor https"), ("GET http://me:word@HOST/", "it has a user"),
    ("GET http://HOST/\nheader Host other", "the header 'Host' is the host's own"),
    ("GET http://HOST/\nheader transfer-encoding chunked", "the header 'transfer-encoding' is the host's own"),
    ("GET http://HOST/\nheader Proxy-Authorization x", "the header 'Proxy-Authorization' is the host's own"),
    ("GET http://HOST/\nheader a:b c", "the name of a header is none"),
    ("GET http://HOST/\nheader a x\ty\u{1}", "the value of 'a' has a line break"),
    ("GET http://HOST/" + String(repeating: "\nheader a b", count: 129), "it has 129 headers, and 128 are the most"),
    ("GET http://HOST/\nlimit 67108865", "'max_response_bytes' is 67108865, and 67108864 is the most"),
    ("GET http://HOST/\ntimeout -1", "'timeout_ns' is negative"),
    ("GET http://HOST/\nbody 67108865", "its body has more"),
    ("GET http://HOST/\nlie size", "the 'struct_size' of the request is below 88"),
    ("GET http://HOST/\nlie response", "the 'struct_size' of the response is below 72"),
    ("GET http://HOST/\nlie null", "its body is NULL"), ("GET http://HOST/\nlie call", "made during a call"),
  ])
  func whatCannotBeSentIsToldAndNotSent(prompt: String, reason: String) throws {
    try serving { receiver, host in
      let end = try AskingPlugin.ask(prompt.replacing("HOST", with: host), hosts: [host])
      #expect(end.status == .invalidConfig && end.told.contains(reason), "\(end)")
      #expect(receiver.requests.isEmpty)
    }
  }

  @Test(arguments: [
    (HTTPReceiver.Reply.close, "", Status.transient), (.cutShort, "", .truncated),
    (.garbage("SSH-2.0-x\r\n"), "", .unsupported),
    (.endless, "\nlimit 100000", .unsupported), (.status(200, body: "12345"), "\nlimit 4", .unsupported),
    (.status(200, body: "12345"), "\nlimit 5", .ok), (.hang, "\ntimeout 300000000", .timeout),
  ])
  func aServerThatFailsIsToldAsSuch(reply: HTTPReceiver.Reply, more: String, status: Status) throws {
    try serving(afterwards: reply) { _, host in
      let prompt = "GET http://\(host)/?key=hunter2\nheader Authorization hunter2" + more
      let end = try AskingPlugin.ask(prompt, hosts: [host])
      #expect(end.status == status, "\(end)")
      #expect(status == .ok || end.told.hasPrefix(host + ": "), "\(end)")
      #expect(!end.told.contains("hunter2"))
    }
  }

  @Test func nobodyThereIsTransient() throws {
    let host = "127.0.0.1:\(try HTTPReceiver.unusedPort())"
    #expect(try AskingPlugin.ask("GET http://\(host)/", hosts: [host]).status == .transient)
  }

  @Test func theDeadlineOfTheCallEndsTheRequest() throws {
    try serving(afterwards: .hang) { receiver, host in
      for isolation in [PluginManifest.Isolation.inProcess, .worker] {
        let plugin = try AskingPlugin(isolation, hosts: [host])
        let before = receiver.requests.count
        var end = try plugin.ask("GET http://\(host)/", timeout: .seconds(1))
        // On a busy machine the time may be over before there is a request.
        if receiver.requests.count == before { end = try plugin.ask("GET http://\(host)/", timeout: .seconds(20)) }
        // The watchdog sees the deadline too, and calls it `timeout` where it comes first.
        #expect([.deadlineExceeded, .timeout].contains(end.status), "\(end)")
        #expect(end.told == "\(host): the deadline of the call has passed", "\(end)")
      }
      #expect(receiver.requests.count == 2)
    }
  }

  @Test(arguments: [PluginManifest.Isolation.inProcess, .worker])
  func whoeverCancelsEndsTheRequest(isolation: PluginManifest.Isolation) throws {
    try serving(afterwards: .hang) { receiver, host in
      let plugin = try AskingPlugin(isolation, hosts: [host])
      let cancellation = plugin.host.cancellation
      let other = try SystemLanes().start("canceller") {
        if receiver.awaitRequest() { cancellation.cancel() }
      }
      let end = try plugin.ask("GET http://\(host)/")
      other.join()
      #expect(end.status == .cancelled, "\(end)")
    }
  }

  @Test func aHostWithoutTheServiceSaysSo() throws {
    let end = try AskingPlugin.ask("GET http://127.0.0.1:9/", hosts: ["127.0.0.1:9"], sends: false)
    #expect(end.status == .unsupported && end.told == "this host sends no requests over HTTP")
  }
}
