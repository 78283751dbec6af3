package import HostModel

/// How much a person should hurry.
package enum NotificationSeverity: String, Sendable, CaseIterable, Comparable {
  case info, warning, critical

  private var rank: Int {
    switch self {
    case .info: 0
    case .warning: 1
    case .critical: 2
    }
  }

  package static func < (a: NotificationSeverity, b: NotificationSeverity) -> Bool { a.rank < b.rank }
}

/// Something that an operator is told.
///
/// Its texts go to other systems as they are: whoever makes one keeps secrets out. Longer texts than the limits are cut,
/// so that what waits to be sent is bounded.
package struct OperatorNotification: Sendable, Hashable {
  package static let keyLimit = 512
  package static let stateLimit = 64
  package static let titleLimit = 300
  package static let bodyLimit = 4096
  /// Entries of `details`, by name; the first ones stay.
  package static let detailLimit = 32
  package static let detailTextLimit = 1024

  /// What it is about, such as `breaker/postgres@db:5432`.
  package let key: String
  /// In which state that is: `open`, `closed`, `level_1`. The same key in the same state is a repeat.
  package let state: String
  package let title: String
  package let body: String
  package let severity: NotificationSeverity
  package let details: [String: String]
  /// When it happened.
  package let time: WallTime
  /// The targets that are told, by name; nil is all of them.
  package let audience: [String]?

  package init(
    key: String, state: String, title: String, body: String = "", severity: NotificationSeverity,
    details: [String: String] = [:], time: WallTime, audience: [String]? = nil
  ) {
    self.key = Self.cut(key, Self.keyLimit)
    self.state = Self.cut(state, Self.stateLimit)
    self.title = Self.cut(title, Self.titleLimit)
    self.body = Self.cut(body, Self.bodyLimit)
    self.severity = severity
    self.details = Dictionary(
      details.sorted { $0.key < $1.key }.prefix(Self.detailLimit)
        .map { (Self.cut($0.key, Self.stateLimit), Self.cut($0.value, Self.detailTextLimit)) },
      uniquingKeysWith: { first, _ in first })
    self.time = time
    self.audience = audience
  }

  func isFor(_ target: NotificationTarget) -> Bool { audience?.contains(target.name) ?? true }

  /// At most `limit` bytes of UTF-8, whole characters.
  private static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let mark = "..."
    var kept = ""
    var bytes = mark.utf8.count
    for character in text {
      bytes += character.utf8.count
      if bytes > limit { break }
      kept.append(character)
    }
    return kept + mark
  }
}
