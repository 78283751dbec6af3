package import HostFormats
import HostModel

extension NotificationMessage {
  /// The document that a receiver gets: `docs/notifications.md` describes it.
  /// - Parameter id: the same for every attempt to deliver this message, and for no other message.
  package func json(id: String) -> JSONValue {
    var document: JSONObject = ["version": 1, "id": .string(id)]
    switch content {
    case .single(let notification):
      document["kind"] = "notification"
      document["text"] = .string(Self.text(notification))
      for (key, value) in Self.members(notification) { document[key] = value }
    case .summary(let summary):
      document["kind"] = "summary"
      for (key, value) in Self.members(summary) { document[key] = value }
    }
    document["repeats"] = .integer(Int64(repeats))
    return .object(document)
  }

  private static func text(_ notification: OperatorNotification) -> String {
    notification.body.isEmpty ? notification.title : "\(notification.title): \(notification.body)"
  }

  private static func members(_ notification: OperatorNotification) -> JSONObject {
    let details = notification.details.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    return [
      "key": .string(notification.key), "state": .string(notification.state),
      "severity": .string(notification.severity.rawValue), "title": .string(notification.title),
      "body": .string(notification.body), "details": .object(JSONObject(details)),
      "time": .string(TimeText.timestamp(microseconds: notification.time.microseconds, zoned: true)),
    ]
  }

  private static func members(_ summary: NotificationSummary) -> JSONObject {
    let entries = summary.entries.map { entry in
      var members = members(entry.notification)
      members["count"] = .integer(Int64(entry.count))
      return JSONValue.object(members)
    }
    let title = title(summary)
    let listed = summary.entries.map { "\($0.notification.title)\($0.count > 1 ? " (\($0.count))" : "")" }
    return [
      "text": .string(([title] + listed).joined(separator: "\n")), "severity": .string(summary.severity.rawValue),
      "title": .string(title), "count": .integer(Int64(summary.count)), "unlisted": .integer(Int64(summary.unlisted)),
      "undelivered": .integer(Int64(summary.undelivered)), "dropped": .integer(Int64(summary.dropped)),
      "notifications": .array(entries),
    ]
  }

  private static func title(_ summary: NotificationSummary) -> String {
    var title = summary.count == 1 ? "1 notification" : "\(summary.count) notifications"
    if summary.undelivered > 0 { title += ", of which \(summary.undelivered) could not be delivered before" }
    if summary.dropped > 0 { title += ", and \(summary.dropped) more that were lost" }
    return title
  }
}
