import HostFormats
import HostGate
import HostHTTP
import HostModel
import HostNotifications
import HostPolicy
import TestSupport
import Testing

@Suite struct WebhookTests {
  /// Sends one notification and returns what the receiver got by the given second.
  ///
  /// - Parameter count: of requests that are waited for: one that hangs may see them after their sender has given them up.
  private func send(
    to receiver: HTTPReceiver, timeout: Duration = .seconds(50), until second: Int64 = 5, awaiting count: Int = 0
  ) throws -> (requests: [HTTPReceiver.Request], counts: NotifierCounts.Target, seen: NotifierWorld.Seen) {
    let target = try webhook(receiver, timeout: timeout)
    return try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db", body: "no connection"))
      world.advance(to: second)
      for _ in 0..<count where !receiver.awaitRequest() { break }
      return (receiver.requests, world.counts(), world.seen)
    }
  }

  private func retries(_ seen: NotifierWorld.Seen) -> [Duration] {
    seen.allEvents.compactMap {
      if case .dependency(_, .retry(_, let delay, _)) = $0.kind { delay } else { nil }
    }
  }

  @Test func notificationArrivesAsJSONWithAnIdempotencyKey() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let target = try webhook(
      "http://127.0.0.1:\(receiver.port)/hook?room=ops",
      headers: [WebhookHeader("Authorization", "Bearer s3cret"), WebhookHeader("X-Empty", "")])
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db", body: "no connection"))
      world.advance(to: 1)
      #expect(world.counts().delivered == 1 && world.counts().waiting == 0 && world.counts().failed == 0)
    }
    let request = try #require(receiver.requests.first)
    #expect(receiver.requests.count == 1 && request.method == "POST" && request.target == "/hook?room=ops")
    #expect(request.headers["content-type"] == "application/json; charset=utf-8")
    #expect(request.headers["idempotency-key"] == "run-7-ops-1")
    #expect(request.headers["authorization"] == "Bearer s3cret" && request.headers["x-empty"] == "")
    #expect(request.headers["expect"] == nil)
    #expect(
      request.json?.text() == """
        {"version":1,"id":"run-7-ops-1","kind":"notification","text":"db is open: no connection","key":"db",\
        "state":"open","severity":"warning","title":"db is open","body":"no connection","details":{},\
        "time":"2026-01-01T00:00:00Z","repeats":0}
        """)
  }

  @Test(arguments: [408, 429, 500, 502, 503, 504]) func answerThatPassesIsTriedAgainWithTheSameKey(_ code: Int) throws {
    let receiver = try HTTPReceiver([.status(code), .status(code)])
    defer { receiver.stop() }
    let (requests, counts, seen) = try send(to: receiver)
    #expect(requests.count == 3 && counts.delivered == 1 && counts.failed == 0)
    #expect(Set(requests.map { $0.headers["idempotency-key"] }) == ["run-7-ops-1"])
    #expect(Set(requests.map(\.body)).count == 1)
    #expect(retries(seen).count == 2)
  }

  @Test(arguments: [301, 302, 307, 400, 401, 403, 404, 410, 413, 501, 505])
  func answerThatStaysIsNotTriedAgainAtOnce(_ code: Int) throws {
    let elsewhere = try HTTPReceiver()
    defer { elsewhere.stop() }
    let location = ["Location": "http://127.0.0.1:\(elsewhere.port)/elsewhere"]
    let receiver = try HTTPReceiver([.status(code, headers: location)])
    defer { receiver.stop() }
    let (requests, counts, seen) = try send(to: receiver)
    #expect(requests.count == 1 && counts.failed == 1 && counts.waiting == 1 && retries(seen).isEmpty)
    #expect(elsewhere.requests.isEmpty)
    #expect(seen.allFailures.first?.explanation.contains("it answered \(code)") == true)
  }

  @Test func throttledReceiverIsLeftAloneForTheSecondsThatItNames() throws {
    let receiver = try HTTPReceiver([.status(429, headers: ["Retry-After": " 20 "])])
    defer { receiver.stop() }
    let (requests, counts, seen) = try send(to: receiver, until: 21)
    #expect(retries(seen) == [.seconds(20)])
    #expect(requests.count == 2 && counts.delivered == 1)
  }

  @Test func throttledReceiverIsLeftAloneUntilTheDateThatItNames() throws {
    let receiver = try HTTPReceiver([.status(503, headers: ["retry-after": "Thu, 01 Jan 2026 00:00:25 GMT"])])
    defer { receiver.stop() }
    let (requests, counts, seen) = try send(to: receiver, until: 26)
    #expect(retries(seen) == [.seconds(25)])
    #expect(requests.count == 2 && counts.delivered == 1)
  }

  @Test func pauseThatIsTooLongForOneDeliveryIsTheLedgersToKeep() throws {
    let receiver = try HTTPReceiver([.status(429, headers: ["Retry-After": "3600"])])
    defer { receiver.stop() }
    let target = try webhook(receiver)
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db"))
      world.advance(to: 100)
      world.notifier.notify(notification("queue"))
      world.advance(to: 3599)
      #expect(receiver.requests.count == 1)
      world.advance(to: 3601)
      #expect(receiver.requests.count == 2 && world.counts().waiting == 0)
    }
    let summary = try #require(receiver.requests.last?.json)
    #expect(summary["kind"] == "summary" && summary["count"] == 2 && summary["undelivered"] == 1)
    #expect(summary["title"] == "2 notifications, of which 1 could not be delivered before")
    #expect(summary["notifications"]?.arrayValue?.compactMap { $0["key"]?.stringValue } == ["db", "queue"])
  }

  private static let failures: [(HTTPReceiver.Reply, Status, attempts: Int)] = [
    (.hang, .timeout, 3), (.close, .transient, 3), (.cutShort, .truncated, 3),
    (.garbage("SSH-2.0-OpenSSH_9.2\r\n"), .fatal, 1), (.garbage("HTTP/1.1 what is this\r\n\r\n"), .fatal, 1),
    (.garbage("HTTP/1.1 200 OK\r\n" + String(repeating: "x: y\r\n", count: 100_000)), .fatal, 1),
  ]

  @Test(arguments: failures.indices) func receiverThatDoesNotAnswerAsItShouldHasFailed(_ index: Int) throws {
    let (reply, status, attempts) = Self.failures[index]
    let receiver = try HTTPReceiver(afterwards: reply)
    defer { receiver.stop() }
    // Only who hangs is given up: all others answer, however long that may take.
    let (requests, counts, seen) =
      if case .hang = reply { try send(to: receiver, timeout: .seconds(1), awaiting: attempts) } else {
        try send(to: receiver)
      }
    let failure = try #require(seen.allFailures.first)
    #expect(failure.status == status && failure.attempts == attempts, "\(failure)")
    #expect(requests.count == attempts && counts.failed == 1 && counts.waiting == 1)
  }

  @Test func bodyWithoutEndIsNotWaitedFor() throws {
    let receiver = try HTTPReceiver(afterwards: .endless)
    defer { receiver.stop() }
    let (requests, counts, _) = try send(to: receiver, timeout: .seconds(600))
    #expect(requests.count == 1 && counts.delivered == 1)
  }

  @Test func receiverThatIsNotThereIsTriedAgain() throws {
    let target = try webhook("http://127.0.0.1:\(try HTTPReceiver.unusedPort())/")
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db"))
      world.advance(to: 5)
      let failure = world.seen.allFailures.first
      #expect(failure?.status == .transient && failure?.attempts == 3)
      #expect(failure?.dependency == target.dependency)
    }
  }

  @Test func certificateThatNobodyTrustsEndsTheDelivery() throws {
    let server = try UntrustedServer()
    defer { server.stop() }
    let target = try webhook("https://127.0.0.1:\(server.port)/")
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db"))
      world.advance(to: 5)
      let failure = try #require(world.seen.allFailures.first)
      #expect(failure.status == .unauthenticated && failure.attempts == 1 && failure.explanation.contains("[curl 60]"))
    }
  }

  @Test func receiverWithoutTLSIsAFailedConnectionForHTTPS() throws {
    let receiver = try HTTPReceiver(afterwards: .status(200))
    defer { receiver.stop() }
    let target = try webhook("https://127.0.0.1:\(receiver.port)/", timeout: .milliseconds(500))
    try NotifierWorld.run([target]) { world in
      world.notifier.notify(notification("db"))
      world.advance(to: 5)
      let failure = try #require(world.seen.allFailures.first)
      #expect(failure.status == .transient || failure.status == .timeout)
      #expect(failure.attempts == 3 && world.counts().delivered == 0)
    }
  }
}

@Suite struct RetryAfterTests {
  private static let now = WallTime(microseconds: 1_767_225_600_000_000)

  @Test(
    arguments: [
      ("0", 0), ("120", 120), (" 7 ", 7), ("99999999999999999999", 366 * 86_400),
      ("Thu, 01 Jan 2026 00:02:00 GMT", 120), ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
      ("Thu Jan  1 00:02:00 2026", 120),
      ("Wed, 31 Dec 2025 23:59:59 GMT", 0), ("Fri, 01 Jan 2100 00:00:00 GMT", 366 * 86_400),
      ("", nil), ("soon", nil), ("-5", nil), ("1.5", nil), ("20261127", 20_261_127), ("12 parsecs", nil),
    ] as [(String, Int64?)])
  func secondsAndDates(_ text: String, _ seconds: Int64?) {
    let told = RetryAfter.duration(text, now: Self.now)
    #expect(told == seconds.map { .seconds($0) }, "\(text)")
  }
}
