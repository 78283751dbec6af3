import CArrow
import CHeadrace
import HostModel

/// What a transform owes.
let transformClauses: [Clause] = [
  .tried("TRF-1", of: "transform", "bind says which columns go out, the same each time.") { (trial) throws(Objection) in
    let (first, second) = (try bound(trial), try bound(trial))
    guard first.output == second.output else { throw .broken("bound twice, the output is another one") }
    first.subject.destroy()
    second.subject.destroy()
    return first.output.told
  },
  .tried(
    "TRF-2", of: "transform",
    "Columns that do not fit the configuration are HEADRACE_INVALID_CONFIG, and nothing breaks."
  ) { (trial) throws(Objection) in
    try strangeColumns(trial) { (subject, columns) throws(Objection) in _ = try TransformTrial(subject, columns, .whole)
    }
  },
  .tried("TRF-3", of: "transform", "With HEADRACE_OK the input is the plugin's, otherwise the host's and untouched.") {
    (trial) throws(Objection) in
    let transform = try bound(trial)
    let rows = sample(trial)
    for index in 0..<3 { _ = try transform.apply(rows.batch(index * 50..<index * 50 + 50), .whole) }
    transform.subject.isHurried = (true, nil)
    _ = try transform.apply(rows.batch(0..<50), .forgiving)
    transform.subject.destroy()
    return "3 batches and a cancelled one"
  },
  .tried("TRF-4", of: "transform", "What comes out does not depend on where batches end.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    let whole = try outcome(trial, [rows.batch(0..<240)])
    let parts = try outcome(
      trial, [0..<1, 1..<1, 1..<64, 64..<73, 73..<240].map { rows.batch($0) })
    if let difference = RowText.difference(whole.rows, parts.rows) { throw .broken("cut in five: \(difference)") }
    guard whole.rejects == parts.rejects else {
      throw .broken("\(whole.rejects) rejects of the whole, \(parts.rejects) of its parts")
    }
    return "240 rows make \(whole.rows.count) and \(whole.rejects) rejects, whole and in five parts"
  },
  .tried("TRF-5", of: "transform", "The same rows make the same rows, in every instance.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    let (first, second) = (try outcome(trial, [rows.batch(0..<200)]), try outcome(trial, [rows.batch(0..<200)]))
    if let difference = RowText.difference(first.rows, second.rows) { throw .broken(difference) }
    return "\(first.rows.count) rows, twice"
  },
  .tried("TRF-6", of: "transform", "Slices are batches like any other: an offset counts at every level.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    let whole = try outcome(trial, [rows.batch(40..<140)])
    for lead in [2, 7, 16, 33] {
      let slice = try outcome(trial, [rows.batch(40..<140, lead: lead)])
      if let difference = RowText.difference(whole.rows, slice.rows) {
        throw .broken("with \(lead) rows in front that do not count: \(difference)")
      }
    }
    return "4 slices of 100 rows"
  },
  .tried("TRF-7", of: "transform", "Batches without a row, of one row, of many, and of nulls alone are batches too.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    _ = try outcome(trial, [rows.batch(0..<0), rows.batch(0..<1), rows.batch(0..<20_000)])
    _ = try outcome(trial, [rows.batch(0..<100, onlyNulls: true)])
    return "0, 1, 20,000, and 100 of nulls"
  },
  .tried(
    "TRF-8", of: "transform",
    "What it returned stays as it is and is released on another thread, after the instance is gone."
  ) { (trial) throws(Objection) in
    let transform = try bound(trial)
    final class Kept: @unchecked Sendable {
      // One thread after the other.
      var batch: headrace_batch?
    }
    let kept = Kept()
    let before = try transform.apply(sample(trial).batch(0..<100), .whole) { kept.batch = $0 }?.rows ?? []
    _ = try transform.apply(sample(trial).batch(100..<200), .whole)
    transform.subject.destroy()
    guard var batch = kept.batch else { return "" }
    let after = try withUnsafePointer(to: batch.array) { (array) throws(Objection) in
      try RowText.rows(array, transform.output, "a batch that was kept", trial)
    }
    if let difference = RowText.difference(before, after) { throw .broken("ARR-5", difference) }
    var result = Result<Void, Objection>.success(())
    onThreads(1) { _ in result = Result { () throws(Objection) in try batch.drop(trial) } }
    try result.get()
    return "released after destroy"
  },
  .tried("TRF-9", of: "transform", "Ordinal and position, which are a source's, stay zero.") {
    (trial) throws(Objection) in
    let transform = try bound(trial)
    _ = try transform.apply(sample(trial).batch(0..<100), .whole)
    transform.subject.destroy()
    return "one batch"
  },
]

/// What a detector owes.
let detectorClauses: [Clause] = [
  .tried(
    "DET-1", of: "detector",
    "Columns that do not fit the configuration are HEADRACE_INVALID_CONFIG, and nothing breaks."
  ) { (trial) throws(Objection) in
    try strangeColumns(trial) { (subject, columns) throws(Objection) in _ = try DetectorTrial(subject, columns, .whole)
    }
  },
  .tried(
    "DET-2", of: "detector",
    "A finding has a rule, a message, a known severity, and a row and column that there are, or "
      + "none."
  ) { (trial) throws(Objection) in
    let found = try watched(trial, [sample(trial).batch(0..<500)])
    return "\(found.count) findings in 500 rows"
  },
  .tried("DET-3", of: "detector", "A batch is lent: it is neither changed nor released.") { (trial) throws(Objection) in
    _ = try watched(trial, [sample(trial).batch(0..<200), sample(trial).batch(200..<400)])
    return "2 batches"
  },
  .tried("DET-4", of: "detector", "The same batches give the same findings, in every instance; slices too.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    let first = try watched(trial, [rows.batch(0..<300), rows.batch(300..<600)])
    let second = try watched(trial, [rows.batch(0..<300), rows.batch(300..<600)])
    let sliced = try watched(trial, [rows.batch(0..<300, lead: 9), rows.batch(300..<600, lead: 16)])
    if let difference = RowText.difference(first, second) { throw .broken("finding \(difference)") }
    if let difference = RowText.difference(first, sliced) { throw .broken("as slices: finding \(difference)") }
    return "\(first.count) findings, three times"
  },
  .tried("DET-5", of: "detector", "What it has learnt can be saved, in at most 1 MiB, and put back.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    guard let first = try DetectorTrial(try trial.subject(), rows.fields, .whole) else { return "" }
    _ = try first.inspect(rows.batch(0..<300), .whole)
    guard let state = try first.save(.whole) else { throw .inapplicable("it learns nothing") }
    let expected = try first.inspect(rows.batch(300..<600), .whole) ?? []
    first.subject.destroy()
    guard let second = try DetectorTrial(try trial.subject(), rows.fields, .whole) else { return "" }
    let answer = try second.restore(state)
    guard answer.status == HEADRACE_OK else { throw .broken("its own state: \(answer.told)") }
    let found = try second.inspect(rows.batch(300..<600), .whole) ?? []
    second.subject.destroy()
    if let difference = RowText.difference(expected, found) { throw .broken("after restore: finding \(difference)") }
    return "\(state.count) bytes"
  },
  .tried("DET-6", of: "detector", "A state that it never saved is refused, and nothing breaks.") {
    (trial) throws(Objection) in
    var random = SplitMix64(seed: trial.request.seed)
    for length in [0, 1, 7, 64, 4096] {
      guard let detector = try DetectorTrial(try trial.subject(), sample(trial).fields, .whole) else { return "" }
      _ = try detector.restore((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
      detector.subject.destroy()
    }
    return "5 states"
  },
  .tried("DET-7", of: "detector", "Batches without a row, of many, and of nulls alone are batches too.") {
    (trial) throws(Objection) in
    let rows = sample(trial)
    let found = try watched(
      trial, [rows.batch(0..<0), rows.batch(0..<20_000), rows.batch(0..<100, onlyNulls: true)])
    return "\(found.count) findings in 20,100 rows"
  },
]

/// What a provider of a language model owes.
let languageModelClauses: [Clause] = [
  .tried("LLM-1", of: "llm", "complete answers in UTF-8, and says whether the answer is whole.") {
    (trial) throws(Objection) in
    let subject = try trial.subject()
    var words = 0
    for prompt in ["What is a headrace?", "", "Größe? 水 🌊", String(repeating: "long ", count: 2_000)] {
      words += try ask(subject, prompt, limit: 0, .whole)?.split(separator: " ").count ?? 0
    }
    subject.destroy()
    return "4 answers, \(words) words"
  },
  .tried("LLM-2", of: "llm", "An answer that a limit cut off says so.") { (trial) throws(Objection) in
    let subject = try trial.subject()
    _ = try ask(subject, "Count from one to a thousand, in words", limit: 1, .whole)
    subject.destroy()
    return "at most one token"
  },
]

private func sample(_ trial: Trial) -> SampleRows { SampleRows(trial.request.input, seed: trial.request.seed) }

/// How a plugin refuses columns that no configuration can mean.
private func strangeColumns(
  _ trial: Trial, _ bind: (Subject, [Field]) throws(Objection) -> Void
) throws(Objection) -> String {
  let subject = try trial.subject()
  defer { subject.destroy() }
  do throws(Objection) { try bind(subject, [Field("a_column_of_no_name_in_any_file", .boolean)]) } catch {
    guard case .broken("CAL-8"?, let what) = error else { throw error }
    guard what.contains(Status.invalidConfig.name) || what.contains(Status.unsupported.name) else {
      throw .broken(what)
    }
    return what
  }
  throw .inapplicable("it fits any columns")
}

private func bound(_ trial: Trial) throws(Objection) -> TransformTrial {
  guard let bound = try TransformTrial(try trial.subject(), sample(trial).fields, .whole) else {
    throw .broken("it was not bound")
  }
  return bound
}

/// What a fresh instance makes of some batches.
private func outcome(_ trial: Trial, _ batches: [ArrowArray]) throws(Objection) -> (rows: [String], rejects: Int) {
  let transform = try bound(trial)
  var (rows, rejects): ([String], Int) = ([], 0)
  for batch in batches {
    guard let made = try transform.apply(batch, .whole) else { continue }
    rows += made.rows
    rejects += made.rejects
  }
  transform.subject.destroy()
  return (rows, rejects)
}

/// What a fresh instance finds in some batches, and at the end of the run.
private func watched(_ trial: Trial, _ batches: [ArrowArray]) throws(Objection) -> [String] {
  guard let detector = try DetectorTrial(try trial.subject(), sample(trial).fields, .whole) else { return [] }
  var found: [String] = []
  var rows: UInt64 = 0
  for batch in batches {
    rows += UInt64(batch.length)
    found += try detector.inspect(batch, .whole) ?? []
  }
  found += try detector.finish(rows: rows, .whole) ?? []
  detector.subject.destroy()
  return found
}

/// An answer; nil where a life that forgives ended early.
func ask(_ subject: Subject, _ text: String, limit: UInt32, _ life: Life) throws(Objection) -> String? {
  guard let table = subject.tables.llm else { throw .inapplicable("it is no language model") }
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  let prompt = subject.lent(
    headrace_prompt(
      struct_size: 0, max_output_tokens: limit, system: loan.text("You are brief"), prompt: loan.text(text),
      temperature: .nan))
  prompt.pointer.pointee.struct_size = prompt.size
  let completion = subject.lent(headrace_completion.empty)
  completion.pointer.pointee.struct_size = completion.size
  let step = try subject.step(
    "complete", life,
    untouched: { () throws(Objection) in
      guard completion.pointer.pointee.release == nil else {
        throw .broken("CAL-4", "'complete' failed and filled its answer")
      }
    },
    { call, error in table.complete(subject.handle, call, prompt.pointer, completion.pointer, error) })
  guard step == .done else { return nil }
  let made = completion.pointer.pointee
  let answer = subject.trial.step("looking at the answer", "LLM-1") { Answer.whole(made.text, limit: 4 << 20) }
  guard let answer, Answer.whole(made.model, limit: 1 << 10) != nil else {
    throw .broken("LLM-1", "an answer that is no text")
  }
  guard completion.isSize(made.struct_size), (0...1).contains(made.finish), made.input_tokens >= -1,
    made.output_tokens >= -1
  else { throw .broken("LLM-1", "an answer whose size, finish or tokens are none") }
  if limit == 0, made.finish != 0 { throw .broken("LLM-2", "an answer without a limit that says it was cut off") }
  if let release = made.release { subject.trial.step("release of an answer", "ARR-4") { release(completion.pointer) } }
  return answer
}
