import HostModel

/// Where a reader finds the buffers of a batch, one after another.
protocol BatchBuffers {
  /// The next buffer, which has exactly `count` bytes. It never changes, unless it is values of fixed width: whatever these are
  /// is right.
  mutating func next(_ count: Int, _ kind: BatchBufferKind, _ field: Field) throws(Failure) -> UnsafeRawPointer

  /// Whether all buffers were taken.
  var isAtEnd: Bool { get }

  /// Whether what lies in the buffers has been checked by whoever they come from; they may not be written then.
  var areTrusted: Bool { get }
}

enum BatchBufferKind {
  /// Values of a fixed width.
  case values
  /// What has to be looked at before it is used: bits, offsets, characters.
  case structure
}

/// The memory of a batch whose bytes were one piece.
final class BatchMemory {
  let start: UnsafeMutableRawPointer
  let count: Int

  init(copying bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    start = .allocate(byteCount: max(1, count), alignment: BatchCodec.alignment)
    if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: count) }
  }

  deinit { start.deallocate() }
}

/// The buffers of a batch in one piece, in memory of our own.
struct PackedBuffers: BatchBuffers {
  let memory: BatchMemory
  private var place = 0

  init(_ memory: BatchMemory) { self.memory = memory }

  var isAtEnd: Bool { place == memory.count }
  var areTrusted: Bool { false }

  mutating func next(_ count: Int, _ kind: BatchBufferKind, _ field: Field) throws(Failure) -> UnsafeRawPointer {
    guard count <= memory.count - place, BatchCodec.padded(count) <= memory.count - place else {
      throw BatchCodec.malformed(field, "a buffer of \(count) bytes is longer than what is left")
    }
    defer { place += BatchCodec.padded(count) }
    return UnsafeRawPointer(memory.start + place)
  }
}

/// Finds the arrays of a batch in buffers of unknown origin: nothing is used before it was seen to be inside of them.
struct BatchReader<Buffers: BatchBuffers> {
  private let shapes: [UInt8]
  private var nextShape = 0
  private var buffers: Buffers

  init(shapes: [UInt8], _ buffers: Buffers) {
    self.shapes = shapes
    self.buffers = buffers
  }

  /// The batch; `memory` is what its buffers lie in.
  mutating func batch(_ schema: Schema, rows: Int, in memory: AnyObject) throws(Failure) -> RecordBatch {
    var columns: [DecodedArray] = []
    for field in schema.fields { columns.append(try array(field, length: rows)) }
    guard nextShape == shapes.count, buffers.isAtEnd else {
      throw BatchCodec.malformed("more follows than the schema has columns")
    }
    let root = DecodedArray(length: rows, buffers: [nil], children: columns)
    return RecordBatch(adopting: root.export(memory), schema: schema)
  }

  private mutating func array(_ field: Field, length: Int) throws(Failure) -> DecodedArray {
    let storage = ArrayStorage(field.type)
    let (offset, hasValidity) = try shape(field, storage, length: length)
    let end = offset + length
    var array = DecodedArray(length: length, offset: offset, buffers: [nil])
    if hasValidity {
      let bits = try take((end + 7) / 8, field)
      array.buffers[0] = bits
      array.nullCount = length - ones(bits, offset..<end)
    }
    switch storage {
    case .bits: array.buffers.append(try take((end + 7) / 8, field))
    case .fixed(let width): array.buffers.append(try buffers.next(end * width, .values, field))
    case .bytes(let isText):
      let offsets = try takeOffsets(end, field)
      let count = Int(offsets[end])
      let bytes = try take(count, field)
      array.buffers += [UnsafeRawPointer(offsets.baseAddress), bytes]
      if isText, !buffers.areTrusted {
        try checkText(UnsafeRawBufferPointer(start: bytes, count: count), offsets, array, field)
      }
    case .list(let element):
      let offsets = try takeOffsets(end, field)
      array.buffers.append(UnsafeRawPointer(offsets.baseAddress))
      array.children = [try self.array(element, length: Int(offsets[end]))]
    case .members(let fields):
      for field in fields { array.children.append(try self.array(field, length: end)) }
    }
    return array
  }

  private mutating func shape(
    _ field: Field, _ storage: ArrayStorage, length: Int
  ) throws(Failure) -> (offset: Int, hasValidity: Bool) {
    guard nextShape < shapes.count else { throw malformed(field, "there is no such array") }
    let shape = shapes[nextShape]
    nextShape += 1
    let hasValidity = shape & 8 != 0
    var mayHaveOffset = hasValidity
    if case .bits = storage { mayHaveOffset = true }
    guard shape < 16, mayHaveOffset || shape == 0, length > 0 || shape == 0 else {
      throw malformed(field, "an array has the shape \(shape)")
    }
    return (Int(shape & 7), hasValidity)
  }

  private mutating func take(_ count: Int, _ field: Field) throws(Failure) -> UnsafeRawPointer {
    try buffers.next(count, .structure, field)
  }

  /// One more offset than there are values: each at least as large as the one before, and counted from 0. If they are not yet,
  /// they are changed, before anybody else sees them.
  private mutating func takeOffsets(_ values: Int, _ field: Field) throws(Failure) -> UnsafeBufferPointer<Int32> {
    let count = values + 1
    let start = try take(count * BatchPiece.offsetBytes, field).bindMemory(to: Int32.self, capacity: count)
    let offsets = UnsafeBufferPointer(start: start, count: count)
    let first = offsets[0]
    guard first >= 0 else { throw malformed(field, "the first offset is \(first)") }
    var last = first
    for index in 0..<count {
      let offset = offsets[index]
      guard offset >= last else { throw malformed(field, "offset \(index) is \(offset), the one before \(last)") }
      last = offset
    }
    guard first > 0 else { return offsets }
    guard !buffers.areTrusted else { throw malformed(field, "the first offset is \(first)") }
    let changed = UnsafeMutableBufferPointer(mutating: offsets)
    for index in 0..<count { changed[index] -= first }
    return offsets
  }

  /// The number of bits that are set.
  private func ones(_ bits: UnsafeRawPointer, _ range: Range<Int>) -> Int {
    let bytes = range.upperBound / 8
    var count = 0
    var byte = 0
    while byte + 8 <= bytes {
      count += bits.loadUnaligned(fromByteOffset: byte, as: UInt64.self).nonzeroBitCount
      byte += 8
    }
    while byte < bytes {
      count += bits.load(fromByteOffset: byte, as: UInt8.self).nonzeroBitCount
      byte += 1
    }
    if range.upperBound % 8 > 0 {
      let last = bits.load(fromByteOffset: bytes, as: UInt8.self)
      count += (last & (1 << UInt8(range.upperBound % 8) - 1)).nonzeroBitCount
    }
    // The offset is less than a byte.
    guard range.lowerBound > 0 else { return count }
    let first = bits.load(as: UInt8.self)
    return count - (first & (1 << UInt8(range.lowerBound) - 1)).nonzeroBitCount
  }

  // MARK: Text

  /// Whether every text that is not null is UTF-8. Usually all of it is at once, and no text begins inside a character.
  private func checkText(
    _ bytes: UnsafeRawBufferPointer, _ offsets: UnsafeBufferPointer<Int32>, _ array: DecodedArray, _ field: Field
  ) throws(Failure) {
    if isUTF8(bytes), offsets.allSatisfy({ $0 == bytes.count || bytes[Int($0)] & 0xC0 != 0x80 }) { return }
    for row in 0..<array.length where !array.isNull(row) {
      let range = Int(offsets[array.offset + row])..<Int(offsets[array.offset + row + 1])
      guard isUTF8(UnsafeRawBufferPointer(rebasing: bytes[range])) else {
        throw malformed(field, "text \(row) is not UTF-8")
      }
    }
  }

  private func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.withMemoryRebound(to: UInt8.self) { bytes in (try? UTF8Span(validating: bytes.span)) != nil }
  }

  private func malformed(_ field: Field, _ what: String) -> Failure {
    BatchCodec.malformed(field, what)
  }
}
