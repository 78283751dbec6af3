import HostFormats
import HostModel
import Synchronization

/// One side of the exchange of batches with another process.
///
/// Each side writes into a segment of its own and reads the other's. A batch that is sent stays where it lies until the receiver
/// says that it is done with it:
/// 1. The sender takes down where the buffers lie. What lies in its segment already stays there; the rest is copied into blocks.
/// 2. The receiver uses the batch in place, as far as it trusts the sender, and copies the rest (`BatchLending`).
/// 3. Once nothing of it is in use any more, its number goes back with the next message.
/// 4. The sender frees the blocks and releases the batch.
///
/// A batch that finds no room in the segment goes through the socket, as does all that is sent while too much is lent. One thread
/// sends and receives; what was received may be released by any, also after the exchange has ended.
final class BatchExchange {
  private let allocator: SegmentAllocator
  private let inbound: any SharedMemory
  private let isTrusting: Bool
  private let debts = Debts()
  private var sent: [UInt64: Sent] = [:]
  private var lastSent: UInt64 = 0

  /// A batch that the other side may still use.
  private struct Sent {
    /// Copies that were made for it.
    var blocks: [UnsafeMutableRawPointer]
    /// The batch itself, if a part of it is used where it was.
    var batch: BatchBox?
  }

  /// - Parameters:
  ///   - allocator: of the segment that the other side reads.
  ///   - inbound: what the other side writes.
  ///   - isTrusting: whether the other side is believed. Otherwise it is lent from within bounds, and only numbers.
  init(_ allocator: SegmentAllocator, reading inbound: any SharedMemory, isTrusting: Bool) {
    self.allocator = allocator
    self.inbound = inbound
    self.isTrusting = isTrusting
  }

  // MARK: Sending

  /// - Throws: for a batch that is larger than a worker may send or be sent, or does not fit its schema.
  func put(_ batch: consuming RecordBatch, _ writer: inout WireWriter) throws(Failure) {
    var kept = Sent(blocks: [], batch: nil)
    var isInPlace = false
    let found = Result { () throws(Failure) in
      try BatchCodec.layOut(batch) { piece in
        if let place = place(of: piece) {
          isInPlace = true
          return place
        }
        guard let block = allocator.allocate(piece.count) else { return nil }
        kept.blocks.append(block)
        piece.copy(to: block)
        return allocator.offset(of: block, count: piece.count)
      }
    }
    guard case .success(let layout?) = found else {
      free(kept)
      _ = try found.get()
      return try attach(batch, &writer)
    }
    lastSent += 1
    writer.put(true)
    writer.put(lastSent)
    writer.put(layout)
    if isInPlace { kept.batch = BatchBox(batch) }
    sent[lastSent] = kept
  }

  /// Where a buffer lies in our segment, if a receiver can use it there.
  private func place(of piece: BatchPiece) -> Int? {
    guard let source = piece.source, let place = allocator.offset(of: source, count: piece.count) else { return nil }
    return place % BatchCodec.lentAlignment == 0 ? place : nil
  }

  private func attach(_ batch: borrowing RecordBatch, _ writer: inout WireWriter) throws(Failure) {
    let bytes = try BatchCodec.encode(batch)
    guard bytes.count <= WorkerLimits.batchBytes else {
      throw Failure(
        .run,
        "a batch of \(bytes.count) bytes is too large for a worker process, which takes \(WorkerLimits.batchBytes)",
        advice: "let the plugin make smaller batches", status: .fatal)
    }
    writer.put(false)
    writer.attachment = bytes
  }

  private func free(_ batch: Sent) {
    for block in batch.blocks { _ = allocator.free(block) }
  }

  /// Takes in what the other side has done with. A number that it makes up is nobody's.
  func takeReturned(_ reader: inout WireReader) throws(Failure) {
    let numbers = try reader.list { (reader) throws(Failure) in try reader.number(UInt64.self) }
    for number in numbers { if let batch = sent.removeValue(forKey: number) { free(batch) } }
  }

  /// Batches that the other side may still use.
  var sentCount: Int { sent.count }

  // MARK: Receiving

  /// - Parameter schema: the columns that were agreed on.
  /// - Throws: a `Failure` with the status `fatal` for what is no batch of these columns.
  func take(_ reader: inout WireReader, _ schema: Schema) throws(Failure) -> RecordBatch {
    guard try reader.bool() else {
      let batch = try BatchCodec.decode(reader.attachment)
      guard batch.schema == schema else { throw Failure(.run, "a batch has other columns", status: .fatal) }
      return batch
    }
    let number = try reader.number(UInt64.self)
    let layout = try reader.layout()
    // Nothing counts twice: what is there is in the segment, and a sum that cannot be is found out by the reader.
    let bytes = layout.buffers.reduce(0) { $0 + Int(min($1.count, UInt64(inbound.bytes.count))) }
    let debt = Debt(number, bytes: bytes, inbound, debts)
    let lending: BatchLending = isTrusting ? .everything : debts.isWithinBounds ? .values : .nothing
    return try BatchCodec.read(layout, schema, in: inbound.bytes, lending: lending, owner: debt)
  }

  /// Batches of the other side that are in use here.
  var lentCount: Int { debts.count }

  /// Tells the other side what we have done with.
  func putReturned(_ writer: inout WireWriter) { writer.put(list: debts.takeReturned()) { $0.put($1) } }
}

/// What was lent to us. Any thread.
private final class Debts: Sendable {
  private struct State {
    var bytes = 0
    var count = 0
    var returned: [UInt64] = []
  }

  private let state = Mutex(State())

  var isWithinBounds: Bool {
    state.withLock { $0.bytes <= WorkerLimits.lentBytes && $0.count <= WorkerLimits.lentBatches }
  }

  var count: Int { state.withLock { $0.count } }

  func add(bytes: Int) {
    state.withLock {
      $0.bytes += bytes
      $0.count += 1
    }
  }

  func giveBack(_ number: UInt64, bytes: Int) {
    state.withLock {
      $0.bytes -= bytes
      $0.count -= 1
      $0.returned.append(number)
    }
  }

  func takeReturned() -> [UInt64] {
    state.withLock { state in
      defer { state.returned = [] }
      return state.returned
    }
  }
}

/// One batch that was lent to us: given back when nobody holds it any more. Until then its memory is mapped.
private final class Debt: Sendable {
  private let number: UInt64
  private let bytes: Int
  private let memory: any SharedMemory
  private let debts: Debts

  init(_ number: UInt64, bytes: Int, _ memory: any SharedMemory, _ debts: Debts) {
    self.number = number
    self.bytes = bytes
    self.memory = memory
    self.debts = debts
    debts.add(bytes: bytes)
  }

  deinit { debts.giveBack(number, bytes: bytes) }
}

extension WireWriter {
  mutating func put(_ layout: BatchLayout) {
    put(layout.rows)
    put(layout.shapes)
    put(list: layout.buffers) { writer, buffer in
      writer.put(buffer.offset)
      writer.put(buffer.count)
    }
  }
}

extension WireReader {
  mutating func layout() throws(Failure) -> BatchLayout {
    BatchLayout(
      rows: try number(), shapes: try data(),
      buffers: try list { (reader) throws(Failure) in
        BatchLayout.Buffer(offset: try reader.number(), count: try reader.number())
      })
  }
}
