import CArrow
import CHeadrace
import CLinux
import Glibc
import HostModel

/// How much of an instance's life is lived.
struct Life {
  /// The most batches.
  var batches: Int
  /// Whether a call may fail for a reason that the host gave: a cancel, a deadline.
  var forgives = false
  /// Whether a call may fail because the output of a file did.
  var isFull = false

  static let short = Life(batches: 1)
  static let whole = Life(batches: 5)
  static let forgiving = Life(batches: 2, forgives: true)
  static let full = Life(batches: 2, isFull: true)
}

/// What a call came to in a life.
enum Step { case done, end, stopped }

extension Subject {
  /// Lives as a host would let it: every function of its kind, in order.
  func live(_ life: Life) throws(Objection) {
    switch kind {
    case "source": try liveAsSource(life)
    case "transform": try liveAsTransform(life)
    case "detector": try liveAsDetector(life)
    case "llm": try liveAsLanguageModel(life)
    case "format": try liveAsFormat(life)
    default: throw .inapplicable("no life of the kind '\(kind)' is known")
    }
  }

  /// One call of a life.
  ///
  /// - Parameter untouched: looks at what a call that does not succeed has to leave alone.
  /// - Returns: `stopped` where a life that forgives ended early.
  func step(
    _ name: String, _ life: Life, untouched: () throws(Objection) -> Void = {},
    _ body: @escaping (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Objection) -> Step {
    let answer: Answer
    if changesThreads {
      var result = Result<Answer, Objection>.failure(.inapplicable(""))
      onThreads(1) { _ in
        result = Result { () throws(Objection) in try self.call(name, body) }
      }
      answer = try result.get()
    } else {
      answer = try call(name, isCancelled: isHurried.isCancelled, time: isHurried.time, body)
    }
    if answer.status != HEADRACE_OK { try untouched() }
    switch answer.status {
    case HEADRACE_OK: return .done
    case HEADRACE_END_OF_STREAM: return .end
    case HEADRACE_CANCELLED where life.forgives, HEADRACE_DEADLINE_EXCEEDED where life.forgives,
      HEADRACE_QUOTA_EXHAUSTED where life.isFull:
      return .stopped
    default: throw answer.objection
    }
  }

  private func liveAsSource(_ life: Life) throws(Objection) {
    guard let reading = try SourceTrial(self, life) else { return }
    for _ in 0..<life.batches {
      guard try reading.read(life) != nil else { break }
    }
    try reading.acknowledge(life)
    reading.close()
  }

  private func liveAsTransform(_ life: Life) throws(Objection) {
    let rows = SampleRows(trial.request.input, seed: trial.request.seed)
    guard let bound = try TransformTrial(self, rows.fields, life) else { return }
    for index in 0..<life.batches {
      _ = try bound.apply(rows.batch(index * 100..<index * 100 + 100), life)
    }
  }

  private func liveAsDetector(_ life: Life) throws(Objection) {
    let rows = SampleRows(trial.request.input, seed: trial.request.seed)
    guard let bound = try DetectorTrial(self, rows.fields, life) else { return }
    for index in 0..<life.batches {
      _ = try bound.inspect(rows.batch(index * 100..<index * 100 + 100), life)
    }
    _ = try bound.finish(rows: UInt64(life.batches) * 100, life)
    _ = try bound.save(life)
  }

  private func liveAsFormat(_ life: Life) throws(Objection) {
    let format = try FormatTrial(self)
    let batches = (0..<life.batches).map { SampleBatch(range: $0 * 100..<$0 * 100 + 100) }
    guard let (file, summary) = try format.file(batches, life) else { return }
    if let lie = file.lie(in: summary) { throw .broken("FMT-2", "the summary has \(lie)") }
  }

  private func liveAsLanguageModel(_ life: Life) throws(Objection) {
    for index in 0..<life.batches { _ = try ask(self, "Question \(index), please", limit: 0, life) }
  }
}
