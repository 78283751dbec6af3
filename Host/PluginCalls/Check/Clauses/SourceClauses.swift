import CHeadrace
import Glibc
import HostModel

/// What a source owes.
let sourceClauses: [Clause] = [
  .tried(
    "SRC-1", of: "source",
    "discover lists streams of distinct names, with keys and cursors among their columns, the same "
      + "each time."
  ) { (trial) throws(Objection) in
    let subject = try trial.subject()
    let first = try subject.discover([], .whole) ?? []
    guard try subject.discover([], .whole) == first else { throw .broken("the second list is another one") }
    subject.destroy()
    guard !first.isEmpty else { throw .broken("with this configuration it has no stream") }
    return first.prefix(3).map { "\($0.name) (\($0.schema.told))" }.joined(separator: "; ")
  },
  .tried(
    "SRC-2", of: "source",
    "A pattern without a star that matches nothing is HEADRACE_NOT_FOUND; one with a star may match "
      + "nothing.", patterns),
  .tried("SRC-3", of: "source", "open returns a reader, and the schema of discover.") { (trial) throws(Objection) in
    let subject = try trial.subject()
    guard let reading = try SourceTrial(subject, .whole) else { return "" }
    reading.close()
    subject.destroy()
    return reading.schema.told
  },
  .tried(
    "SRC-4", of: "source",
    "splits of the same data are the same each time, have distinct ids, and leave out what is "
      + "complete.", splits),
  .tried("SRC-5", of: "source", "A split yields the same rows in the same batches each time, in every instance.") {
    (trial) throws(Objection) in
    let (_, first) = try readAll(trial)
    let (_, second) = try readAll(trial)
    guard first.count == second.count else { throw .broken("\(first.count) batches and then \(second.count)") }
    for (index, (one, other)) in zip(first, second).enumerated() where one != other {
      let what = RowText.difference(one.rows, other.rows) ?? "another ordinal, position or number of rejects"
      throw .broken("batch \(index): \(what)")
    }
    return "\(first.count) batches, \(first.reduce(0) { $0 + $1.rows.count }) rows, twice"
  },
  .tried(
    "SRC-6", of: "source",
    "Each batch has a greater ordinal, a new position of at most 16 KiB, and no more rows than were asked for."
  ) {
    (trial) throws(Objection) in
    let (_, batches) = try readAll(trial)
    let longest = batches.map(\.position.count).max() ?? 0
    return "\(batches.count) positions of at most \(longest) bytes, ordinals to \(batches.last?.ordinal ?? 0)"
  },
  .tried(
    "SRC-7", of: "source", "Opened at a position, a split yields what comes after it, and nothing else.", resuming),
  .tried(
    "SRC-8", of: "source", "A cancelled read has consumed nothing: opened again, the split goes on where it was.",
    cancelling),
  .tried("SRC-9", of: "source", "A split may be closed before its end, and opened again.") {
    (trial) throws(Objection) in
    let subject = try trial.subject()
    guard let reading = try SourceTrial(subject, .whole) else { return "" }
    let first = try reading.read(.whole)
    reading.close()
    let again = try SourceTrial(subject, reading.stream, reading.split)
    guard try again.read(.whole) == first else { throw .broken("the first batch is another one after closing early") }
    again.close()
    subject.destroy()
    return "closed after its first batch"
  },
  .tried("SRC-10", of: "source", "Acknowledgements may come again, and late.") { (trial) throws(Objection) in
    let subject = try trial.subject()
    guard subject.tables.source?.ack != nil else { throw .inapplicable("it has no ack") }
    guard let reading = try SourceTrial(subject, .whole) else { return "" }
    _ = try reading.read(.whole)
    for _ in 0..<3 { try reading.acknowledge(.whole) }
    reading.close()
    try reading.acknowledge(.whole)
    subject.destroy()
    return "three times, and after close"
  },
  .tried(
    "SRC-11", of: "source",
    "What it returned stays as it is and is released on another thread, after the instance is gone.",
    outliving),
  .tried(
    "SRC-12", of: "source",
    "A stream or a split that it never gave is refused; a position that it never gave breaks nothing.", strangers),
  .tried(
    "SRC-13", of: "source",
    "When its process is killed in any read, another process goes on from the position before it.", tracing),
]

private func readAll(_ trial: Trial) throws(Objection) -> (reading: SourceTrial, batches: [ReadBatch]) {
  let subject = try trial.subject()
  guard let reading = try SourceTrial(subject, .whole) else { throw .broken("it did not open") }
  let batches = try reading.rest()
  reading.close()
  subject.destroy()
  return (reading, batches)
}

private func patterns(_ trial: Trial) throws(Objection) -> String {
  let subject = try trial.subject()
  defer { subject.destroy() }
  let all = try subject.discover([], .whole) ?? []
  guard let first = all.first else { throw .broken("SRC-1", "with this configuration it has no stream") }
  guard try subject.discover([first.name], .whole) == [first] else {
    throw .broken("the pattern '\(first.name)' does not give exactly that stream")
  }
  guard try subject.discover(["no-such-stream-*"], .whole) == [] else {
    throw .broken("the pattern 'no-such-stream-*' matches something")
  }
  guard try subject.discover(["*"], .whole)?.isEmpty == false || first.name.contains(".") else {
    throw .broken("the pattern '*' matches nothing")
  }
  guard let table = subject.tables.source else { throw .inapplicable("it is no source") }
  let loan = Loan()
  defer { withExtendedLifetime(loan) {} }
  let pattern = loan.array([loan.text("no-such-stream")])
  let list = subject.lent(headrace_stream_list())
  list.pointer.pointee.struct_size = list.size
  let answer = try subject.call("discover") { call, error in
    table.discover(subject.handle, call, pattern, 1, list.pointer, error)
  }
  guard answer.status == HEADRACE_NOT_FOUND else {
    throw .broken("for the pattern 'no-such-stream': \(answer.told)")
  }
  guard list.pointer.pointee.release == nil, list.pointer.pointee.n_items == 0 else {
    throw .broken("CAL-4", "'discover' failed and filled the list")
  }
  return answer.message
}

private func splits(_ trial: Trial) throws(Objection) -> String {
  let subject = try trial.subject()
  guard let reading = try SourceTrial(subject, .whole) else { return "" }
  let batches = try reading.rest()
  reading.close()
  let first = try subject.splits(reading.stream, known: [], .whole) ?? []
  let other = try trial.subject()
  guard try other.splits(reading.stream, known: [], .whole) == first else {
    throw .broken("another instance has other splits of the same data")
  }
  other.destroy()
  if let begun = batches.first {
    let known = try subject.splits(reading.stream, known: [(reading.split, begun, false)], .whole) ?? []
    guard known.contains(where: { $0.id == reading.split.id }) else {
      throw .broken("the split '\(reading.split.id)' is gone, though it was only begun")
    }
  }
  if let last = batches.last {
    let known = try subject.splits(reading.stream, known: [(reading.split, last, true)], .whole) ?? []
    guard !known.contains(where: { $0.id == reading.split.id }) else {
      throw .broken("the split '\(reading.split.id)' is given again, though it is complete")
    }
  }
  subject.destroy()
  return "\(first.count) splits, such as '\(reading.split.id)'"
}

private func resuming(_ trial: Trial) throws(Objection) -> String {
  let (reading, batches) = try readAll(trial)
  guard batches.count > 1 else {
    throw .inapplicable("the data is one batch; configure the check with more of it")
  }
  // Each of the first, and then every few: long splits are resumed at some forty places.
  let places = batches.indices.filter { $0 < 16 || $0 % max(1, batches.count / 24) == 0 || $0 == batches.count - 1 }
  for place in places {
    let subject = try trial.subject()
    let again = try SourceTrial(subject, reading.stream, reading.split, from: batches[place])
    let rest = try again.rest(limit: place < 4 ? 1_000 : 3)
    again.close()
    subject.destroy()
    let expected = Array(batches[(place + 1)...].prefix(rest.count))
    guard rest.count == min(batches.count - place - 1, place < 4 ? 1_000 : 3) else {
      throw .broken("after batch \(place) of \(batches.count) there are \(rest.count) more")
    }
    for (index, (one, other)) in zip(expected, rest).enumerated() where one != other {
      let what = RowText.difference(one.rows, other.rows) ?? "another ordinal, position or number of rejects"
      throw .broken("resumed after batch \(place), batch \(place + 1 + index): \(what)")
    }
  }
  return "resumed at \(places.count) of \(batches.count) positions"
}

private func cancelling(_ trial: Trial) throws(Objection) -> String {
  let (reading, batches) = try readAll(trial)
  let subject = try trial.subject()
  var again = try SourceTrial(subject, reading.stream, reading.split)
  var seen: [ReadBatch] = []
  var cancelled = 0
  var random = SplitMix64(seed: trial.request.seed)
  while seen.count < min(batches.count, 200) {
    let isMeant = Bool.random(using: &random) && cancelled < 100
    subject.isHurried = (isMeant, nil)
    if isMeant { subject.cancel() }
    if let batch = try again.read(.forgiving) {
      seen.append(batch)
    } else if isMeant {
      cancelled += 1
      again.close()
      subject.isHurried = (false, nil)
      again = try SourceTrial(subject, reading.stream, reading.split, from: seen.last)
    } else {
      break
    }
  }
  again.close()
  subject.destroy()
  let expected = Array(batches.prefix(seen.count))
  for (index, (one, other)) in zip(expected, seen).enumerated() where one != other {
    throw .broken(
      "batch \(index) after \(cancelled) cancelled reads: "
        + (RowText.difference(one.rows, other.rows) ?? "another ordinal or position"))
  }
  guard seen.count == min(batches.count, 200) else { throw .broken("\(seen.count) batches of \(batches.count)") }
  return "\(cancelled) cancelled reads between \(seen.count) batches"
}

private func outliving(_ trial: Trial) throws(Objection) -> String {
  let subject = try trial.subject()
  guard let reading = try SourceTrial(subject, .whole) else { return "" }
  reading.keeps = true
  let batches = try reading.rest(limit: 20)
  reading.close()
  subject.destroy()
  let rows = try reading.keptRows()
  for (index, (before, after)) in zip(batches, rows).enumerated() {
    if let difference = RowText.difference(before.rows, after) {
      throw .broken("ARR-5", "batch \(index) changed after it was returned: \(difference)")
    }
  }
  var result = Result<Void, Objection>.success(())
  onThreads(1) { _ in result = Result { () throws(Objection) in try reading.dropKept() } }
  try result.get()
  return "\(batches.count) batches, released after destroy"
}

private func strangers(_ trial: Trial) throws(Objection) -> String {
  let subject = try trial.subject()
  guard let reading = try SourceTrial(subject, .whole) else { return "" }
  reading.close()
  var random = SplitMix64(seed: trial.request.seed)
  /// - Returns: whether it was refused.
  func open(_ stream: FoundStream, _ split: FoundSplit, _ position: [UInt8]) throws(Objection) -> Bool {
    let from = ReadBatch(rows: [], ordinal: 7, position: position, rejects: 0)
    do throws(Objection) {
      try SourceTrial(subject, stream, split, from: from).close()
      return false
    } catch {
      guard case .broken("CAL-8"?, _) = error else { throw error }
      return true
    }
  }
  var refused = 0
  for length in [1, 2, 7, 8, 9, 40, 16 << 10] {
    let position = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    refused += try open(reading.stream, reading.split, position) ? 1 : 0
  }
  var (stream, split) = (reading.stream, reading.split)
  stream.name = "no-such-stream"
  split.id = "no-such-split"
  guard try open(stream, reading.split, []) else { throw .broken("it opened the stream 'no-such-stream'") }
  guard try open(reading.stream, split, []) else { throw .broken("it opened the split 'no-such-split'") }
  subject.destroy()
  return "a stream and a split refused, and \(refused) of 7 positions"
}

/// One process of several: it reads, and tells what; or it is killed in the middle of a read.
private func tracing(_ trial: Trial) throws(Objection) -> String {
  let subject = try trial.subject()
  guard var reading = try SourceTrial(subject, .whole) else { throw .broken("it did not open") }
  if case .resumed(let step) = trial.request.part {
    reading.close()
    let last = ReadBatch(rows: [], ordinal: step.ordinal, position: step.position, rejects: 0)
    reading = try SourceTrial(subject, reading.stream, reading.split, from: last)
  }
  if case .killed(let count) = trial.request.part {
    _ = try reading.rest(limit: count)
    var random = SplitMix64(seed: trial.request.seed &+ UInt64(count))
    let pause = UInt32.random(in: 0...2_000, using: &random)
    onThreads(1, joined: false) { _ in
      usleep(pause)
      kill(getpid(), SIGKILL)
    }
    while try reading.read(.whole) != nil {}
    while true { sleep(1) }
  }
  let batches = try reading.rest(limit: 50)
  reading.close()
  subject.destroy()
  return ReadTrace(
    batches.map { batch in
      ReadTrace.Step(ordinal: batch.ordinal, position: batch.position, rows: RowText.hash(batch.rows))
    }
  ).text
}
