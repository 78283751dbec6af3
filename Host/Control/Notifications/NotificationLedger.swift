package import HostModel

/// Decides what one target is told, and when: a machine that reads no clock and sends nothing.
///
/// 1. The same key in the same state is a repeat, unless `repeatAfter` has passed since it was taken. Repeats are counted,
///    and the next message tells how many there were.
/// 2. Anything else is a message of its own, as long as fewer than `burst` messages were issued within `interval`.
///    Beyond that notifications are folded into one summary, which is issued as soon as the interval allows.
/// 3. A message that did not arrive becomes part of a summary. It goes with the next notification, or alone after a pause
///    that doubles with each failure, from `interval` up to an hour; a receiver that names a pause gets at least that.
///
/// So each notification is in a message that arrived, counted in one as a repeat, or still here. What is kept is bounded:
/// `maxKeys` keys, of which the one goes that was raised longest ago (its next notification then counts as new), and one
/// summary.
package struct NotificationLedger: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// When the same state is told again. Zero never tells it again.
    package var repeatAfter: Duration = .seconds(4 * 3600)
    /// Messages within `interval`, summaries included. 1 makes a summary of all that follows within the interval.
    package var burst = 20
    package var interval: Duration = .seconds(60)
    /// Keys whose state is remembered.
    package var maxKeys = 1000

    package init() {}
  }

  /// The longest pause after a message that did not arrive, unless the receiver wants a longer one.
  package static let maxPause: Duration = .seconds(3600)
  /// A receiver's own pause is not believed beyond this.
  package static let maxRetryAfter: Duration = .seconds(86_400)

  private struct Taken: Sendable {
    var state: String
    /// When it was taken to be told, not when it was last repeated.
    var at: Instant
    /// The number of the last notification of the key.
    var lastRaised: UInt64
  }

  package let configuration: Configuration
  private var taken: [String: Taken] = [:]
  private var raisedCount: UInt64 = 0
  private var messageCount: UInt64 = 0
  /// When the last messages were issued, oldest first; `burst` at most.
  private var issued: [Instant] = []
  private var pending: NotificationSummary?
  private var failures = 0
  /// After a failure: when the summary goes if nothing else happens.
  private var retryAt: Instant?
  /// The receiver's own wish: nothing goes before.
  private var notBefore: Instant?
  /// Suppressed and not told yet.
  package private(set) var repeats = 0

  package init(_ configuration: Configuration = .init()) { self.configuration = configuration }

  /// Notifications that wait in the summary.
  package var pendingCount: Int { pending?.count ?? 0 }

  package var keyCount: Int { taken.count }

  /// When `timePassed` will have a message; nil while nothing waits.
  package var nextDue: Instant? {
    guard pending != nil else { return nil }
    return [earliest, retryAt].compactMap { $0 }.max() ?? Instant(nanoseconds: .min)
  }

  /// Something is to be told.
  /// - Returns: the message to send now, or nil if it was suppressed or waits.
  package mutating func raised(_ notification: OperatorNotification, at now: Instant) -> NotificationMessage? {
    raisedCount += 1
    if isRepeat(notification, at: now) {
      repeats += 1
      return nil
    }
    remember(notification, at: now)
    if pending == nil, isAllowed(at: now) { return issue(.single(notification), at: now) }
    pending = pending ?? NotificationSummary()
    pending?.add(notification)
    return isAllowed(at: now) ? issuePending(at: now) : nil
  }

  /// So many notifications were lost on their way here.
  package mutating func dropped(_ count: Int) {
    guard count > 0 else { return }
    pending = pending ?? NotificationSummary()
    pending?.addDropped(count)
  }

  /// - Returns: the summary, if it is time for it.
  package mutating func timePassed(to now: Instant) -> NotificationMessage? {
    guard let nextDue, now >= nextDue else { return nil }
    return issuePending(at: now)
  }

  /// The host ends: whatever waits goes now.
  package mutating func closing(at now: Instant) -> NotificationMessage? { issuePending(at: now) }

  package mutating func delivered(_ message: NotificationMessage) {
    failures = 0
    retryAt = nil
    notBefore = nil
  }

  /// A message did not arrive: what it told is told later.
  /// - Parameter retryAfter: how long the receiver wants to be left alone.
  package mutating func deliveryFailed(_ message: NotificationMessage, retryAfter: Duration?, at now: Instant) {
    var summary = NotificationSummary(undelivered: message)
    if let pending { summary.append(pending) }
    pending = summary
    repeats += message.repeats
    failures += 1
    retryAt = now.advanced(by: pause)
    notBefore = retryAfter.map { now.advanced(by: min(max($0, .zero), Self.maxRetryAfter)) }
  }

  private var pause: Duration {
    let doubled = configuration.interval * (1 << min(max(0, failures - 1), 12))
    return min(doubled, max(Self.maxPause, configuration.interval))
  }

  /// Before which no message may go; nil if one may go at any time.
  private var earliest: Instant? {
    let free = issued.count < configuration.burst ? nil : issued.first?.advanced(by: configuration.interval)
    return [free, notBefore].compactMap { $0 }.max()
  }

  private func isAllowed(at now: Instant) -> Bool { earliest.map { now >= $0 } ?? true }

  private mutating func issuePending(at now: Instant) -> NotificationMessage? {
    guard let summary = pending else { return nil }
    pending = nil
    return issue(.summary(summary), at: now)
  }

  private mutating func issue(_ content: NotificationMessage.Content, at now: Instant) -> NotificationMessage {
    messageCount += 1
    issued.append(now)
    if issued.count > configuration.burst { issued.removeFirst() }
    defer { repeats = 0 }
    return NotificationMessage(number: messageCount, content: content, repeats: repeats)
  }
}

extension NotificationLedger {
  private mutating func isRepeat(_ notification: OperatorNotification, at now: Instant) -> Bool {
    guard let known = taken[notification.key], known.state == notification.state else { return false }
    if configuration.repeatAfter > .zero, now >= known.at.advanced(by: configuration.repeatAfter) { return false }
    taken[notification.key]?.lastRaised = raisedCount
    return true
  }

  private mutating func remember(_ notification: OperatorNotification, at now: Instant) {
    taken[notification.key] = Taken(state: notification.state, at: now, lastRaised: raisedCount)
    guard taken.count > configuration.maxKeys else { return }
    if let oldest = taken.min(by: { $0.value.lastRaised < $1.value.lastRaised }) { taken[oldest.key] = nil }
  }
}
