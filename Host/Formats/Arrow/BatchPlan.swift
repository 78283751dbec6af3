import CArrow
import HostModel

/// One buffer of a batch, as far as the batch's rows reach in it.
package struct BatchPiece {
  /// The batch's memory; nil is zeros.
  package var source: UnsafeRawPointer?
  /// In bytes.
  package var count: Int
  /// If the piece is offsets: the first of them.
  var firstOffset: Int32 = 0

  static let offsetBytes = 4

  /// Copies it to memory with room for it. Offsets count from 0 there.
  package func copy(to target: UnsafeMutableRawPointer) {
    guard let source else {
      target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      return
    }
    guard firstOffset != 0 else { return target.copyMemory(from: source, byteCount: count) }
    for place in stride(from: 0, to: count, by: Self.offsetBytes) {
      let offset = source.loadUnaligned(fromByteOffset: place, as: Int32.self)
      target.storeBytes(of: offset &- firstOffset, toByteOffset: place, as: Int32.self)
    }
  }
}

/// What is to be carried of a batch, and in which order. The pointers are the batch's.
struct BatchPlan {
  private(set) var shapes: [UInt8] = []
  private(set) var pieces: [BatchPiece] = []

  mutating func add(batch: ArrowArray, _ schema: Schema) throws(Failure) {
    guard batch.length >= 0, batch.offset >= 0, batch.length <= Int32.max, batch.offset <= Int32.max else {
      throw malformed("the batch", "has length \(batch.length) and offset \(batch.offset)")
    }
    try addMembers(batch, schema.fields, Int(batch.offset)..<Int(batch.offset + batch.length), depth: 1, "the batch")
  }

  /// - Parameter range: the values, counted from the array's own offset.
  private mutating func add(
    _ array: ArrowArray, _ field: Field, _ range: Range<Int>, depth: Int
  ) throws(Failure) {
    guard depth <= BatchCodec.deepest else {
      throw Failure(
        .run, "column '\(field.name)': types are nested deeper than \(BatchCodec.deepest)", status: .unsupported)
    }
    guard array.offset >= 0, array.length >= range.upperBound else {
      throw malformed("column '\(field.name)'", "has \(array.length) values of \(range.upperBound)")
    }
    let storage = ArrayStorage(field.type)
    let values = range.lowerBound + Int(array.offset)..<range.upperBound + Int(array.offset)
    let validity = array.null_count == 0 || range.isEmpty || array.n_buffers < 1 ? nil : array.buffers?[0]
    var isInBits = validity != nil
    if case .bits = storage, !range.isEmpty { isInBits = true }
    // A byte's first bit is the first that can be copied.
    let start = isInBits ? values.lowerBound & ~7 : values.lowerBound
    shapes.append(UInt8(values.lowerBound - start) | (validity == nil ? 0 : 8))
    if let validity { addBits(validity, start..<values.upperBound) }
    try addValues(array, field, storage, start..<values.upperBound, depth: depth)
  }

  /// - Parameter values: counted in the buffers.
  private mutating func addValues(
    _ array: ArrowArray, _ field: Field, _ storage: ArrayStorage, _ values: Range<Int>, depth: Int
  ) throws(Failure) {
    switch storage {
    case .bits:
      if let source = try buffer(array, 1, field, values) { addBits(source, values) } else { add(nil, 0) }
    case .fixed(let width):
      let source = try buffer(array, 1, field, values)
      add(source.map { $0 + values.lowerBound * width }, values.count * width)
    case .bytes:
      let range = try addOffsets(array, field, values)
      let source = range.isEmpty ? nil : try buffer(array, 2, field, range)
      add(source.map { $0 + range.lowerBound }, range.count)
    case .list(let element):
      let range = try addOffsets(array, field, values)
      guard array.n_children == 1, let child = array.children?[0] else { throw lacksChildren(field) }
      try add(child.pointee, element, range, depth: depth + 1)
    case .members(let fields): try addMembers(array, fields, values, depth: depth + 1, "column '\(field.name)'")
    }
  }

  private mutating func addMembers(
    _ array: ArrowArray, _ fields: [Field], _ values: Range<Int>, depth: Int, _ path: String
  ) throws(Failure) {
    guard array.n_children == fields.count else {
      throw malformed(path, "has \(array.n_children) members, not \(fields.count)")
    }
    for (index, field) in fields.enumerated() {
      guard let child = array.children?[index] else { throw malformed(path, "lacks its member \(index)") }
      // A struct's values count in its members, behind their own offsets.
      try add(child.pointee, field, values, depth: depth)
    }
  }

  /// - Returns: what the offsets enclose.
  private mutating func addOffsets(
    _ array: ArrowArray, _ field: Field, _ values: Range<Int>
  ) throws(Failure) -> Range<Int> {
    guard let source = try buffer(array, 1, field, values) else {
      // There is one more offset than there are values.
      add(nil, BatchPiece.offsetBytes)
      return 0..<0
    }
    let size = BatchPiece.offsetBytes
    let first = source.loadUnaligned(fromByteOffset: values.lowerBound * size, as: Int32.self)
    let end = source.loadUnaligned(fromByteOffset: values.upperBound * size, as: Int32.self)
    guard first >= 0, first <= end else {
      throw malformed("column '\(field.name)'", "has offsets from \(first) to \(end)")
    }
    pieces.append(
      BatchPiece(source: source + values.lowerBound * size, count: (values.count + 1) * size, firstOffset: first))
    return Int(first)..<Int(end)
  }

  /// A buffer of an array; nil if there are no values, whether there is a buffer then or not.
  private func buffer(
    _ array: ArrowArray, _ index: Int, _ field: Field, _ values: Range<Int>
  ) throws(Failure) -> UnsafeRawPointer? {
    if values.isEmpty { return nil }
    guard array.n_buffers > index, let buffer = array.buffers?[index] else {
      throw malformed("column '\(field.name)'", "lacks its buffer \(index)")
    }
    return buffer
  }

  private mutating func addBits(_ source: UnsafeRawPointer, _ values: Range<Int>) {
    add(source + values.lowerBound / 8, (values.count + 7) / 8)
  }

  private mutating func add(_ source: UnsafeRawPointer?, _ count: Int) {
    pieces.append(BatchPiece(source: source, count: count))
  }

  private func lacksChildren(_ field: Field) -> Failure { malformed("column '\(field.name)'", "lacks its elements") }

  private func malformed(_ path: String, _ what: String) -> Failure {
    Failure(.run, "the batch cannot be encoded: \(path) \(what)", status: .fatal)
  }

  /// The bytes that stand before the buffers.
  private func head(_ schema: [UInt8], rows: Int) -> [UInt8] {
    var head = BatchCodec.magic
    withUnsafeBytes(of: Int64(rows).littleEndian) { head.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(schema.count).littleEndian) { head.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(shapes.count).littleEndian) { head.append(contentsOf: $0) }
    return head + schema + shapes
  }

  /// Writes all bytes, each buffer copied once.
  ///
  /// - Parameter room: gives memory for so many bytes; nil if there is none.
  /// - Returns: how many bytes there are, whether there was room for them or not.
  func encode(
    _ schema: [UInt8], rows: Int, into room: (Int) -> UnsafeMutableRawPointer?
  ) -> Int {
    let head = head(schema, rows: rows)
    let length = pieces.reduce(BatchCodec.padded(head.count)) { $0 + BatchCodec.padded($1.count) }
    guard let target = room(length) else { return length }
    var place = 0
    func put(_ source: UnsafeRawPointer?, _ count: Int) {
      let end = place + BatchCodec.padded(count)
      let copied = source == nil ? 0 : count
      if let source { (target + place).copyMemory(from: source, byteCount: count) }
      (target + place + copied).initializeMemory(as: UInt8.self, repeating: 0, count: end - place - copied)
      place = end
    }
    head.withUnsafeBytes { put($0.baseAddress, $0.count) }
    for piece in pieces { put(piece.source, piece.count) }
    return length
  }

  func encoded(_ schema: [UInt8], rows: Int) -> [UInt8] {
    let length = encode(schema, rows: rows) { _ in nil }
    return [UInt8](unsafeUninitializedCapacity: length) { target, count in
      count = encode(schema, rows: rows) { _ in UnsafeMutableRawPointer(target.baseAddress) }
    }
  }
}
