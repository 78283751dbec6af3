import CArrow
import CHeadrace
import HostModel

/// A transform that is bound to columns.
final class TransformTrial {
  let subject: Subject
  let input: Schema
  private(set) var output = Schema([])
  private let table: headrace_transform

  /// - Returns: nil where a life that forgives ended early.
  init?(_ subject: Subject, _ fields: [Field], _ life: Life) throws(Objection) {
    guard let table = subject.tables.transform else { throw .inapplicable("it is no transform") }
    self.subject = subject
    self.table = table
    input = Schema(fields)
    let exported = ExportedSchema(input)
    let made = Guarded(ArrowSchema())
    let loan = Loan()
    defer { withExtendedLifetime((loan, exported)) {} }
    let stream = loan.text("sample")
    let step = try subject.step("bind", life) { call, error in
      table.bind(subject.handle, call, stream, exported.pointer, made.pointer, error)
    }
    guard step == .done else { return nil }
    output = try subject.trial.take(&made.pointer.pointee, "bind")
  }

  /// The rows of what comes out, and how many were rejected; nil where a life that forgives ended early.
  func apply(
    _ rows: ArrowArray, _ life: Life, keep: ((headrace_batch) -> Void)? = nil
  ) throws(Objection) -> (rows: [String], rejects: Int)? {
    let (table, subject) = (table, subject)
    let given = Guarded(rows)
    let count = Int(rows.length)
    let before = try withUnsafePointer(to: rows) { (array) throws(Objection) in
      try RowText.rows(array, input, "the sample", subject.trial)
    }
    let batch = subject.lent(headrace_batch.empty)
    batch.pointer.pointee.struct_size = batch.size
    let step = try subject.step(
      "apply", life,
      untouched: { () throws(Objection) in
        try batch.pointer.pointee.checkEmpty("apply", batch.size)
        try self.checkLent(given.pointer, before)
      },
      { call, error in table.apply(subject.handle, call, given.pointer, batch.pointer, error) })
    guard batch.isTailUntouched else { throw .broken("CAL-7", "'apply' wrote behind the batch that it knows") }
    guard step == .done else { return nil }
    guard given.pointer.pointee.release == nil else {
      throw .broken("TRF-3", "apply succeeded and did not take its input: its 'release' is not NULL")
    }
    let trial = subject.trial
    guard batch.pointer.pointee.ordinal == 0, batch.pointer.pointee.position.length == 0 else {
      throw .broken("TRF-9", "apply returned an ordinal or a position")
    }
    let made = try batch.pointer.pointee.rows(output, "the batch of apply", batch.size, trial)
    let rejects = try batch.pointer.pointee.checkRejects(inputRows: count, trial)
    if let keep { keep(batch.pointer.pointee) } else { try batch.pointer.pointee.drop(trial) }
    return (made, rejects)
  }

  /// After a failure the input is untouched, and the host's.
  private func checkLent(_ rows: UnsafeMutablePointer<ArrowArray>, _ before: [String]) throws(Objection) {
    guard rows.pointee.release != nil else { throw .broken("TRF-3", "apply failed and took its input") }
    let after = try RowText.rows(rows, input, "the sample", subject.trial)
    if let difference = RowText.difference(before, after) { throw .broken("TRF-3", "apply failed and \(difference)") }
    try subject.trial.drop(&rows.pointee)
  }
}

/// A detector that is bound to columns.
final class DetectorTrial {
  let subject: Subject
  let input: Schema
  private let table: headrace_detector

  /// - Returns: nil where a life that forgives ended early.
  init?(_ subject: Subject, _ fields: [Field], _ life: Life) throws(Objection) {
    guard let table = subject.tables.detector else { throw .inapplicable("it is no detector") }
    self.subject = subject
    self.table = table
    input = Schema(fields)
    let exported = ExportedSchema(input)
    let loan = Loan()
    defer { withExtendedLifetime((loan, exported)) {} }
    let stream = loan.text("sample")
    let step = try subject.step("bind", life) { call, error in
      table.bind(subject.handle, call, stream, exported.pointer, error)
    }
    guard step == .done else { return nil }
  }

  /// What is found, as texts; nil where a life that forgives ended early. The rows are released.
  func inspect(_ rows: ArrowArray, _ life: Life) throws(Objection) -> [String]? {
    let (table, subject) = (table, subject)
    let given = Guarded(rows)
    let before = try withUnsafePointer(to: rows) { (array) throws(Objection) in
      try RowText.rows(array, input, "the sample", subject.trial)
    }
    let bytes = given.content
    let list = findingList()
    let step = try subject.step("inspect", life) { call, error in
      table.inspect(subject.handle, call, given.pointer, list.pointer, error)
    }
    guard given.content == bytes else { throw .broken("DET-3", "inspect wrote to the batch that it was lent") }
    let after = try RowText.rows(given.pointer, input, "the sample", subject.trial)
    if let difference = RowText.difference(before, after) {
      throw .broken("DET-3", "inspect changed a row: \(difference)")
    }
    let found = try step == .done ? findings(list, rows: before.count) : nil
    try subject.trial.drop(&given.pointer.pointee)
    return found
  }

  func finish(rows: UInt64, _ life: Life) throws(Objection) -> [String]? {
    guard let finish = table.finish else { return [] }
    let summary = subject.lent(
      headrace_run_summary(struct_size: 0, reserved: 0, rows: rows, wall_time_us: 1_700_000_000_000_000))
    summary.pointer.pointee.struct_size = summary.size
    let list = findingList()
    let subject = subject
    let step = try subject.step("finish", life) { call, error in
      finish(subject.handle, call, summary.pointer, list.pointer, error)
    }
    return try step == .done ? findings(list, rows: 0) : nil
  }

  /// The state; nil if the detector learns nothing, and where a life that forgives ended early.
  func save(_ life: Life) throws(Objection) -> [UInt8]? {
    guard let save = table.save else { return nil }
    let buffer = subject.lent(headrace_buffer.empty)
    buffer.pointer.pointee.struct_size = buffer.size
    let subject = subject
    let step = try subject.step("save", life) { call, error in save(subject.handle, call, buffer.pointer, error) }
    guard step == .done else { return nil }
    return try subject.trial.step("looking at the state of save", "DET-5") { () throws(Objection) in
      guard buffer.pointer.pointee.bytes.length <= 1 << 20 else {
        throw .broken("DET-5", "a state of \(buffer.pointer.pointee.bytes.length) bytes; 1 MiB is the most")
      }
      return try objecting("DET-5") { () throws(Failure) in try buffer.pointer.pointee.take() }
    }
  }

  /// How putting back a state ended.
  func restore(_ state: [UInt8]) throws(Objection) -> Answer {
    guard let restore = table.restore else { throw .inapplicable("it has no restore") }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let bytes = loan.bytes(state)
    return try subject.call("restore") { call, error in restore(subject.handle, call, bytes, error) }
  }

  private func findingList() -> Guarded<headrace_finding_list> {
    let list = subject.lent(headrace_finding_list.empty)
    list.pointer.pointee.struct_size = list.size
    return list
  }

  private func findings(_ list: Guarded<headrace_finding_list>, rows: Int) throws(Objection) -> [String] {
    try subject.trial.step("looking at the findings", "DET-2") { () throws(Objection) in
      let found = try objecting("DET-2") { () throws(Failure) in
        try elements(list.pointer.pointee.items, list.pointer.pointee.n_items, "findings") as [headrace_finding]
      }
      for finding in found { try check(finding, rows: rows) }
      let told = found.map { "\(String($0.rule)) \($0.row) \(String($0.message)) \($0.score)" }
      list.pointer.pointee.release?(list.pointer)
      return told
    }
  }

  private func check(_ finding: headrace_finding, rows: Int) throws(Objection) {
    guard (HEADRACE_SEVERITY_INFO...HEADRACE_SEVERITY_CRITICAL).contains(finding.severity) else {
      throw .broken("DET-2", "a finding of severity \(finding.severity)")
    }
    guard finding.row >= -1, finding.row < Int64(rows) else {
      throw .broken("DET-2", "a finding about row \(finding.row) of \(rows)")
    }
    guard let rule = Answer.whole(finding.rule, limit: 256), !rule.isEmpty,
      let message = Answer.whole(finding.message, limit: 64 << 10), !message.isEmpty
    else { throw .broken("DET-2", "a finding whose rule or message is no text") }
    guard let column = Answer.whole(finding.column, limit: 64 << 10), column.isEmpty || input.index(of: column) != nil
    else { throw .broken("DET-2", "a finding about a column that there is not") }
    guard finding.score.isFinite else { throw .broken("DET-2", "a finding whose score is \(finding.score)") }
  }
}
