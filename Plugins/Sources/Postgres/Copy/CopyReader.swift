import CPostgres
import HeadracePlugin

/// Reads a split: takes tuples out of a COPY under way and makes batches of them.
final class CopyReader: SourceReader {
  /// `PGCOPY\n\377\r\n\0`, then flags and the length of an extension.
  private static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
  private static let headerBytes = 19

  struct Limits {
    var rows: Int
    var bytes: Int

    /// 0 is no wish. The largest batch keeps 32-bit offsets safe: PostgreSQL's rows stay below 1 GiB.
    init(rows: Int, bytes: Int) {
      self.rows = rows > 0 ? rows : 65_536
      self.bytes = min(bytes > 0 ? bytes : 1 << 20, 512 << 20)
    }
  }

  private let plan: ReadPlan
  private let decoder: RowDecoder
  private let limits: Limits
  private let interrupt: Interrupt
  private var connection: Connection?
  /// Takes back a connection whose transaction has ended.
  private let giveBack: (Connection) -> Void
  private var ordinal: UInt64
  private var hasHeader = false
  private var hasTrailer = false
  private var rejects: [Reject] = []
  /// Rows of this split so far, of which those of relations without a key are told.
  private var rowNumber: Int64 = 0

  init(
    _ plan: ReadPlan, _ limits: Limits, on connection: Connection, config: Config, interrupt: Interrupt,
    ordinal: UInt64, allocator: Allocator, giveBack: @escaping (Connection) -> Void
  ) {
    self.plan = plan
    self.limits = limits
    self.connection = connection
    self.interrupt = interrupt
    self.ordinal = ordinal
    self.giveBack = giveBack
    decoder = RowDecoder(
      plan.columns.map(\.decoding), extraFields: plan.extraFields,
      nullsSpecialValues: config.specialValues == .null, checksText: connection.isEncodingUnknown,
      allocator: allocator)
  }

  func read(call: Call) throws -> SourceBatch? {
    interrupt.reset()
    do {
      return try nextBatch(call)
    } catch {
      connection = nil
      throw error
    }
  }

  func close() { connection = nil }

  private func nextBatch(_ call: Call) throws -> SourceBatch? {
    guard let connection else { return nil }
    try interrupt.check(call)
    // The last tuple is kept until the next one, or the end of the batch, which takes the key from it.
    var last: UnsafeMutablePointer<CChar>?
    defer { PQfreemem(last) }
    var key: UnsafeRawBufferPointer?
    var bytes = 0
    var rows = 0
    while rows < limits.rows, bytes < limits.bytes {
      guard let (message, length) = try connection.copyData(call) else {
        try finish(connection, call)
        break
      }
      guard let tuple = try tuple(of: message, length) else { continue }
      PQfreemem(last)
      last = message
      key = tuple
      bytes += length
      rows += 1
      try decode(tuple)
    }
    guard rows > 0, let key else { return nil }
    return try batch(endingWith: key, bytes: bytes)
  }

  private func batch(endingWith tuple: UnsafeRawBufferPointer, bytes: Int) throws -> SourceBatch {
    guard let values = plan.keyFields.values(of: tuple) else { throw malformed() }
    ordinal += 1
    let rows = decoder.rowCount
    defer { rejects = [] }
    return SourceBatch(
      columns: decoder.take(), rows: rows, rejects: rejects, ordinal: ordinal,
      position: try KeyPosition(values: values).bytes(), sourceBytes: Int64(bytes))
  }

  /// The tuple of a message; without one, or if it throws, the message is freed.
  private func tuple(of message: UnsafeMutablePointer<CChar>, _ length: Int) throws -> UnsafeRawBufferPointer? {
    var isKept = false
    defer { if !isKept { PQfreemem(message) } }
    let tuple = try tuple(in: UnsafeRawBufferPointer(start: message, count: length))
    isKept = tuple != nil
    return tuple
  }

  /// The tuple of a message, nil if it has none: the first message begins with the header of the format.
  private func tuple(in message: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
    var tuple = message
    if _slowPath(!hasHeader) {
      guard message.count >= Self.headerBytes, message.starts(with: Self.signature), let base = message.baseAddress
      else { throw malformed() }
      let length = Self.headerBytes + Int((base + 15).bigEndian(UInt32.self))
      guard length <= message.count else { throw malformed() }
      hasHeader = true
      tuple = UnsafeRawBufferPointer(rebasing: message[length...])
      if tuple.isEmpty { return nil }
    }
    if _slowPath(tuple.count == 2), let base = tuple.baseAddress, base.bigEndian(Int16.self) == -1 {
      hasTrailer = true
      return nil
    }
    return tuple
  }

  private func decode(_ tuple: UnsafeRawBufferPointer) throws {
    rowNumber &+= 1
    switch decoder.decode(tuple) {
    case .appended: return
    case .rejected(let column, let misfit): rejects.append(reject(tuple, column, misfit))
    case .trailer, .malformed: throw malformed()
    }
  }

  private func reject(_ tuple: UnsafeRawBufferPointer, _ column: Int, _ misfit: Misfit) -> Reject {
    let name = plan.columns[column].field.name
    let values = plan.keyFields.values(of: tuple) ?? []
    let row =
      switch values.count {
      case 0: "row \(rowNumber)"
      case 1: "key=\(values[0])"
      default: "key=(\(values.joined(separator: ",")))"
      }
    return Reject(
      place: "\(plan.relation.stream) \(row) column \(name)", reason: "column '\(name)': \(misfit.reason)",
      record: Array(tuple.prefix(Reject.maximumRecordBytes + 1)))
  }

  /// The COPY has ended well: ends the transaction, and the connection can serve the next split.
  private func finish(_ connection: Connection, _ call: Call) throws {
    guard hasTrailer else {
      throw PluginError(.truncated, "PostgreSQL ended \(plan.relation.stream) without its trailer")
    }
    try Session.end(on: connection, call)
    self.connection = nil
    giveBack(connection)
  }

  private func malformed() -> PluginError {
    PluginError(.truncated, "what PostgreSQL sent of \(plan.relation.stream) is not its binary COPY format")
  }
}
