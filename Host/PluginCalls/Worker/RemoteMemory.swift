import CHeadrace
import HostModel

/// What a detector has learnt, as far as its host knows.
enum RemoteMemory {
  /// Nothing that a new instance would not know.
  case none
  case saved([UInt8])
  /// Only its worker knows. Why it did not say, where it could have.
  case untold(String)

  func put(_ writer: inout WireWriter) {
    switch self {
    case .none: writer.put(UInt8(0))
    case .saved(let state):
      writer.put(UInt8(1))
      writer.put(state)
    case .untold(let reason):
      writer.put(UInt8(2))
      writer.put(reason)
    }
  }

  init(_ reader: inout WireReader) throws(Failure) {
    switch try reader.number(UInt8.self) {
    case 0: self = .none
    case 1:
      let state = try reader.data()
      guard state.count <= headrace_detector.stateBytes else {
        throw malformedResult("\(state.count) bytes of what it has learnt; \(headrace_detector.stateBytes) is the most")
      }
      self = .saved(state)
    case 2: self = .untold(try reader.text())
    default: throw Failure(.run, "the worker sent what is no message", status: .fatal)
    }
  }

  /// What is told of it when its worker is gone; nil if it goes on in another.
  func loss(in operation: WorkerOperation) -> String? {
    guard case .untold(let reason) = self else { return nil }
    let cause = reason.isEmpty ? "" : ", after its 'save' had failed: \(reason)"
    return "what it had learnt was lost when its worker process ended in '\(operation)'\(cause); "
      + "the next run goes on from the last commit"
  }
}

extension WorkerOutcome {
  /// Of a new worker that does not take back what the last one knew. Whoever learns anew from the middle finds other things.
  var refusingMemory: WorkerOutcome {
    var outcome = self
    outcome.message = "a new worker process does not take back what the last one had learnt: \(message)"
    if !status.traits.isRetriable { outcome.status = .fatal }
    return outcome
  }
}
