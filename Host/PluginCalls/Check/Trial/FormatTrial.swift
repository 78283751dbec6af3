import CArrow
import CHeadrace
import HostModel

/// Rows of the sample, as one call of `write` is given them.
struct SampleBatch {
  var range: Range<Int>
  /// Rows in front that do not count.
  var lead = 0
  var onlyNulls = false
  /// The indices that are named, from the batch's first row on; nil: all rows.
  var selection: [Int32]?

  /// The rows of the sample that go into the file, in their order.
  var chosen: [Int] { selection?.map { range.lowerBound + Int($0) } ?? Array(range) }
}

/// A file that a format under trial writes, and what is true of it.
final class TrialFile {
  let output = TrialOutput()
  let columns: [Field]
  fileprivate var writer: OpaquePointer?
  private(set) var rows: Int64 = 0
  private(set) var truths: [ColumnTruth]

  fileprivate init(_ columns: [Field]) {
    self.columns = columns
    truths = columns.map { _ in ColumnTruth() }
  }

  fileprivate func add(_ batch: SampleBatch, of sample: SampleRows) {
    rows += Int64(batch.chosen.count)
    for row in batch.chosen {
      for column in columns.indices {
        truths[column].add(sample.value(column: column, row: row, onlyNulls: batch.onlyNulls))
      }
    }
  }
}

/// A format, and the files that it has open.
final class FormatTrial: @unchecked Sendable {
  // Used by one thread at a time.
  let subject: Subject
  private let table: headrace_format
  let sample: SampleRows
  /// Outputs stay where they are until the instance is gone: who goes on using one is seen.
  private var files: [TrialFile] = []

  /// The author's columns, or one of each type; all with ids, by which a format knows them.
  static func columns(_ trial: Trial) -> [Field] {
    let stated = trial.request.input
    return (stated.isEmpty ? SampleRows.everyType : stated).enumerated().map { index, field in
      Field(field.name, field.type, nullable: field.isNullable, id: index + 1)
    }
  }

  init(_ subject: Subject) throws(Objection) {
    guard let table = subject.tables.format else { throw .inapplicable("it is no format") }
    self.subject = subject
    self.table = table
    sample = SampleRows(Self.columns(subject.trial), seed: subject.trial.request.seed)
  }

  /// - Parameter columns: in place of those of the sample.
  /// - Returns: nil where a life that bears it ended early.
  func open(_ life: Life, columns: [Field]? = nil, room: Int = .max) throws(Objection) -> TrialFile? {
    let file = TrialFile(columns ?? sample.fields)
    file.output.room = room
    files.append(file)
    let schema = ExportedSchema(Schema(file.columns))
    let output = subject.lent(file.output.structure)
    output.pointer.pointee.struct_size = output.size
    file.output.lent = output
    let made = Guarded<OpaquePointer?>(nil)
    defer { withExtendedLifetime(schema) {} }
    let step = try step(
      "open", file, life,
      untouched: { () throws(Objection) in
        guard made.pointer.pointee == nil else { throw .broken("CAL-4", "'open' failed and returned a writer") }
      },
      { [table, subject] call, error in
        table.open(subject.handle, call, schema.pointer, output.pointer, made.pointer, error)
      })
    guard step == .done else { return nil }
    guard let writer = made.pointer.pointee else { throw .broken("CAL-8", "open returned HEADRACE_OK and no writer") }
    file.writer = writer
    return file
  }

  /// - Returns: what the file would have about now, in bytes; nil where a life that bears it ended early.
  func write(_ batch: SampleBatch, to file: TrialFile, _ life: Life) throws(Objection) -> Int64? {
    let given = Guarded(sample.batch(batch.range, lead: batch.lead, onlyNulls: batch.onlyNulls))
    let schema = Schema(sample.fields)
    let before = try RowText.rows(given.pointer, schema, "the sample", subject.trial)
    let content = given.content
    let indices = LentIndices(batch.selection)
    let size = Guarded<Int64>(.min)
    let step = try step("write", file, life) { [table, subject, writer = file.writer] call, error in
      table.write(
        subject.handle, call, writer, given.pointer, indices.pointer, UInt64(indices.count), size.pointer, error)
    }
    guard given.content == content, indices.isUntouched else {
      throw .broken("CAL-7", "'write' wrote to the batch or to the indices that it was lent")
    }
    let after = try RowText.rows(given.pointer, schema, "the sample", subject.trial)
    if let difference = RowText.difference(before, after) { throw .broken("CAL-7", "'write' changed \(difference)") }
    try subject.trial.drop(&given.pointer.pointee)
    guard step == .done else { return nil }
    file.add(batch, of: sample)
    return size.pointer.pointee
  }

  /// Completes the file.
  ///
  /// - Returns: the summary; nil where a life that bears it ended early. The writer is gone in any case.
  func finish(_ file: TrialFile, _ life: Life) throws(Objection) -> FileSummary? {
    let summary = subject.lent(headrace_file_summary.empty)
    summary.pointer.pointee.struct_size = summary.size
    let writer = file.writer
    file.writer = nil
    let step = try step(
      "finish", file, life,
      untouched: { () throws(Objection) in
        let found = summary.pointer.pointee
        guard found.release == nil, found.record_count == 0, found.n_columns == 0 else {
          throw .broken("CAL-4", "'finish' failed and filled its summary")
        }
      },
      { [table, subject] call, error in table.finish(subject.handle, call, writer, summary.pointer, error) })
    guard summary.isTailUntouched else { throw .broken("CAL-7", "'finish' wrote behind the summary that it knows") }
    guard step == .done else { return nil }
    guard summary.isSize(summary.pointer.pointee.struct_size) else {
      throw .broken("CAL-7", "the summary has the struct_size \(summary.pointer.pointee.struct_size)")
    }
    return try subject.trial.step("looking at the summary", "FMT-3") { () throws(Objection) in
      try objecting("FMT-3") { () throws(Failure) in try summary.pointer.pointee.take() }
    }
  }

  func abort(_ file: TrialFile) throws(Objection) {
    guard let writer = file.writer else { return }
    file.writer = nil
    subject.trial.step("abort") { table.abort(subject.handle, writer) }
    try file.output.check()
  }

  /// Destroys the instance. What is open is aborted first, as a host does.
  func end() throws(Objection) {
    for file in files { try abort(file) }
    subject.destroy()
    for file in files { try file.output.check() }
  }

  /// A file from its beginning to its end, as a host has it written.
  ///
  /// - Returns: nil where a life that bears it ended early; the writer is then gone.
  func file(
    _ batches: [SampleBatch], _ life: Life, room: Int = .max
  ) throws(Objection) -> (file: TrialFile, summary: FileSummary)? {
    guard let file = try open(life, room: room) else { return nil }
    for batch in batches {
      guard try write(batch, to: file, life) != nil else {
        try abort(file)
        return nil
      }
    }
    return try finish(file, life).map { (file, $0) }
  }

  /// One call to a writer. The objections of outputs, another file's too, come first: they are the cause of what follows.
  private func step(
    _ name: String, _ file: TrialFile, _ life: Life, untouched: () throws(Objection) -> Void = {},
    _ body: @escaping (UnsafePointer<headrace_call>, UnsafeMutablePointer<headrace_error>) -> headrace_status
  ) throws(Objection) -> Step {
    let output = file.output
    let result = Result { () throws(Objection) in
      try subject.step(name, life, untouched: untouched) { call, error in output.during { body(call, error) } }
    }
    for file in files { try file.output.check() }
    let step = try result.get()
    if step == .done, output.hasFailed {
      throw .broken("FMT-6", "'\(name)' succeeded although its output had failed")
    }
    return step
  }
}

/// Indices that are lent, and end where they end.
private final class LentIndices: @unchecked Sendable {
  // Lent to one call at a time.
  private let given: [Int32]
  private let memory: UnsafeMutableBufferPointer<Int32>?

  init(_ indices: [Int32]?) {
    given = indices ?? []
    memory = indices.map { indices in
      let memory = UnsafeMutableBufferPointer<Int32>.allocate(capacity: max(1, indices.count))
      _ = memory.initialize(from: indices)
      return memory
    }
  }

  var pointer: UnsafePointer<Int32>? { memory.flatMap { UnsafePointer($0.baseAddress) } }
  var count: Int { given.count }
  var isUntouched: Bool { memory.map { $0.prefix(given.count).elementsEqual(given) } ?? true }

  deinit { memory?.deallocate() }
}
