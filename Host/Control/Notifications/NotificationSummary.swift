/// Many notifications told together: by key the last one and how many there were.
package struct NotificationSummary: Sendable, Equatable {
  /// So many keys are listed. When there are more, the least severe are only counted.
  package static let limit = 50

  package struct Entry: Sendable, Equatable {
    /// The last one of its key.
    package fileprivate(set) var notification: OperatorNotification
    /// Notifications of this key, the last included.
    package fileprivate(set) var count: Int
  }

  /// In the order in which the keys came.
  package private(set) var entries: [Entry] = []
  /// Notifications whose key is not listed.
  package private(set) var unlisted = 0
  /// Of all that are counted here, those that a message was made of which did not arrive.
  package private(set) var undelivered = 0
  /// Notifications that were lost because the inbox was full. Nothing else is known of them.
  package private(set) var dropped = 0
  /// The highest of all that are counted.
  package private(set) var severity: NotificationSeverity = .info

  package init() {}

  /// What a message held that did not arrive.
  package init(undelivered message: NotificationMessage) {
    switch message.content {
    case .single(let notification): add(notification)
    case .summary(let summary): self = summary
    }
    undelivered = count
  }

  /// Notifications that are told here, those without a text included; the dropped ones come on top.
  package var count: Int { entries.reduce(unlisted) { $0 + $1.count } }

  package mutating func add(_ notification: OperatorNotification) { add(Entry(notification: notification, count: 1)) }

  package mutating func addDropped(_ count: Int) {
    dropped += count
    severity = max(severity, .warning)
  }

  /// Adds what came after all that is in this one.
  package mutating func append(_ later: NotificationSummary) {
    for entry in later.entries { add(entry) }
    unlisted += later.unlisted
    undelivered += later.undelivered
    dropped += later.dropped
    severity = max(severity, later.severity)
  }

  private mutating func add(_ entry: Entry) {
    severity = max(severity, entry.notification.severity)
    if let known = entries.firstIndex(where: { $0.notification.key == entry.notification.key }) {
      entries[known].notification = entry.notification
      entries[known].count += entry.count
      return
    }
    entries.append(entry)
    guard entries.count > Self.limit else { return }
    // Of equals the last goes: a storm does not push out what began it.
    var least = 0
    for index in entries.indices
    where entries[index].notification.severity <= entries[least].notification.severity { least = index }
    unlisted += entries.remove(at: least).count
  }
}

/// What is sent at once to one target.
package struct NotificationMessage: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case single(OperatorNotification)
    case summary(NotificationSummary)
  }

  /// Counts the messages of one ledger, from 1.
  package let number: UInt64
  package let content: Content
  /// Repeats that were suppressed since the last message, whatever they were about.
  package let repeats: Int

  package init(number: UInt64, content: Content, repeats: Int) {
    self.number = number
    self.content = content
    self.repeats = repeats
  }

  /// Notifications that this message tells, the suppressed ones aside.
  package var count: Int {
    switch content {
    case .single: 1
    case .summary(let summary): summary.count
    }
  }
}
