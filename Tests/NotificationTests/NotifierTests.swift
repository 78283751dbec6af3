import Foundation
import HostFormats
import HostGate
import HostModel
import HostNotifications
import HostPolicy
import HostSystem
import Synchronization
import TestSupport
import Testing

@Suite struct NotifierTests {
  @Test func storageOfRepeatsAndBurstsIsTheTargetsOwn() throws {
    let quick = try HTTPReceiver()
    let slow = try HTTPReceiver()
    defer { quick.stop(); slow.stop() }
    var first = try webhook(quick) { $0.repeatAfter = .seconds(10) }
    first = NotificationTarget("first", first.destination, timeout: first.timeout, ledger: first.ledger)
    let second = try webhook(slow) { $0.burst = 1 }
    try NotifierWorld.run([first, second]) { world in
      for second in [1, 2, 12] as [Int64] {
        world.advance(to: second)
        world.notifier.notify(notification("db"))
      }
      world.notifier.notify(notification("queue"))
      world.advance(to: 100)
      #expect(world.counts("first").delivered == 3 && world.counts("first").repeated == 1)
      #expect(world.counts("ops").delivered == 2 && world.counts("ops").repeated == 2)
      #expect(world.notifier.counts.accepted == 4)
    }
    #expect(quick.requests.compactMap { $0.json?["repeats"]?.integerValue } == [0, 1, 0])
    #expect(slow.requests.compactMap { $0.json?["kind"]?.stringValue } == ["notification", "summary"])
    #expect(slow.requests.last?.json?["repeats"] == 2)
  }

  @Test func stormBecomesTwentyMessagesAndOneSummary() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let target = try webhook(receiver)
    try NotifierWorld.run([target]) { world in
      for number in 0..<300 { world.notifier.notify(notification("key \(number)")) }
      world.advance(to: 61)
      #expect(world.counts().delivered == 300 && world.counts().messages == 21)
    }
    let summary = try #require(receiver.requests.last?.json)
    #expect(receiver.requests.count == 21 && summary["count"] == 280 && summary["unlisted"] == 230)
    #expect(summary["notifications"]?.arrayValue?.count == 50)
  }

  @Test func breakerOfAReceiverOpensAndWhatWasNotDeliveredIsToldAfterwards() throws {
    let receiver = try HTTPReceiver(afterwards: .status(500))
    defer { receiver.stop() }
    let target = try webhook(receiver)
    try NotifierWorld.run([target]) { world in
      for number in 0..<10 { world.notifier.notify(notification("key \(number)")) }
      world.advance(to: 5)
      // Five failures open it: the three attempts of the first delivery, and two of the second.
      let breaker = world.gate.dependencies.first { $0.key == target.dependency }
      #expect(receiver.requests.count == 5 && breaker?.metrics().breaker == .open)
      #expect(world.counts().waiting == 10 && world.counts().delivered == 0)
      #expect(world.seen.allFailures.contains { $0.explanation.contains("breaker_open") })
      receiver.answer(.status(200))
      world.notifier.notify(notification("later"))
      world.advance(to: 10)
      #expect(receiver.requests.count == 5)
      world.advance(to: 7200)
      #expect(world.counts().waiting == 0 && world.counts().delivered == 11)
      world.notifier.notify(notification("fresh"))
      world.advance(to: 7201)
    }
    let messages = receiver.requests.dropFirst(5).compactMap(\.json)
    #expect(messages.compactMap { $0["kind"]?.stringValue } == ["summary", "notification"])
    #expect(messages.first?["count"] == 11 && messages.first?["undelivered"] == 11)
    // The breaker of the receiver itself was told to nobody.
    #expect(!receiver.requests.contains { String(decoding: $0.body, as: UTF8.self).contains("notify@") })
  }

  @Test func eventsOfTheGateAreToldExceptThoseAboutNotifications() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let target = try webhook(receiver)
    let own = notification("breaker/\(target.dependency)")
    try NotifierWorld.run([target]) { world in
      let dependency = world.gate.dependency(DependencyKey(plugin: "postgres", endpoint: "db:5432"))
      let site = CallSite(
        dependency, operation: .dbQuery, feature: .dataIngestion, variant: .full, isIdempotent: false,
        origin: CallOrigin(tenant: Tenant("acme"), sourceID: SourceID(7), pipeline: "orders"),
        pipeline: world.gate.platform)
      for _ in 0..<6 { _ = site.perform(deadline: .distantFuture) { _ in CallOutcome(.transient) } }
      world.gate.report(.emergency, of: world.gate.platform, cause: .criticalFailure)
      world.notifier.notify(own)
      world.advance(to: 1)
      #expect(world.notifier.counts.ignored == 1)
      // In an emergency people are told all the same, and a failed probe is no news.
      world.advance(to: 31)
      world.gate.report(.normal, of: world.gate.platform, cause: .recovered)
      _ = site.perform(deadline: .distantFuture) { _ in CallOutcome(.transient) }
      world.advance(to: 62)
      for _ in 0..<3 { _ = site.perform(deadline: .distantFuture) { _ in .ok } }
      world.advance(to: 63)
    }
    let told = receiver.requests.compactMap(\.json).map {
      "\($0["severity"]?.stringValue ?? "") \($0["key"]?.stringValue ?? "") \($0["state"]?.stringValue ?? "")"
    }
    #expect(
      told == [
        "warning breaker/postgres@db:5432 open", "critical level/platform emergency", "info level/platform normal",
        "info breaker/postgres@db:5432 closed",
      ])
    let first = try #require(receiver.requests.first?.json)
    #expect(first["title"] == "circuit breaker of postgres@db:5432: open")
    #expect(first["body"] == "5 failures within its window. It is tried again in 30 s.")
    #expect(first["details"]?["pipeline"] == "orders" && first["details"]?["tenant"] == "acme")
    #expect(first["details"]?["cause"] == "failure_threshold")
  }

  @Test func receiverThatHangsHoldsNobodyUpAndWhatIsTooMuchIsCounted() throws {
    let receiver = try HTTPReceiver(afterwards: .hang)
    let clock = SystemClock()
    let gate = Gate(clock: clock, waiter: ThreadWaiter(clock: clock), seed: 1)
    var environment = NotifierEnvironment(
      gate: gate, lanes: SystemLanes(), clock: clock, spawner: SystemSpawner(), runID: "run")
    environment.inboxLimit = 100
    let notifier = try Notifier([try webhook(receiver, timeout: .seconds(600))], environment)
    notifier.notify(notification("first"))
    // From now on the lane is in the hands of the receiver.
    #expect(receiver.awaitRequest())
    for number in 0..<500 { notifier.notify(notification("key \(number)")) }
    #expect(notifier.counts.accepted == 101 && notifier.counts.dropped == 400)
    let last = notifier.close(within: .milliseconds(10))
    #expect(last.targets["ops"]?.waiting == 101 && last.targets["ops"]?.delivered == 0)
    notifier.notify(notification("too late"))
    #expect(notifier.counts.dropped == 401)
    receiver.stop()
  }

  @Test func droppedNotificationsAreCountedInASummary() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let target = try webhook(receiver)
    // The seeds decide when the lane looks, so how many fit differs; the numbers have to agree every time.
    try SimulationSeeds.forEach(20) { seed in
      let before = receiver.requests.count
      let counts = try NotifierWorld.run([target], seed: seed, inboxLimit: 2) { world in
        for number in 0..<12 { world.notifier.notify(notification("key \(number)")) }
        world.advance(to: 100)
        return world.notifier.counts
      }
      let told = receiver.requests.dropFirst(before).compactMap { $0.json?["dropped"]?.integerValue }.reduce(0, +)
      #expect(counts.accepted + counts.dropped == 12 && told == Int64(counts.dropped), "seed \(seed)")
      #expect(counts.targets["ops"]?.delivered == counts.accepted, "seed \(seed)")
    }
  }

  @Test func closingSendsWhatWaits() throws {
    let receiver = try HTTPReceiver()
    defer { receiver.stop() }
    let target = try webhook(receiver) { $0.burst = 1 }
    try SimulationSeeds.forEach(20) { seed in
      let counts = try NotifierWorld.run([target], seed: seed) { world in
        for number in 0..<5 { world.notifier.notify(notification("key \(number)")) }
        return world.notifier.close(within: .seconds(30))
      }
      #expect(counts.targets["ops"]?.delivered == 5 && counts.targets["ops"]?.waiting == 0, "seed \(seed)")
    }
  }

  @Test func closingTellsWhatCouldNotBeSent() throws {
    let target = try webhook("http://127.0.0.1:\(try HTTPReceiver.unusedPort())/")
    let counts = try NotifierWorld.run([target]) { world in
      for number in 0..<5 { world.notifier.notify(notification("key \(number)")) }
      return world.notifier.close(within: .seconds(30))
    }
    #expect(counts.accepted == 5 && counts.targets["ops"]?.waiting == 5)
  }

  @Test func closingEndsACommandThatHangs() throws {
    let clock = SystemClock()
    let gate = Gate(clock: clock, waiter: ThreadWaiter(clock: clock), seed: 1)
    let ended = Ended()
    var environment = NotifierEnvironment(
      gate: gate, lanes: SystemLanes(), clock: clock, spawner: SystemSpawner(), runID: "run")
    environment.report = { ended.add($0) }
    let begun = FileManager.default.temporaryDirectory.appendingPathComponent("headrace-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: begun) }
    let notifier = try Notifier([shell(">\(begun); sleep 600", timeout: .seconds(600))], environment)
    notifier.notify(notification("db"))
    for _ in 0..<6000 where !FileManager.default.fileExists(atPath: begun) { usleep(10_000) }
    try #require(FileManager.default.fileExists(atPath: begun))
    notifier.close(within: .milliseconds(10))
    // Without the cancellation this would be after ten minutes.
    #expect(ended.wait()?.status == .cancelled)
  }

  @Test func noSecretIsInAnyTextThatLeavesTheNotifier() throws {
    let secrets = ["us3rname", "passw0rd", "p4th", "qu3ry", "h3ader", "fr4gment", "arg0ment"]
    let echo = secrets.joined(separator: " ")
    let replies: [HTTPReceiver.Reply] = [
      .status(500, body: echo), .status(302, headers: ["Location": "http://x/\(echo)"]), .status(401, body: echo),
      .garbage(echo), .cutShort, .close, .hang, .status(204),
    ]
    for reply in replies {
      let receiver = try HTTPReceiver(afterwards: reply)
      defer { receiver.stop() }
      // Only who hangs is given up.
      let patience: Duration = if case .hang = reply { .milliseconds(200) } else { .seconds(50) }
      let target = try webhook(
        "http://us3rname:passw0rd@127.0.0.1:\(receiver.port)/p4th?token=qu3ry#fr4gment",
        headers: [WebhookHeader("X-Key", "h3ader")], timeout: patience)
      let text = try texts([target])
      try #require(receiver.awaitRequest())
      #expect(receiver.requests[0].headers["x-key"] == "h3ader")
      for secret in secrets { #expect(!text.contains(secret), "\(secret) after \(reply): \(text)") }
    }
    let command = NotificationTarget(
      "ops", .command(executable: "/bin/sh", arguments: ["-c", "echo $0 >&2; exit 4", "arg0ment"]))
    #expect(try !texts([command]).contains("arg0ment"))
  }

  /// All that became known of a notification that was sent, or was not.
  private func texts(_ targets: [NotificationTarget]) throws -> String {
    try NotifierWorld.run(targets) { world in
      for number in 0..<4 { world.notifier.notify(notification("key \(number)")) }
      world.advance(to: 100)
      let failures = world.seen.allFailures.map { "\($0) \(String(reflecting: $0))" }
      let metrics = world.gate.dependencies.map { "\($0.metrics())" }
      return (failures + metrics + targets.map { "\($0) \(String(reflecting: $0))" }).joined(separator: "\n")
        + "\(world.seen.allEvents) \(world.notifier.counts)"
    }
  }
}

/// Waits for one failed delivery.
private final class Ended: Sendable {
  private let monitor = SystemLanes().makeMonitor()
  private let first = Mutex<FailedDelivery?>(nil)

  func add(_ failure: FailedDelivery) {
    monitor.withLock {
      first.withLock { $0 = $0 ?? failure }
      monitor.signalAll()
    }
  }

  /// - Returns: nil if there is none in a minute.
  func wait() -> FailedDelivery? {
    let deadline = SystemClock().now().advanced(by: .seconds(60))
    return monitor.withLock {
      while first.withLock({ $0 == nil }), SystemClock().now() < deadline { _ = monitor.wait(until: deadline) }
      return first.withLock { $0 }
    }
  }
}
