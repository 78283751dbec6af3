package import HostFormats
package import HostModel
package import HostPolicy

/// Calls of one dependency at even intervals.
package struct TraceCalls: YAMLRecord {
  package static let summary = "Calls of one dependency, one after another, each begun at its own time."

  package var to: String
  /// What the dependency answers to one attempt after another, whichever call makes it.
  package var results: [Status]
  /// Calls that are made; as many as there are results unless stated. Attempts beyond the results get the last one.
  package var count: Int
  package var every: Duration
  /// What an attempt takes.
  package var takes: Duration
  package var retryAfter: Duration?

  package init(from fields: inout YAMLRecordDecoder) {
    to = fields.required("to", .name("a dependency's name"), "The dependency.")
    results = fields.required(
      "results", .results, "S and F in a row, as FFSS (F is transient), or a list of statuses: what attempts come to.")
    count = fields.optional("count", .count(1...100_000), "Calls; one for each result unless stated.") ?? results.count
    every = fields.optional("every", .duration(), default: .seconds(1), "From one call's begin to the next one's.")
    takes = fields.optional("takes", .duration(), default: .zero, "What an attempt takes.")
    retryAfter = fields.optional("retry_after", .duration(), "How long a failing dependency wants to be left alone.")
  }
}

/// What the machine says of itself.
package struct TraceMachine: YAMLRecord {
  package static let summary = "The machine's measurements, from this step on."

  package var signal: MachineSignal

  package init(from fields: inout YAMLRecordDecoder) {
    var signal = MachineSignal()
    signal.cpuPercent = fields.optional("cpu", .wholePercent, "Processor share that others use.")
    signal.memoryPercent = fields.optional("memory", .wholePercent, "Share of the memory in use.")
    signal.diskFreeBytes =
      fields.optional(
        "disk_free", .bytes(ByteCount(0)...ByteCount(1 << 60)), "What is left on the disk.")?.bytes
    signal.queueDepth = fields.optional("queue_depth", .count(0...1_000_000_000), "Batches in the durable queue.")
    signal.lostLanes =
      fields.optional("lost_lanes", .count(0...10_000), "Lanes lost to calls that never returned.") ?? 0
    signal.maxLostLanes = 8
    self.signal = signal
  }
}

/// An operator's word, or the runtime's.
package struct TraceCommand: YAMLRecord {
  package static let summary = "A command to a breaker."

  package enum Order: String, Sendable, CaseIterable {
    case close, forceOpen = "force_open", disable, metricsOnly = "metrics_only", instanceLost = "instance_lost"

    var command: Breaker.Command {
      switch self {
      case .close: .close
      case .forceOpen: .forceOpen
      case .disable: .disable
      case .metricsOnly: .countOnly
      case .instanceLost: .instanceLost(.crashed)
      }
    }
  }

  package var to: String
  package var order: Order

  package init(from fields: inout YAMLRecordDecoder) {
    to = fields.required("to", .name("a dependency's name"), "The dependency.")
    order = fields.required(
      "order", .choice(of: Order.allCases, default: .close), "close, force_open, disable, metrics_only, instance_lost.")
  }
}

/// One event of the timeline. What is not stated is not compared.
package struct ExpectedEvent: YAMLRecord {
  package static let summary = "An event of the timeline: a breaker's, the level's, or a call's."

  package var place: SourcePlace
  package var at: Duration?
  /// The members that have to be equal, in the order in which they are written in a timeline.
  package var members: [(key: String, value: String)]

  package init(from fields: inout YAMLRecordDecoder) {
    place = fields.place
    at = fields.optional("at", .duration(.zero ... .seconds(7 * 86_400)), "When; at any time unless stated.")
    var members: [(key: String, value: String)] = []
    for (key, about) in Self.keys {
      if let value = fields.optional(key, YAMLType.text, about) { members.append((key, value)) }
    }
    if let delay = fields.optional("delay", .duration(), "How long a retry waits.") {
      members.append(("delay", Units.durationText(delay)))
    }
    if members.isEmpty { fields.refuse("at", "an event says more than its time") }
    self.members = members
  }

  private static let keys = [
    ("breaker", "The dependency whose breaker moved."), ("level", "The level that was entered."),
    ("retry", "The dependency whose call is repeated."), ("rejected", "The dependency whose call was refused."),
    ("waiting", "The dependency whose call waits."), ("from", "The state or level before."),
    ("to", "The state after."), ("cause", "Why."),
  ]
}

extension YAMLType where Value == [Status] {
  /// `FFSS`, or a list of statuses.
  fileprivate static let results = YAMLType.either(
    letters, .list(of: status), isFirst: { $0.scalar != nil }, { $0 }, { $0 })

  private static let letters = YAMLType.scalar(
    "letters S and F such as FFSS", placeholder: [], schema: ["type": "string", "pattern": "^[SF]+$"],
    shown: { _ in nil }
  ) { scalar in
    guard case .string(let text) = scalar.value, !text.isEmpty, text.allSatisfy({ "SF".contains($0) }) else {
      return nil
    }
    return text.map { $0 == "S" ? .ok : .transient }
  }

  private static let status = YAMLType<Status>.scalar(
    "a status such as transient or ok", placeholder: .ok,
    schema: ["enum": .array(answers.map { .string($0.name) })], shown: { .string($0.name) },
    hint: { EditDistance.suggestion(for: $0.text, among: answers.map(\.name)) }
  ) { scalar in answers.first { $0.name == scalar.text } }

  /// What an attempt can come to; the gate's own refusal is not among them.
  private static var answers: [Status] { Status.allCases.filter { $0 != .rejected } }
}
