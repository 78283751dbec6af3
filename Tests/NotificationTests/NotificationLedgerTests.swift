import HostModel
import HostNotifications
import TestSupport
import Testing

func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

func notification(
  _ key: String, _ state: String = "open", _ severity: NotificationSeverity = .warning, body: String = ""
) -> OperatorNotification {
  OperatorNotification(
    key: key, state: state, title: "\(key) is \(state)", body: body, severity: severity,
    time: WallTime(microseconds: 1_767_225_600_000_000))
}

func ledger(repeatAfter: Int64 = 100, burst: Int = 2, interval: Int64 = 10, maxKeys: Int = 1000) -> NotificationLedger {
  var configuration = NotificationLedger.Configuration()
  configuration.repeatAfter = .seconds(repeatAfter)
  configuration.burst = burst
  configuration.interval = .seconds(interval)
  configuration.maxKeys = maxKeys
  return NotificationLedger(configuration)
}

extension NotificationMessage {
  var single: OperatorNotification? {
    if case .single(let notification) = content { notification } else { nil }
  }

  var summary: NotificationSummary? {
    if case .summary(let summary) = content { summary } else { nil }
  }

  /// `db open +3` for one, `[db open x2, q closed] +3` for a summary; the number is that of the repeats.
  var shown: String {
    let text =
      switch content {
      case .single(let one): "\(one.key) \(one.state)"
      case .summary(let many):
        "["
          + many.entries.map {
            "\($0.notification.key) \($0.notification.state)" + ($0.count > 1 ? " x\($0.count)" : "")
          }.joined(separator: ", ") + "]" + (many.undelivered > 0 ? " undelivered \(many.undelivered)" : "")
          + (many.dropped > 0 ? " dropped \(many.dropped)" : "")
      }
    return repeats > 0 ? "\(text) +\(repeats)" : text
  }
}

@Suite struct NotificationLedgerTests {
  private enum Step: Sendable {
    /// Seconds, key and state, and what is sent then.
    case raise(Int64, String, String, String?)
    case time(Int64, String?)
    case dropped(Int)
    /// The last message did not arrive, at this second.
    case failed(Int64, retryAfter: Int64? = nil)
    case arrived
    case close(Int64, String?)
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var repeatAfter: Int64 = 100
    var burst = 2
    let steps: [Step]
  }

  private static let cases: [Case] = [
    Case(
      testDescription: "a repeat is told once repeat_after has passed, with the number of those between",
      steps: [
        .raise(0, "db", "open", "db open"), .raise(1, "db", "open", nil), .raise(99, "db", "open", nil),
        .raise(100, "db", "open", "db open +2"), .raise(199, "db", "open", nil),
        .raise(200, "db", "open", "db open +1"),
      ]),
    Case(
      testDescription: "zero never repeats", repeatAfter: 0,
      steps: [.raise(0, "db", "open", "db open"), .raise(1_000_000, "db", "open", nil)]),
    Case(
      testDescription: "a change of state is always told, and forgets the time of the old one",
      steps: [
        .raise(0, "db", "open", "db open"), .raise(1, "db", "closed", "db closed"),
        .raise(20, "db", "open", "db open"), .raise(119, "db", "open", nil), .raise(120, "db", "open", "db open +1"),
      ]),
    Case(
      testDescription: "beyond the burst all goes into one summary when the first of the burst is an interval old",
      steps: [
        .raise(0, "a", "open", "a open"), .raise(4, "b", "open", "b open"), .raise(5, "c", "open", nil),
        .raise(6, "d", "open", nil), .raise(7, "c", "closed", nil), .raise(8, "d", "open", nil), .time(9, nil),
        .time(10, "[c closed x2, d open] +1"), .raise(11, "e", "open", nil),
        .raise(14, "f", "open", "[e open, f open]"),
      ]),
    Case(
      testDescription: "a burst of one", burst: 1,
      steps: [
        .raise(0, "a", "open", "a open"), .raise(9, "b", "open", nil), .raise(10, "c", "open", "[b open, c open]"),
      ]),
    Case(
      testDescription: "what did not arrive goes with the next", burst: 5,
      steps: [
        .raise(0, "a", "open", "a open"), .failed(1), .raise(2, "a", "open", nil),
        .raise(3, "b", "open", "[a open, b open] undelivered 1 +1"), .failed(4),
        .raise(5, "a", "closed", "[a closed x2, b open] undelivered 2 +1"), .arrived, .raise(6, "c", "open", "c open"),
      ]),
    Case(
      testDescription: "what did not arrive goes alone after a pause that doubles, and starts anew after a success",
      burst: 5,
      steps: [
        .raise(0, "a", "open", "a open"), .failed(0), .time(9, nil), .time(10, "[a open] undelivered 1"), .failed(10),
        .time(29, nil), .time(30, "[a open] undelivered 1"), .failed(30), .time(69, nil),
        .time(70, "[a open] undelivered 1"), .arrived, .time(1000, nil), .raise(1000, "b", "open", "b open"),
        .failed(1000), .time(1010, "[b open] undelivered 1"),
      ]),
    Case(
      testDescription: "a receiver's own pause holds for everything", burst: 5,
      steps: [
        .raise(0, "a", "open", "a open"), .failed(0, retryAfter: 50), .raise(20, "b", "open", nil), .time(49, nil),
        .time(50, "[a open, b open] undelivered 1"),
      ]),
    Case(
      testDescription: "a receiver that wants years of silence gets a day", burst: 5,
      steps: [
        .raise(0, "a", "open", "a open"), .failed(0, retryAfter: 1_000_000_000), .time(86_399, nil),
        .time(86_400, "[a open] undelivered 1"),
      ]),
    Case(
      testDescription: "what was dropped is told by itself",
      steps: [.dropped(3), .time(0, "[] dropped 3"), .dropped(0), .time(1, nil)]),
    Case(
      testDescription: "what did not arrive comes before what was raised meanwhile", burst: 1,
      steps: [
        .raise(0, "a", "open", "a open"), .raise(1, "b", "open", nil), .raise(1, "b", "open", nil), .dropped(1),
        .failed(2), .time(11, nil), .time(12, "[a open, b open] undelivered 1 dropped 1 +1"),
      ]),
    Case(
      testDescription: "the end does not wait for the interval", burst: 1,
      steps: [.raise(0, "a", "open", "a open"), .raise(1, "b", "open", nil), .close(1, "[b open]"), .close(1, nil)]),
  ]

  @Test(arguments: cases) private func stepsGiveTheseMessages(_ known: Case) {
    var ledger = ledger(repeatAfter: known.repeatAfter, burst: known.burst)
    var last: NotificationMessage?
    for (index, step) in known.steps.enumerated() {
      func check(_ message: NotificationMessage?, _ expected: String?) {
        #expect(message?.shown == expected, "step \(index): \(step)")
        last = message ?? last
      }
      switch step {
      case .raise(let second, let key, let state, let expected):
        check(ledger.raised(notification(key, state), at: at(second)), expected)
      case .time(let second, let expected): check(ledger.timePassed(to: at(second)), expected)
      case .dropped(let count): ledger.dropped(count)
      case .failed(let second, let pause):
        if let last { ledger.deliveryFailed(last, retryAfter: pause.map { .seconds($0) }, at: at(second)) }
      case .arrived: if let last { ledger.delivered(last) }
      case .close(let second, let expected): check(ledger.closing(at: at(second)), expected)
      }
    }
  }

  @Test func keyRaisedLongestAgoIsForgottenAndThenNew() {
    var ledger = ledger(burst: 1000, maxKeys: 3)
    for key in ["a", "b", "c"] { _ = ledger.raised(notification(key), at: at(0)) }
    // A repeat makes `a` young again, so `b` is the oldest.
    #expect(ledger.raised(notification("a"), at: at(1)) == nil)
    #expect(ledger.raised(notification("d"), at: at(2))?.shown == "d open +1")
    #expect(ledger.keyCount == 3)
    #expect(ledger.raised(notification("a"), at: at(3)) == nil)
    #expect(ledger.raised(notification("b"), at: at(4))?.shown == "b open +1")
  }

  @Test func byDefaultTwentyOfThousandAreMessagesAndTheKeysAreBounded() throws {
    var ledger = NotificationLedger()
    let sent = (0..<5000).compactMap { ledger.raised(notification("key \($0)"), at: at(0)) }
    #expect(sent.count == 20 && ledger.keyCount == 1000)
    #expect(ledger.timePassed(to: at(59)) == nil)
    let summary = try #require(ledger.timePassed(to: at(60))?.summary)
    #expect(summary.count == 4980 && summary.entries.count == 50 && summary.unlisted == 4930)
  }

  @Test func fullSummaryKeepsTheSevere() throws {
    var summary = NotificationSummary()
    for number in 0..<50 { summary.add(notification("warning \(number)", "open", .warning)) }
    summary.add(notification("late info", "open", .info))
    #expect(summary.entries.count == 50 && summary.unlisted == 1)
    #expect(!summary.entries.contains { $0.notification.key == "late info" })
    summary.add(notification("emergency", "open", .critical))
    #expect(summary.entries.last?.notification.key == "emergency" && summary.unlisted == 2)
    // What began it stays.
    #expect(summary.entries.first?.notification.key == "warning 0")
    #expect(summary.severity == .critical && summary.count == 52)
  }

  @Test func longTextsAreCutToWholeCharacters() {
    let long = OperatorNotification(
      key: String(repeating: "k", count: 600), state: "open", title: String(repeating: "\u{E9}", count: 1000),
      body: String(repeating: "b", count: 4096), severity: .info,
      details: Dictionary(uniqueKeysWithValues: (0..<100).map { ("name \($0)", String(repeating: "x", count: 2000)) }),
      time: WallTime(microseconds: 0))
    #expect(long.key.utf8.count == OperatorNotification.keyLimit && long.key.hasSuffix("k..."))
    // 297 bytes are left beside the mark, and a character has two.
    #expect(long.title.utf8.count == 299 && long.title.hasSuffix("\u{E9}..."))
    #expect(long.body.utf8.count == 4096 && long.body.hasSuffix("b"))
    #expect(long.details.count == 32 && long.details.values.allSatisfy { $0.utf8.count == 1024 })
  }
}
