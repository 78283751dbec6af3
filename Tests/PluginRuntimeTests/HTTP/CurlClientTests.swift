import HostHTTP
import HostModel
import HostSystem
import Testing
import TestSupport

@Suite struct CurlClientTests {
  private func body(
    _ client: CurlClient, _ url: String, method: String = "GET", owner: String
  ) throws(HTTPFailure) -> String {
    let request = HTTPRequest(method, url, bodyLimit: 100, owner: owner)
    return String(decoding: try client.send(request, within: .seconds(60)) { false }.body, as: UTF8.self)
  }

  /// What one plugin has opened is used again for it, and for nobody else.
  @Test func connectionsAreKeptForTheirOwner() throws {
    let receiver = try HTTPReceiver(afterwards: .keepAlive(body: "kept"))
    defer { receiver.stop() }
    let client = CurlClient(clock: SystemClock(), route: .direct)
    let url = "http://127.0.0.1:\(receiver.port)/"
    for (owner, connections) in [("a", 1), ("a", 1), ("b", 2), ("a", 2), ("b", 2)] {
      #expect(try body(client, url, owner: owner) == "kept")
      #expect(receiver.connectionCount == connections)
    }
    #expect(receiver.requests.count == 5)
  }

  /// A server may end a connection that is kept whenever it likes: nobody knows then whether it has seen the request. It is sent
  /// again only if that makes no difference.
  @Test(arguments: ["GET", "POST"])
  func whatChangesSomethingIsSentOnce(method: String) throws {
    let receiver = try HTTPReceiver([.keepAlive(body: "one"), .close, .keepAlive(body: "two")], afterwards: .close)
    defer { receiver.stop() }
    let client = CurlClient(clock: SystemClock(), route: .direct)
    let url = "http://127.0.0.1:\(receiver.port)/"
    #expect(try body(client, url, owner: "a") == "one")
    let second = Result { () throws(HTTPFailure) in try body(client, url, method: method, owner: "a") }
    #expect((try? second.get()) == (method == "GET" ? "two" : nil))
    #expect(receiver.requests.map(\.method) == (method == "GET" ? ["GET", "GET", "GET"] : ["GET", "POST"]))
  }

  @Test func whatIsBeyondTheLimitIsCutAndSaid() throws {
    let receiver = try HTTPReceiver(afterwards: .status(200, body: "0123456789"))
    defer { receiver.stop() }
    let client = CurlClient(clock: SystemClock(), route: .direct)
    for (limit, isCut) in [(9, true), (10, false), (0, true)] {
      let request = HTTPRequest("GET", "http://127.0.0.1:\(receiver.port)/", bodyLimit: limit, owner: "a")
      let answer = try client.send(request, within: .seconds(60)) { false }
      #expect(answer.statusCode == 200 && answer.isCut == isCut && answer.body.count == min(limit, 10))
    }
  }
}
