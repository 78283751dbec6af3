import CArrow
import CHeadrace
import HostModel

/// A batch as it was read.
struct ReadBatch: Equatable {
  var rows: [String]
  var ordinal: UInt64
  var position: [UInt8]
  var rejects: Int
}

/// A stream that a source says it has.
struct FoundStream: Equatable {
  var name: String
  var schema: Schema
  var key: [String]
  var cursors: [String]
}

/// A split as a source gives it.
struct FoundSplit: Equatable {
  var id: String
  var identity: String
  var token: [UInt8]
}

/// A split of a source, being read.
final class SourceTrial: @unchecked Sendable {
  // Used by one thread at a time.
  private static let mostRows: Int64 = 65_536
  let subject: Subject
  let stream: FoundStream
  let split: FoundSplit
  private let table: headrace_source
  private var reader: OpaquePointer?
  private(set) var schema = Schema([])
  private(set) var last = ReadBatch(rows: [], ordinal: 0, position: [], rejects: 0)
  /// Batches that are kept until the instance is gone.
  var keeps = false
  private(set) var kept: [headrace_batch] = []

  /// Opens the first split of the first stream that has one.
  ///
  /// - Returns: nil where a life that forgives ended early.
  init?(_ subject: Subject, _ life: Life) throws(Objection) {
    self.subject = subject
    guard let table = subject.tables.source else { throw .inapplicable("it is no source") }
    self.table = table
    guard let streams = try subject.discover([], life) else { return nil }
    guard let stream = streams.first else { throw .broken("SRC-1", "with this configuration it has no stream") }
    guard let splits = try subject.splits(stream, known: [], life) else { return nil }
    guard let split = splits.first else { throw .broken("SRC-4", "the stream '\(stream.name)' has no split") }
    self.stream = stream
    self.split = split
    guard try open(life: life) == .done else { return nil }
  }

  /// Opens a split.
  init(_ subject: Subject, _ stream: FoundStream, _ split: FoundSplit, from batch: ReadBatch? = nil) throws(Objection) {
    self.subject = subject
    guard let table = subject.tables.source else { throw .inapplicable("it is no source") }
    self.table = table
    self.stream = stream
    self.split = split
    if let batch { last = batch }
    _ = try open(life: .whole)
  }

  private func open(life: Life) throws(Objection) -> Step {
    let schema = Guarded(ArrowSchema())
    let slot = Guarded<OpaquePointer?>(nil)
    let loan = Loan()
    let request = subject.lent(self.request(loan))
    request.pointer.pointee.struct_size = request.size
    let before = request.content
    let (table, subject) = (table, subject)
    let step = try subject.step(
      "open", life,
      untouched: { () throws(Objection) in
        guard slot.pointer.pointee == nil, schema.pointer.pointee.release == nil else {
          throw .broken("CAL-4", "'open' failed and left a reader or a schema")
        }
      },
      { call, error in
        table.open(subject.handle, call, request.pointer, schema.pointer, slot.pointer, error)
      })
    withExtendedLifetime(loan) {}
    guard request.content == before else { throw .broken("CAL-7", "'open' wrote to its request") }
    guard step == .done else { return step }
    guard let reader = slot.pointer.pointee else { throw .broken("SRC-3", "open returned HEADRACE_OK and no reader") }
    self.reader = reader
    self.schema = try subject.trial.take(&schema.pointer.pointee, "open")
    guard self.schema == stream.schema else {
      throw .broken("SRC-3", "the schema of open is not that of discover: \(self.schema.told), \(stream.schema.told)")
    }
    return .done
  }

  private func request(_ loan: Loan) -> headrace_open_request {
    headrace_open_request(
      struct_size: 0, read: UInt32(HEADRACE_READ_FULL), stream: loan.text(stream.name), split: loan.text(split.id),
      identity: loan.text(split.identity), token: loan.bytes(split.token), position: loan.bytes(last.position),
      ordinal: last.ordinal, batch_bytes: 1 << 20, batch_rows: UInt64(Self.mostRows))
  }

  /// The next batch; nil at the end, and where a life that forgives ended early.
  func read(_ life: Life) throws(Objection) -> ReadBatch? {
    let batch = subject.lent(headrace_batch.empty)
    batch.pointer.pointee.struct_size = batch.size
    let (table, subject, reader) = (table, subject, reader)
    let step = try subject.step(
      "read", life,
      untouched: { () throws(Objection) in try batch.pointer.pointee.checkEmpty("read", batch.size) },
      { call, error in table.read(subject.handle, call, reader, batch.pointer, error) })
    guard batch.isTailUntouched else { throw .broken("CAL-7", "'read' wrote behind the batch that it knows") }
    guard step == .done else { return nil }
    return try take(&batch.pointer.pointee, size: batch.size)
  }

  private func take(_ batch: inout headrace_batch, size: UInt32) throws(Objection) -> ReadBatch {
    let trial = subject.trial
    guard batch.array.length <= Self.mostRows else {
      throw .broken("SRC-6", "a batch of \(batch.array.length) rows, where \(Self.mostRows) were the most asked for")
    }
    let rows = try batch.rows(schema, "the batch of read", size, trial)
    let rejects = try batch.checkRejects(inputRows: nil, trial)
    guard batch.ordinal > last.ordinal else {
      throw .broken("SRC-6", "the ordinal \(batch.ordinal) after \(last.ordinal)")
    }
    guard batch.ordinal < UInt64.max else { throw .broken("SRC-6", "the last ordinal that there is") }
    guard (1...16 << 10).contains(batch.position.length), batch.position.data != nil else {
      throw .broken("SRC-6", "a position of \(batch.position.length) bytes; 1 byte to 16 KiB are allowed")
    }
    let position = trial.step("looking at the position of read", "SRC-6") { [UInt8](batch.position) }
    guard position != last.position else { throw .broken("SRC-6", "two batches have the same position") }
    guard batch.source_bytes >= -1 else { throw .broken("SRC-6", "source_bytes is \(batch.source_bytes)") }
    last = ReadBatch(rows: rows, ordinal: batch.ordinal, position: position, rejects: rejects)
    if keeps { kept.append(batch) } else { try batch.drop(trial) }
    return last
  }

  /// Everything that is left.
  func rest(limit: Int = 1_000) throws(Objection) -> [ReadBatch] {
    var batches: [ReadBatch] = []
    while batches.count < limit, let batch = try read(.whole) { batches.append(batch) }
    return batches
  }

  func acknowledge(_ life: Life) throws(Objection) {
    guard let acknowledge = table.ack, !last.position.isEmpty else { return }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let position = subject.lent(
      headrace_split_position(
        struct_size: 0, is_complete: 0, split: loan.text(split.id), identity: loan.text(split.identity),
        position: loan.bytes(last.position), ordinal: last.ordinal))
    position.pointer.pointee.struct_size = position.size
    let subject = subject
    _ = try subject.step("ack", life) { call, error in acknowledge(subject.handle, call, position.pointer, error) }
  }

  func close() {
    guard let reader else { return }
    self.reader = nil
    subject.trial.step("close") { table.close(subject.handle, reader) }
  }

  /// Releases what was kept.
  func dropKept() throws(Objection) {
    for index in kept.indices { try kept[index].drop(subject.trial) }
    kept = []
  }

  /// The rows of what was kept, read once more.
  func keptRows() throws(Objection) -> [[String]] {
    var rows: [[String]] = []
    for batch in kept {
      rows.append(
        try withUnsafePointer(to: batch.array) { (array) throws(Objection) in
          try RowText.rows(array, schema, "a batch that was kept", subject.trial)
        })
    }
    return rows
  }
}

extension Subject {
  /// The streams that match; nil where a life that forgives ended early.
  func discover(_ patterns: [String], _ life: Life) throws(Objection) -> [FoundStream]? {
    guard let table = tables.source else { throw .inapplicable("it is no source") }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let lent = loan.array(patterns.map { loan.text($0) })
    let list = self.lent(headrace_stream_list())
    list.pointer.pointee.struct_size = list.size
    let step = try step("discover", life) { call, error in
      table.discover(self.handle, call, lent, UInt64(patterns.count), list.pointer, error)
    }
    guard step == .done else { return nil }
    defer { trial.step("release of a list", "ARR-4") { list.pointer.pointee.release?(list.pointer) } }
    return try trial.step("looking at the streams", "SRC-1") { () throws(Objection) in
      try self.streams(list.pointer.pointee)
    }
  }

  private func streams(_ list: headrace_stream_list) throws(Objection) -> [FoundStream] {
    var found: [FoundStream] = []
    for stream in try objecting("SRC-1", { () throws(Failure) in try elements(list.items, list.n_items, "streams") })
      as [headrace_stream]
    {
      guard let name = Answer.whole(stream.name, limit: 1 << 12), !name.isEmpty else {
        throw .broken("SRC-1", "a stream whose name is no text")
      }
      let schema = try trial.look(stream.schema, "discover")
      func columns(_ list: UnsafePointer<headrace_string>?, _ count: UInt64) throws(Objection) -> [String] {
        guard count <= 1 << 12, count == 0 || list != nil else {
          throw .broken("SRC-1", "'\(name)' has a list of \(count) columns that is not there")
        }
        let names = (0..<Int(count)).compactMap { index in list.map { String($0[index]) } }
        for column in names where schema.index(of: column) == nil {
          throw .broken("SRC-1", "'\(name)' has no column '\(column)', which is named as a key or cursor")
        }
        return names
      }
      found.append(
        FoundStream(
          name: name, schema: schema, key: try columns(stream.key, stream.n_key),
          cursors: try columns(stream.cursors, stream.n_cursors)))
    }
    guard Set(found.map(\.name)).count == found.count else { throw .broken("SRC-1", "two streams of one name") }
    return found
  }

  /// The splits of a stream; nil where a life that forgives ended early.
  func splits(
    _ stream: FoundStream, known: [(split: FoundSplit, batch: ReadBatch, isComplete: Bool)], _ life: Life
  ) throws(Objection) -> [FoundSplit]? {
    guard let table = tables.source else { throw .inapplicable("it is no source") }
    let loan = Loan()
    defer { withExtendedLifetime(loan) {} }
    let positions = known.map { entry in
      headrace_split_position(
        struct_size: UInt32(MemoryLayout<headrace_split_position>.size), is_complete: entry.isComplete ? 1 : 0,
        split: loan.text(entry.split.id), identity: loan.text(entry.split.identity),
        position: loan.bytes(entry.batch.position), ordinal: entry.batch.ordinal)
    }
    let request = lent(
      headrace_split_request(
        struct_size: 0, read: UInt32(HEADRACE_READ_FULL), stream: loan.text(stream.name),
        known: loan.pointers(positions), n_known: UInt64(positions.count), split_bytes: 64 << 20,
        cursor: headrace_string()))
    request.pointer.pointee.struct_size = request.size
    let list = lent(headrace_split_list())
    list.pointer.pointee.struct_size = list.size
    let step = try step("splits", life) { call, error in
      table.splits(self.handle, call, request.pointer, list.pointer, error)
    }
    guard step == .done else { return nil }
    defer { trial.step("release of a list", "ARR-4") { list.pointer.pointee.release?(list.pointer) } }
    let splits = try trial.step("looking at the splits", "SRC-4") { () throws(Objection) in
      try objecting("SRC-4") { () throws(Failure) in try list.pointer.pointee.splitList() }
    }
    return splits.map { FoundSplit(id: $0.id, identity: $0.identity, token: $0.token) }
  }
}

/// Turns what the host would refuse into an objection to a clause.
func objecting<R>(_ clause: String, _ body: () throws(Failure) -> R) throws(Objection) -> R {
  do throws(Failure) { return try body() } catch { throw .broken(clause, error.message) }
}

extension headrace_batch {
  /// The rows of a batch that was returned with success; it stays as it is.
  func rows(_ schema: Schema, _ what: String, _ size: UInt32, _ trial: Trial) throws(Objection) -> [String] {
    // Who fills it may say how far it did.
    guard struct_size >= UInt32(MemoryLayout<Self>.size), struct_size <= size else {
      throw .broken("CAL-7", "\(what) has the struct_size \(struct_size)")
    }
    try trial.step("looking at \(what)", "ARR-2") { () throws(Objection) in
      try objecting("ARR-2") { () throws(Failure) in try RecordBatch.check(array, schema: schema) }
    }
    return try withUnsafePointer(to: array) { (array) throws(Objection) in
      try RowText.rows(array, schema, what, trial)
    }
  }

  /// - Returns: how many there are.
  func checkRejects(inputRows: Int?, _ trial: Trial) throws(Objection) -> Int {
    let count = n_rejects
    guard count <= 1 << 20, count == 0 || rejects != nil else { throw .broken("ARR-6", "\(count) rejects") }
    return try trial.step("looking at the rejects", "ARR-6") { () throws(Objection) in
      let rejects = try objecting("ARR-6") { () throws(Failure) in
        try elements(self.rejects, count, "rejects") as [headrace_reject]
      }
      for reject in rejects {
        if let inputRows, reject.row < 0 || reject.row >= Int64(inputRows) {
          throw .broken("ARR-6", "a reject of row \(reject.row) of \(inputRows)")
        }
        if inputRows == nil, reject.row != -1 { throw .broken("ARR-6", "a reject of row \(reject.row) of a source") }
        guard let reason = Answer.whole(reject.reason, limit: 64 << 10), !reason.isEmpty else {
          throw .broken("ARR-6", "a reject whose reason is no text")
        }
        guard Answer.whole(reject.place, limit: 64 << 10) != nil, reject.record.length <= 64 << 10,
          reject.record.length == 0 || reject.record.data != nil, Status(rawValue: reject.status) != nil,
          reject.status != HEADRACE_OK
        else { throw .broken("ARR-6", "a reject with a bad place, record or status") }
      }
      return rejects.count
    }
  }

  /// After a failure it has to be as it came.
  func checkEmpty(_ name: String, _ size: UInt32) throws(Objection) {
    guard struct_size == size, array.release == nil, release == nil, n_rejects == 0, position.length == 0 else {
      throw .broken("CAL-4", "'\(name)' did not succeed and filled the batch")
    }
  }

  mutating func drop(_ trial: Trial) throws(Objection) {
    try trial.drop(&array)
    guard let release else { return }
    trial.step("release of a batch", "ARR-4") { release(&self) }
    self.release = nil
  }
}

extension Schema {
  var told: String { fields.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " required")" }.joined(separator: ", ") }
}
