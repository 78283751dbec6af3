package import HostModel

/// Where the buffers of a batch lie in memory that its reader sees too. The columns are known to both sides.
package struct BatchLayout: Sendable, Equatable {
  package struct Buffer: Sendable, Equatable {
    /// From the beginning of the memory, in bytes.
    package var offset: UInt64
    package var count: UInt64

    package init(offset: UInt64, count: UInt64) {
      self.offset = offset
      self.count = count
    }
  }

  package var rows: Int64
  /// As in `BatchCodec`.
  package var shapes: [UInt8]
  /// Depth first, as in `BatchCodec`.
  package var buffers: [Buffer]

  package init(rows: Int64, shapes: [UInt8], buffers: [Buffer]) {
    self.rows = rows
    self.shapes = shapes
    self.buffers = buffers
  }
}

/// What of a batch may stay where its sender has put it.
package enum BatchLending: Sendable {
  /// Nothing.
  case nothing
  /// Values of fixed width: whatever the sender makes of them later, they are numbers.
  case values
  /// All of it: the sender is trusted to have checked it, and not to change it.
  case everything
}

extension BatchCodec {
  /// A buffer that is lent begins at a multiple of this: what the widest of values needs.
  package static let lentAlignment = 16

  /// Puts the buffers of a batch where a reader will find them.
  ///
  /// - Parameter place: takes care of one buffer and says where it is; nil if there is no room.
  /// - Returns: nil if there was no room.
  /// - Throws: as `encode`.
  package static func layOut(
    _ batch: borrowing RecordBatch, _ place: (BatchPiece) -> Int?
  ) throws(Failure) -> BatchLayout? {
    let schema = batch.schema
    return try batch.withArray { array throws(Failure) in
      var plan = BatchPlan()
      try plan.add(batch: array.pointee, schema)
      var layout = BatchLayout(rows: array.pointee.length, shapes: plan.shapes, buffers: [])
      layout.buffers.reserveCapacity(plan.pieces.count)
      for piece in plan.pieces {
        guard let offset = piece.count == 0 ? 0 : place(piece) else { return nil }
        layout.buffers.append(BatchLayout.Buffer(offset: UInt64(offset), count: UInt64(piece.count)))
      }
      return layout
    }
  }

  /// The batch that a layout tells of. Every offset, length and alignment is checked; what is not lent is copied, and checked
  /// then as `decode` does.
  ///
  /// - Parameters:
  ///   - memory: may change at any time.
  ///   - owner: is held as long as anything is that was lent.
  /// - Throws: a `Failure` with the status `fatal` for a layout that is none of such a batch. Any may be given.
  package static func read(
    _ layout: BatchLayout, _ schema: Schema, in memory: UnsafeRawBufferPointer, lending: BatchLending, owner: AnyObject
  ) throws(Failure) -> RecordBatch {
    guard (0...Int64(Int32.max)).contains(layout.rows) else { throw malformed("they have \(layout.rows) rows") }
    let keeper = SharedBatchMemory()
    let buffers = SharedBuffers(layout.buffers, memory, lending, keeper, owner)
    var reader = BatchReader(shapes: layout.shapes, buffers)
    return try reader.batch(schema, rows: Int(layout.rows), in: keeper)
  }
}

/// What the buffers of a batch lie in: copies of our own, and memory that is lent by its owner.
private final class SharedBatchMemory {
  private var copies: [UnsafeMutableRawPointer] = []
  var owner: AnyObject?

  func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
    let copy = UnsafeMutableRawPointer.allocate(
      byteCount: BatchCodec.padded(max(1, bytes.count)), alignment: BatchCodec.alignment)
    if let source = bytes.baseAddress { copy.copyMemory(from: source, byteCount: bytes.count) }
    copies.append(copy)
    return UnsafeRawPointer(copy)
  }

  deinit { for copy in copies { copy.deallocate() } }
}

/// The buffers of a layout, in memory that its writer may change.
private struct SharedBuffers: BatchBuffers {
  private let buffers: [BatchLayout.Buffer]
  private let memory: UnsafeRawBufferPointer
  private let lending: BatchLending
  private let keeper: SharedBatchMemory
  private let owner: AnyObject
  private var index = 0
  /// How much may still be copied: many buffers may lie in one place, and would become many copies.
  private var allowance: Int

  /// In as many places may one byte of the memory be used; columns may share buffers.
  private static let mostUses = 8

  init(
    _ buffers: [BatchLayout.Buffer], _ memory: UnsafeRawBufferPointer, _ lending: BatchLending,
    _ keeper: SharedBatchMemory, _ owner: AnyObject
  ) {
    self.buffers = buffers
    self.memory = memory
    allowance = memory.count * Self.mostUses
    self.lending = lending
    self.keeper = keeper
    self.owner = owner
  }

  var isAtEnd: Bool { index == buffers.count }

  var areTrusted: Bool {
    if case .everything = lending { true } else { false }
  }

  mutating func next(_ count: Int, _ kind: BatchBufferKind, _ field: Field) throws(Failure) -> UnsafeRawPointer {
    guard index < buffers.count else { throw BatchCodec.malformed(field, "it lacks a buffer") }
    let buffer = buffers[index]
    index += 1
    guard buffer.count == UInt64(count) else {
      throw BatchCodec.malformed(field, "a buffer has \(buffer.count) bytes, not \(count)")
    }
    guard buffer.count <= UInt64(memory.count), buffer.offset <= UInt64(memory.count) - buffer.count else {
      throw BatchCodec.malformed(field, "a buffer of \(buffer.count) bytes at \(buffer.offset) is not in the memory")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: memory[Int(buffer.offset)..<Int(buffer.offset) + count])
    return isLent(kind) ? try lend(bytes, buffer.offset, field) : try copy(bytes, field)
  }

  private func isLent(_ kind: BatchBufferKind) -> Bool {
    switch (lending, kind) {
    case (.everything, _), (.values, .values): true
    case (.nothing, _), (.values, .structure): false
    }
  }

  private func lend(
    _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ field: Field
  ) throws(Failure) -> UnsafeRawPointer {
    guard offset % UInt64(BatchCodec.lentAlignment) == 0 else {
      throw BatchCodec.malformed(field, "a buffer begins at \(offset), which is no multiple of 16")
    }
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return keeper.copy(bytes) }
    keeper.owner = owner
    return start
  }

  private mutating func copy(_ bytes: UnsafeRawBufferPointer, _ field: Field) throws(Failure) -> UnsafeRawPointer {
    guard bytes.count <= allowance else {
      throw BatchCodec.malformed(field, "its buffers have more bytes than a batch may")
    }
    allowance -= bytes.count
    return keeper.copy(bytes)
  }
}
