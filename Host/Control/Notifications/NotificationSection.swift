package import HostFormats
import HostModel

/// A target of notifications, as the platform file states it. nil is "not stated".
package struct NotificationSection: YAMLRecord, Equatable {
  package static let summary = "Where operators are told of what happens: a webhook or a command."

  package var webhook: WebhookAddress?
  package var headers: [WebhookHeader] = []
  /// A program by its whole path, and its arguments.
  package var command: [String]?
  /// The longest that one attempt may take.
  package var timeout: Duration = .seconds(10)
  package var ledger = NotificationLedger.Configuration()

  package init(from fields: inout YAMLRecordDecoder) {
    webhook = fields.optional("webhook", .webhookAddress, "The URL that the JSON document is sent to with POST.")
    headers = fields.optional(
      "headers", .webhookHeaders, default: [], "Headers of the webhook; values are never shown.")
    command = fields.optional(
      "command", .commandLine, "A program and its arguments; the JSON document comes on its standard input.")
    timeout = fields.optional(
      "timeout", .duration(.milliseconds(100) ... .seconds(600)), default: timeout,
      "How long one attempt may take.")
    ledger.repeatAfter = fields.optional(
      "repeat_after", .duration(), default: ledger.repeatAfter,
      "When the same state is told again; 0s never tells it again.")
    ledger.burst = fields.optional(
      "burst", .count(1...1000), default: ledger.burst, "Messages within the interval; what is more becomes a summary.")
    ledger.interval = fields.optional(
      "interval", .duration(.seconds(1) ... .seconds(86_400)), default: ledger.interval,
      "The time that the burst is counted in.")
    checkKinds(&fields)
  }

  private func checkKinds(_ fields: inout YAMLRecordDecoder) {
    switch (fields.has("webhook"), fields.has("command")) {
    case (true, true):
      fields.refuse("command", "a target is either a webhook or a command", suggestion: "make two targets of it")
    case (false, false): fields.refuse(at: fields.place, "missing 'webhook' or 'command'")
    case (false, true):
      if fields.has("headers") { fields.refuse("headers", "a command has no headers") }
    case (true, false): break
    }
  }

  /// nil for a section with mistakes, whose file is refused.
  fileprivate func target(_ name: String) -> NotificationTarget? {
    if let webhook {
      return NotificationTarget(name, .webhook(webhook, headers: headers), timeout: timeout, ledger: ledger)
    }
    guard let command, let executable = command.first else { return nil }
    let destination = NotificationTarget.Destination.command(
      executable: executable, arguments: Array(command.dropFirst()))
    return NotificationTarget(name, destination, timeout: timeout, ledger: ledger)
  }
}

extension YAMLType where Value == [NotificationTarget] {
  /// The section `notifications`: targets by the names that the operator gives them, in the order of the file.
  package static let notificationTargets = YAMLType(
    "a mapping of notification targets", placeholder: [],
    schema: [
      "type": "object", "additionalProperties": .object(YAMLRecordDecoder.schema(of: NotificationSection.self)),
    ],
    shown: { $0.isEmpty ? .object([:]) : nil }
  ) { node, mistakes in
    guard let entries = node.entries else {
      mistakes.add(node.place, "expected a mapping of notification targets, found \(node.shape)")
      return nil
    }
    let name = YAMLType<String>.name("the name of a notification target")
    return entries.compactMap { entry in
      let named = name.read(entry.keyNode, &mistakes)
      let section = YAMLRecordDecoder.read(NotificationSection.self, from: entry.value, &mistakes)
      guard let named, let section else { return nil }
      return section.target(named)
    }
  }
}

// Types whose values may be secrets though they stand in the file: no mistake quotes one.

extension YAMLNode {
  /// What the node is, without its content.
  fileprivate var shape: String { scalar == nil || isNull ? found : "a value that is not shown" }
}

extension YAMLType where Value == WebhookAddress {
  fileprivate static let webhookAddress = YAMLType(
    "the URL of a webhook", placeholder: .unreadable, schema: ["type": "string", "pattern": "^https?://"]
  ) { node, mistakes in
    guard let text = YAMLType<String>.hidden.read(node, &mistakes) else { return nil }
    do throws(Failure) {
      return try WebhookAddress(text)
    } catch {
      mistakes.add(node.place, error.message)
      return nil
    }
  }
}

extension YAMLType where Value == [WebhookHeader] {
  fileprivate static let webhookHeaders = YAMLType(
    "a mapping of headers", placeholder: [],
    schema: ["type": "object", "additionalProperties": ["type": "string"]],
    shown: { $0.isEmpty ? .object([:]) : nil }
  ) { node, mistakes in
    guard let entries = node.entries else {
      mistakes.add(node.place, "expected a mapping of headers, found \(node.shape)")
      return nil
    }
    var names: Set<String> = []
    return entries.compactMap { entry in
      guard let value = YAMLType<String>.hidden.read(entry.value, &mistakes) else { return nil }
      do throws(Failure) {
        let header = try WebhookHeader(entry.key, value)
        if names.insert(entry.key.lowercased()).inserted { return header }
        mistakes.add(entry.keyPlace, "the header \(quoted(entry.key)) comes twice")
      } catch {
        mistakes.add(entry.keyPlace, error.message)
      }
      return nil
    }
  }
}

extension YAMLType where Value == [String] {
  fileprivate static let commandLine = YAMLType(
    "a list of a program and its arguments", placeholder: [],
    schema: ["type": "array", "items": ["type": "string"], "minItems": 1, "maxItems": 1000]
  ) { node, mistakes in
    guard let items = node.items else {
      mistakes.add(
        node.place, "expected a list of a program and its arguments, found \(node.shape)",
        suggestion: "no shell reads it: write [/path/to/program, argument]")
      return nil
    }
    guard let first = items.first, items.count <= 1000 else {
      mistakes.add(node.place, "expected a program and at most 999 arguments, found \(items.count) entries")
      return nil
    }
    let words = items.compactMap { YAMLType<String>.hidden.read($0, &mistakes) }
    guard words.count == items.count, let program = words.first else { return nil }
    guard program.hasPrefix("/"), !program.hasSuffix("/") else {
      mistakes.add(first.place, "the program has to be named by its whole path", suggestion: "begin it with '/'")
      return nil
    }
    if words.contains(where: { $0.utf8.contains(0) }) {
      mistakes.add(node.place, "a word of a command cannot hold the character NUL")
      return nil
    }
    return words
  }
}

extension YAMLType where Value == String {
  /// Any text, of which no mistake says more than that it is none.
  fileprivate static let hidden = YAMLType(
    "text", placeholder: "", schema: ["type": "string"]
  ) { node, mistakes in
    if let scalar = node.scalar {
      if case .string(let text) = scalar.value { return text }
      if scalar.isInterpolated { return scalar.text }
    }
    mistakes.add(
      node.place, "expected text, found \(node.shape)",
      suggestion: node.scalar == nil || node.isNull ? nil : "put it in quotes")
    return nil
  }
}
