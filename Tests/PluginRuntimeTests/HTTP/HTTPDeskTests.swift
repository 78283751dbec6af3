import CHeadrace
import HostModel
@testable import HostPluginCalls
import HostSystem
import Testing

/// Sends nothing, and answers the same to everybody.
private final class CountingClient: HTTPClient {
  let answer: HTTPResponse
  let requests = Shared<[HTTPRequest]>([])

  init(_ answer: HTTPResponse = HTTPResponse(statusCode: 200)) { self.answer = answer }

  func send(
    _ request: HTTPRequest, within limit: Duration, isCancelled: @escaping () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse {
    requests.change { $0.append(request) }
    return answer
  }
}

/// What a worker sends of a request is a stranger's: it may lie on everything.
@Suite struct HTTPDeskTests {
  private func services(_ client: CountingClient) -> HostServices {
    let provider = ServiceProvider(
      clock: SystemClock(), files: SystemFiles(), stateRoot: "/nowhere", http: client
    ) { _ in }
    let services = HostServices(provider, plugin: "p", pipeline: "", secretNames: [], abiVersion: 1)
    services.http.hosts = HTTPHosts(["a.example.com"])
    return services
  }

  private func withCall<R>(_ body: (UnsafePointer<headrace_call>) throws -> R) rethrows -> R {
    var call = headrace_call(
      struct_size: UInt32(MemoryLayout<headrace_call>.size), attempt: 1, deadline_ns: .max, ctx: nil, now: { _ in 0 },
      is_cancelled: { _ in 0 }, idempotency_key: headrace_string(data: nil, length: 0))
    return try body(&call)
  }

  private static let head: [UInt8] = {
    var writer = WireWriter()
    writer.put(
      AskedRequest(
        method: "POST", url: "https://a.example.com/", headers: [HTTPHeader("a", "b")], body: [], mostBytes: 0,
        timeout: 0))
    return writer.bytes
  }()

  private func piece(_ count: Int) -> [UInt8] {
    var writer = WireWriter()
    writer.put([UInt8](repeating: 1, count: count))
    return writer.bytes
  }

  private func serve(
    _ desk: inout HTTPDesk, _ kind: WorkerRequestKind, _ bytes: [UInt8], _ services: HostServices,
    _ call: UnsafePointer<headrace_call>?
  ) -> Result<[UInt8], Failure> {
    var reader = WireReader(bytes)
    do throws(Failure) { return .success(try desk.serve(kind, &reader, services, during: call)) } catch {
      return .failure(error)
    }
  }

  @Test func aRequestInPiecesIsPutTogetherAndItsAnswerTakenApart() throws {
    let body = [UInt8](repeating: 7, count: WireMessage.pieceBytes * 2 + 5)
    let client = CountingClient(HTTPResponse(statusCode: 200, body: body))
    let services = services(client)
    try withCall { call in
      var desk = HTTPDesk()
      for count in [3, 4] { _ = try serve(&desk, .httpBody, piece(count), services, call).get() }
      var reader = WireReader(try serve(&desk, .httpSend, Self.head, services, call).get())
      let (head, count) = try reader.response()
      #expect(head.statusCode == 200 && count == body.count)
      #expect(client.requests.current.map(\.body) == [[UInt8](repeating: 1, count: 7)])
      var taken: [UInt8] = []
      while taken.count < count { taken += try serve(&desk, .httpTake, [], services, call).get() }
      #expect(taken == body)
      #expect(throws: Failure.self) { try self.serve(&desk, .httpTake, [], services, call).get() }
    }
  }

  /// Every beginning of a request, every byte of it changed, and numbers that no frame holds.
  @Test func whatIsNoRequestIsNotSentAndCostsNothing() {
    let client = CountingClient()
    let services = services(client)
    var desk = HTTPDesk()
    withCall { call in
      for count in 0..<Self.head.count {
        let end = serve(&desk, .httpSend, Array(Self.head[..<count]), services, call)
        #expect(throws: Failure.self) { try end.get() }
      }
      for tail in [[0], [UInt8](repeating: 0xFF, count: 9)] {
        #expect(throws: Failure.self) { try serve(&desk, .httpSend, Self.head + tail, services, call).get() }
      }
      #expect(client.requests.current.isEmpty)
      for place in Self.head.indices {
        for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
          var bytes = Self.head
          bytes[place] = value
          _ = serve(&desk, .httpSend, bytes, services, call)
        }
      }
      for frame in [[], [255, 255, 255, 255], [255, 255, 255, 127, 1]] as [[UInt8]] {
        #expect(throws: Failure.self) { try serve(&desk, .httpBody, frame, services, call).get() }
      }
    }
    // What was sent all the same was a request that could be sent, to where it may be.
    for request in client.requests.current {
      let address = try? HTTPAddress(url: request.url)
      #expect(address.map { HTTPHosts(["a.example.com"]).allow($0) } == true, "\(request.url)")
      #expect(HTTPSyntax.isToken(request.method) && request.headers.allSatisfy { HTTPSyntax.isToken($0.name) })
      #expect(request.bodyLimit <= AskedRequest.answerLimit)
    }
  }

  @Test func aBodyThatIsTooLongIsRefusedAndForgotten() throws {
    let client = CountingClient()
    let services = services(client)
    try withCall { call in
      var desk = HTTPDesk()
      let megabyte = piece(1 << 20)
      for _ in 0..<64 { _ = try serve(&desk, .httpBody, megabyte, services, call).get() }
      #expect(throws: Failure.self) { try self.serve(&desk, .httpBody, piece(1), services, call).get() }
      _ = try serve(&desk, .httpSend, Self.head, services, call).get()
      #expect(client.requests.current.map(\.body) == [[]])
    }
  }

  @Test func outsideOfACallNothingIsSent() {
    let client = CountingClient()
    var desk = HTTPDesk()
    let end = serve(&desk, .httpSend, Self.head, services(client), nil)
    #expect(throws: Failure.self) { try end.get() }
    #expect(client.requests.current.isEmpty)
  }
}
