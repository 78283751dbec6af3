import HostControl
import HostFormats
import HostGate
import HostModel
import HostPolicy

extension GateEvent {
  /// The event's particulars for the event stream.
  var details: JSONObject {
    switch kind {
    case .level(let change):
      return [
        "from": .string(change.from.name), "to": .string(change.to.name), "cause": .string(change.cause.rawValue),
        "evidence": change.evidence?.json ?? .null,
      ]
    case .dependency(let key, let occurrence):
      var object: JSONObject = ["dependency": .string(key.description)]
      for (name, value) in occurrence.details { object[name] = value }
      return object
    }
  }
}

extension GateOccurrence {
  fileprivate var details: JSONObject {
    switch self {
    case .breaker(let transition):
      return [
        "from": .string(transition.from.rawValue), "to": .string(transition.to.rawValue),
        "cause": .string(transition.cause.name), "because": .string(transition.cause.explanation),
      ]
    case .waiting(let cause, _):
      return ["cause": .string(cause.kind.name)]
    case .retry(let attempt, let delay, let status):
      return [
        "attempt": .integer(Int64(attempt)), "delay_ms": .integer(delay.wholeNanoseconds / 1_000_000),
        "status": .string(status.name),
      ]
    case .rejected(let cause, let count):
      return ["cause": .string(cause.kind.name), "count": .integer(Int64(count))]
    case .budgetExhausted(let count):
      return ["count": .integer(Int64(count))]
    }
  }
}
