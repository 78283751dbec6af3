import HostModel
@testable import HostPluginCalls
import Testing

/// Fails as it is told, after some time.
private struct FailingClient: HTTPClient {
  let failure: HTTPFailure
  let clock: ManualClock
  let delay: Duration
  let limits = Shared<[Duration]>([])

  func send(
    _ request: HTTPRequest, within limit: Duration, isCancelled: @escaping () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse {
    limits.change { $0.append(limit) }
    clock.advance(by: delay)
    throw failure
  }
}

/// What a failure of the client comes to, by whose time was up.
@Suite struct HTTPAccessTests {
  struct Case: Sendable {
    var seen: Status
    /// Of the request; nil for none.
    var timeout: Duration?
    var delay: Duration
    var limit: Duration
    var told: Status
  }

  @Test(arguments: [
    // The client may see the end of the call's time a moment before the clock does.
    Case(seen: .timeout, delay: .seconds(10) - .nanoseconds(1), limit: .seconds(10), told: .deadlineExceeded),
    Case(seen: .timeout, timeout: .seconds(20), delay: .seconds(10), limit: .seconds(10), told: .deadlineExceeded),
    Case(seen: .timeout, timeout: .seconds(3), delay: .seconds(3), limit: .seconds(3), told: .timeout),
    Case(seen: .cancelled, delay: .seconds(2), limit: .seconds(10), told: .cancelled),
    Case(seen: .cancelled, delay: .seconds(10), limit: .seconds(10), told: .deadlineExceeded),
    Case(seen: .transient, delay: .seconds(2), limit: .seconds(10), told: .transient),
    Case(seen: .fatal, delay: .seconds(2), limit: .seconds(10), told: .unsupported),
  ])
  func aFailureIsToldByWhoseTimeWasUp(item: Case) throws {
    let clock = ManualClock()
    let client = FailingClient(failure: HTTPFailure(item.seen, "why"), clock: clock, delay: item.delay)
    let access = HTTPAccess(plugin: "p", hosts: HTTPHosts(["a.example.com"]), client: client, clock: clock)
    let request = AskedRequest(
      method: "GET", url: "https://a.example.com/?hunter2", headers: [], body: [], mostBytes: 0,
      timeout: item.timeout?.wholeNanoseconds ?? 0)
    let call = PresentCall(deadline: clock.now().advanced(by: .seconds(10)), isCancelled: { false })
    let failure = try #require(throws: Failure.self) { _ = try access.send(request, during: call) }
    #expect(failure.status == item.told, "\(failure)")
    #expect(failure.message.hasPrefix("a.example.com:443: ") && !failure.message.contains("hunter2"))
    #expect(client.limits.current == [item.limit])
  }

  @Test func whoseTimeIsUpAlreadyAsksNobody() throws {
    let clock = ManualClock()
    let client = FailingClient(failure: HTTPFailure(.fatal, "why"), clock: clock, delay: .zero)
    let access = HTTPAccess(plugin: "p", hosts: HTTPHosts(["a.example.com"]), client: client, clock: clock)
    let request = AskedRequest(
      method: "GET", url: "https://a.example.com/", headers: [], body: [], mostBytes: 0, timeout: 0)
    let call = PresentCall(deadline: clock.now(), isCancelled: { false })
    let failure = try #require(throws: Failure.self) { _ = try access.send(request, during: call) }
    #expect(failure.status == .deadlineExceeded && client.limits.current.isEmpty)
  }
}
