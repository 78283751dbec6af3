package import HostFormats
package import HostModel
import HostPolicy

/// A fault trace and what has to come of it: what `headrace policy test` replays on a virtual clock, so that an operator
/// can test a policy before an outage does.
package struct TraceFile: YAMLRecord {
  package static let summary = "A fault trace and the timeline that a policy has to make of it."

  package enum Watched: String, Sendable, CaseIterable { case breaker, level, retry, rejected, waiting }

  package var policy: PolicySection
  package var dependencies: [String: TraceDependency]
  package var trace: [TraceStep]
  /// When the replay ends. With the last call unless stated.
  package var until: Duration?
  /// What the timeline holds.
  package var watch: [Watched]
  package var expect: [ExpectedEvent]
  /// How the calls of each dependency ended, in the order in which they began.
  package var outcomes: [String: Placed<String>]
  /// Of jitter.
  package var seed: Int64

  package init(from fields: inout YAMLRecordDecoder) {
    _ = fields.required("version", .integer(1...1), "The version of this file's format: 1.")
    _ = fields.optional("about", .text, "What the trace shows.")
    policy = fields.optional("policy", .record, default: PolicySection(), "As in a pipeline file.")
    dependencies = fields.optional(
      "dependencies", .dictionary(of: .record, keys: "dependencies"), default: [:],
      "What is called, by name, and how; one that the trace only names is an api_call.")
    trace = fields.required("trace", .list(of: .record), "What happens, in the order of time.")
    until = fields.optional(
      "until", .duration(.zero ... .seconds(7 * 86_400)), "The end; that of the last call unless stated.")
    watch = fields.optional(
      "watch", .list(of: .choice(of: Watched.allCases, default: .breaker)), default: [.breaker, .level],
      "What the timeline holds.")
    expect = fields.optional("expect", .list(of: .record), default: [], "The whole timeline, in order.")
    outcomes = fields.optional(
      "outcomes", .dictionary(of: YAMLType.text.placed, keys: "dependencies"), default: [:],
      "How calls end, one letter each: S succeeded, F failed, R rejected, D out of time.")
    seed = fields.optional("seed", .integer(0...Int64.max), default: 1, "Of jitter.")
    checkOrder(&fields)
  }

  private func checkOrder(_ fields: inout YAMLRecordDecoder) {
    for (earlier, later) in zip(trace, trace.dropFirst()) where later.at < earlier.at {
      fields.refuse(
        at: later.place, "this step is earlier than the one before it", suggestion: "write steps in the order of time")
    }
    for (name, text) in outcomes where !text.value.allSatisfy({ "SFRD ".contains($0) }) {
      fields.refuse(at: text.place, "the outcomes of \(quoted(name)) are letters of S, F, R and D")
    }
  }

  /// Reads a trace file. It is nil if there is any error among the diagnostics.
  package static func parse(_ bytes: [UInt8], file: String) -> (file: TraceFile?, diagnostics: [Diagnostic]) {
    let document = YAMLDocument.parse(bytes, file: file)
    var mistakes = YAMLMistakes()
    mistakes.add(document.diagnostics)
    guard let root = document.root else { return (nil, mistakes.all) }
    let result = YAMLRecordDecoder.read(TraceFile.self, from: root, &mistakes)
    return (mistakes.hasErrors ? nil : result, mistakes.all)
  }

  /// The JSON Schema of the file.
  package static var jsonSchema: JSONValue {
    YAMLSchemaDocument.of(TraceFile.self, title: "Headrace policy test", id: "headrace:policy-test:1")
  }
}

/// What a dependency of a trace is called for.
package struct TraceDependency: YAMLRecord, Equatable {
  package static let summary = "A dependency of the trace."

  package enum Operation: String, Sendable, CaseIterable {
    case apiCall = "api_call"
    case dbQuery = "db_query"
    case llmInference = "llm_inference"
    case cdcEvent = "cdc_event"
    case fileUpload = "file_upload"

    var operation: OperationClass {
      switch self {
      case .apiCall: .apiCall
      case .dbQuery: .dbQuery
      case .llmInference: .llmInference
      case .cdcEvent: .cdcEvent
      case .fileUpload: .fileUpload
      }
    }
  }

  package var operation = Operation.apiCall
  package var isIdempotent = true

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    operation = fields.optional(
      "operation", .choice(of: Operation.allCases, default: .apiCall), default: .apiCall,
      "The class of operation: its row of the retry table, and what its outage means.")
    isIdempotent = fields.optional("idempotent", .bool, default: true, "Whether calls may be repeated.")
  }
}

/// Something that happens at a time of the trace; exactly one thing.
package struct TraceStep: YAMLRecord {
  package static let summary = "A step of the trace: a time, and one thing that happens then."

  package enum Level: String, Sendable, CaseIterable {
    case normal, level1 = "level_1", level2 = "level_2", emergency
    case release
  }

  package enum Event: Sendable {
    case calls(TraceCalls)
    case machine(TraceMachine)
    case pin(Level)
    case command(TraceCommand)
    /// The process ends, and the next one goes on from what it wrote down.
    case restart(after: Duration)
  }

  package var at: Duration
  package var event: Event
  package var place: SourcePlace

  package init(from fields: inout YAMLRecordDecoder) {
    place = fields.place
    at = fields.required("at", .duration(.zero ... .seconds(7 * 86_400)), "When, counted from the start.")
    let calls: TraceCalls? = fields.optional("calls", .record, "Calls of one dependency, and how they end.")
    let machine: TraceMachine? = fields.optional("machine", .record, "What the machine says from now on.")
    let pin = fields.optional(
      "pin", .choice(of: Level.allCases, default: .release), "An operator pins the level, or releases it.")
    let command: TraceCommand? = fields.optional("command", .record, "An operator's word to a breaker.")
    let restart = fields.optional(
      "restart", .duration(.zero ... .seconds(86_400)), "The process restarts, and is away for this long.")
    let events: [Event] = [
      calls.map { .calls($0) }, machine.map { .machine($0) }, pin.map { .pin($0) }, command.map { .command($0) },
      restart.map { .restart(after: $0) },
    ].compactMap { $0 }
    if events.count != 1 {
      fields.refuse(
        "at", "a step is one of calls, machine, pin, command and restart", suggestion: "write one step each")
    }
    event = events.first ?? .restart(after: .zero)
  }
}
