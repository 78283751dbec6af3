import CHeadrace
import HostModel

/// What a format owes.
let formatClauses: [Clause] = [
  .tried(
    "FMT-1", of: "format",
    "A file is of the format that iceberg_name says, PARQUET, ORC or AVRO, from its first byte to its last, also without "
      + "a row.", fileKinds),
  .tried(
    "FMT-2", of: "format", "A summary has as many rows and bytes as were written, and write says how many bytes so far."
  ) { (trial) throws(Objection) in
    let format = try FormatTrial(trial.subject())
    guard let file = try format.open(.whole) else { return "" }
    for index in 0..<4 {
      guard let size = try format.write(SampleBatch(range: index * 500..<index * 500 + 500), to: file, .whole) else {
        return ""
      }
      guard size >= max(1, Int64(file.output.count)), size <= 1 << 40 else {
        let told = size == .min ? "write sets no file_bytes" : "write sets file_bytes to \(size)"
        throw .broken("\(told), after \(file.rows) rows and \(file.output.count) bytes")
      }
    }
    guard let summary = try format.finish(file, .whole) else { return "" }
    if let lie = file.lie(in: summary) { throw .broken("the summary has \(lie)") }
    try format.end()
    return "\(summary.recordCount) rows, \(summary.fileBytes) bytes"
  },
  .tried(
    "FMT-3", of: "format",
    "What a summary says of a column is so: its id, its counts and its bounds, or it says nothing."
  ) { (trial) throws(Objection) in
    let (file, summary) = try written(trial, [SampleBatch(range: 0..<400), SampleBatch(range: 400..<1000)])
    if let lie = file.columnLie(in: summary) { throw .broken("the summary has \(lie)") }
    let bounds = summary.columns.count { $0.lower != nil }
    return "\(summary.columns.count) of \(file.columns.count) columns, \(bounds) of them with bounds"
  },
  .tried("FMT-4", of: "format", "Rows that are named are written, in any order and more than once; none, if none is.") {
    (trial) throws(Objection) in
    let mixed: [Int32] = [41, 3, 3, 0, 99, 17, 98]
    for selection in [mixed, Array(20..<60), [7], []] {
      let (file, summary) = try written(
        trial, [SampleBatch(range: 100..<200, selection: selection), SampleBatch(range: 0..<10, selection: [9])])
      try file.check(summary)
    }
    return "4 selections of 100 rows"
  },
  .tried(
    "FMT-5", of: "format",
    "Slices are batches like any other, and so are those without a row, of many, and of nulls alone."
  ) { (trial) throws(Objection) in
    for lead in [2, 7, 16, 33] {
      let (file, summary) = try written(
        trial,
        [SampleBatch(range: 40..<140, lead: lead), SampleBatch(range: 40..<90, lead: lead, selection: [0, 49, 8])])
      do throws(Objection) { try file.check(summary) } catch { throw error.told("a slice behind \(lead) rows") }
    }
    let others = [
      SampleBatch(range: 0..<0), SampleBatch(range: 0..<20_000), SampleBatch(range: 0..<9, onlyNulls: true),
    ]
    for batches in [others, [others[0]], [others[2]]] {
      let (file, summary) = try written(trial, batches)
      try file.check(summary)
    }
    return "4 slices; 0, 20,000, and 9 rows of nulls"
  },
  .tried(
    "FMT-6", of: "format", "A failure of the output ends the call that meets it, with its status and message.", fullDisk
  ),
  .tried(
    "FMT-7", of: "format",
    "Bytes are written during a call to the writer, by the thread of that call, and by no abort."
  ) { (trial) throws(Objection) in
    let format = try FormatTrial(trial.subject())
    for batches in 0..<3 {
      guard let file = try format.open(.whole) else { return "" }
      for index in 0..<batches {
        _ = try format.write(SampleBatch(range: index * 300..<index * 300 + 300), to: file, .whole)
      }
      try format.abort(file)
    }
    guard try format.file([SampleBatch(range: 0..<300)], .whole) != nil else { return "" }
    try format.end()
    return "3 files given up, one finished"
  },
  .tried("FMT-8", of: "format", "Files that are open at the same time have each their own rows.", sideBySide),
  .tried(
    "FMT-9", of: "format", "finish and abort free the writer, whatever came before, and the instance goes on.",
    freedWriters),
  .tried(
    "FMT-10", of: "format",
    "Columns without an id, or with one that another has, are HEADRACE_INVALID_CONFIG, and nothing breaks."
  ) { (trial) throws(Objection) in
    let format = try FormatTrial(trial.subject())
    let columns = FormatTrial.columns(trial)
    let without = columns.map { Field($0.name, $0.type, nullable: $0.isNullable) }
    let twice = columns.prefix(1) + [Field("a_column_of_the_same_id", .integer(bits: 64), id: columns[0].id)]
    let refusals = [try refusal(format, without), try refusal(format, Array(twice))].compactMap(\.self)
    // It serves those that it can.
    guard try format.file([SampleBatch(range: 0..<100)], .whole) != nil else { return "" }
    try format.end()
    guard !refusals.isEmpty else { throw .inapplicable("it takes columns of any ids") }
    return refusals.joined(separator: "; ")
  },
]

extension Objection {
  /// The same about a part of what was tried.
  fileprivate func told(_ where: String) -> Objection {
    guard case .broken(let clause, let what) = self else { return self }
    return .broken(clause, "\(`where`): \(what)")
  }
}

/// A file that a fresh instance writes.
private func written(_ trial: Trial, _ batches: [SampleBatch]) throws(Objection) -> (TrialFile, FileSummary) {
  let format = try FormatTrial(trial.subject())
  guard let (file, summary) = try format.file(batches, .whole) else { throw .broken("it did not write a file") }
  try format.end()
  return (file, summary)
}

private func fileKinds(_ trial: Trial) throws(Objection) -> String {
  guard let table = try trial.library().tables.format else { throw .inapplicable("it is no format") }
  guard let name = Answer.whole(table.iceberg_name, limit: 64), let kind = LakeFileFormat(rawValue: name) else {
    let known = LakeFileFormat.allCases.map(\.rawValue).joined(separator: ", ")
    throw .broken("its iceberg_name is '\(String(table.iceberg_name, limit: 64))'; a lake's metadata knows \(known)")
  }
  let suffix = Answer.whole(table.extension, limit: 32) ?? ""
  guard !suffix.isEmpty, suffix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
    throw .broken("its extension '\(suffix)' is not one for names of files")
  }
  let cases: [(String, [SampleBatch])] = [
    ("without a batch", []), ("without a row", [SampleBatch(range: 0..<0)]),
    ("of 700 rows", [SampleBatch(range: 0..<200), SampleBatch(range: 200..<700)]),
  ]
  for (what, batches) in cases {
    let (file, _) = try written(trial, batches)
    if let flaw = kind.flaw(file.output.bytes, rows: file.rows) { throw .broken("a file \(what): \(flaw)") }
  }
  return "\(name) of 0 and of 700 rows"
}

/// Writes with an output that takes ever more before it fails, up to all but the last byte.
private func fullDisk(_ trial: Trial) throws(Objection) -> String {
  let batches = [SampleBatch(range: 0..<300), SampleBatch(range: 300..<600)]
  let size = try written(trial, batches).0.output.count
  var told = 0
  for room in [0, size / 4, size * 3 / 4, size - 1] {
    let format = try FormatTrial(trial.subject())
    let isWhole: Bool
    do throws(Objection) { isWhole = try format.file(batches, .full, room: room) != nil } catch {
      // It has failed, but not as its output did.
      guard case .broken("CAL-8"?, let what) = error else { throw error }
      throw .broken("with room for \(room) of \(size) bytes: \(what)")
    }
    let message = format.subject.lastAnswer?.message ?? ""
    if !isWhole, !message.contains(TrialOutput.full.message) {
      throw .broken("the output says '\(TrialOutput.full.message)', and what is told of it is '\(message)'")
    }
    told += isWhole ? 0 : 1
    try format.end()
  }
  return "\(told) failures of 4 outputs, of a file of \(size) bytes"
}

private func sideBySide(_ trial: Trial) throws(Objection) -> String {
  let format = try FormatTrial(trial.subject())
  var files: [TrialFile] = []
  for _ in 0..<3 { if let file = try format.open(.whole) { files.append(file) } }
  for round in 0..<3 {
    for (index, file) in files.enumerated() {
      let first = index * 10_000 + round * 100
      _ = try format.write(SampleBatch(range: first..<first + 40 + index), to: file, .whole)
    }
  }
  for index in [1, 2, 0] where files.indices.contains(index) {
    guard let summary = try format.finish(files[index], .whole) else { return "" }
    do throws(Objection) { try files[index].check(summary) } catch { throw error.told("the file \(index + 1) of 3") }
  }
  try format.end()
  return "3 files, written in turns"
}

/// Writers that end in every way there is; what grows with each round is what a writer leaves behind.
private func freedWriters(_ trial: Trial) throws(Objection) -> String {
  let batch = SampleBatch(range: 0..<200)
  let kept = try leavingNothing(trial, heap: nil) { () throws(Objection) in
    let format = try FormatTrial(trial.subject())
    if let given = try format.open(.whole) { try format.abort(given) }
    if let given = try format.open(.whole) {
      _ = try format.write(batch, to: given, .whole)
      try format.abort(given)
    }
    if let full = try format.open(.whole) {
      _ = try format.write(batch, to: full, .whole)
      full.output.room = full.output.count
      _ = try format.finish(full, .full)
    }
    guard let (file, summary) = try format.file([batch], .whole) else { return }
    if let lie = file.lie(in: summary) { throw .broken("after files that were given up the summary has \(lie)") }
    try format.end()
  }
  return kept
}

/// How it refuses columns; nil if it takes them.
private func refusal(_ format: FormatTrial, _ columns: [Field]) throws(Objection) -> String? {
  do throws(Objection) {
    if let file = try format.open(.whole, columns: columns) { try format.abort(file) }
    return nil
  } catch {
    guard case .broken("CAL-8"?, let what) = error else { throw error }
    let status = format.subject.lastAnswer?.status
    guard status == HEADRACE_INVALID_CONFIG || status == HEADRACE_UNSUPPORTED else { throw .broken(what) }
    return what
  }
}
