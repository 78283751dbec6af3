import CArrow
@testable import HostFormats
import HostModel
import Testing
import TestSupport

private func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure }
  return nil
}

private func release(_ batch: consuming RecordBatch) {}

/// Throws unless everything that the array leads to lies in the memory, and its count of nulls is right.
private struct Inspection {
  struct Wrong: Error, CustomStringConvertible { let description: String }

  let memory: BatchMemory

  func check(_ batch: borrowing RecordBatch) throws {
    let schema = batch.schema
    let array = batch.withArray { $0.pointee }
    guard array.offset == 0, array.null_count == 0, array.n_children == schema.fields.count else {
      throw Wrong(description: "the root has offset \(array.offset)")
    }
    try checkMembers(array, schema.fields, Int(array.length))
  }

  private func checkMembers(_ array: ArrowArray, _ fields: [Field], _ length: Int) throws {
    for (index, field) in fields.enumerated() {
      let child = try #require(array.children[index])
      guard child.pointee.length == length else { throw Wrong(description: "\(field.name): a length") }
      try check(child.pointee, field)
    }
  }

  private func check(_ array: ArrowArray, _ field: Field) throws {
    let end = Int(array.offset + array.length)
    try inside(array.buffers[0], (end + 7) / 8, field, optional: true)
    let nulls = (Int(array.offset)..<end).count { bit in
      array.buffers[0].map { $0.load(fromByteOffset: bit / 8, as: UInt8.self) >> UInt8(bit % 8) & 1 == 0 } ?? false
    }
    guard array.null_count == nulls, array.release != nil, (0..<8).contains(array.offset) else {
      throw Wrong(description: "\(field.name): \(array.null_count) nulls, not \(nulls)")
    }
    switch field.type {
    case .boolean: try inside(array.buffers[1], (end + 7) / 8, field)
    case .string, .binary: try inside(array.buffers[2], try checkOffsets(array, field), field)
    case .list(let element): try checkElements(array, field, element)
    case .map(let key, let value): try checkElements(array, field, Field("entries", .structure([key, value])))
    case .structure(let fields): try checkMembers(array, fields, end)
    default: try inside(array.buffers[1], end * RandomBatch.width(field.type), field)
    }
  }

  private func checkElements(_ array: ArrowArray, _ field: Field, _ element: Field) throws {
    let count = try checkOffsets(array, field)
    let child = try #require(array.children[0]).pointee
    guard child.length == count else { throw Wrong(description: "\(field.name): \(child.length) elements of \(count)") }
    try check(child, element)
  }

  private func checkOffsets(_ array: ArrowArray, _ field: Field) throws -> Int {
    let count = Int(array.offset + array.length) + 1
    try inside(array.buffers[1], count * 4, field)
    let offsets = (0..<count).map { array.buffers[1]?.load(fromByteOffset: $0 * 4, as: Int32.self) ?? -1 }
    guard offsets[0] == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw Wrong(description: "\(field.name): offsets")
    }
    return Int(offsets[count - 1])
  }

  private func inside(_ pointer: UnsafeRawPointer?, _ count: Int, _ field: Field, optional: Bool = false) throws {
    guard let pointer else {
      if optional { return }
      throw Wrong(description: "\(field.name): a buffer is missing")
    }
    let place = pointer - UnsafeRawPointer(memory.start)
    guard place >= 0, place + count <= memory.count, place % 64 == 0 else {
      throw Wrong(description: "\(field.name): a buffer at \(place) of \(count) bytes in \(memory.count)")
    }
  }
}

/// Decodes, looks at all of the result, and gives its values.
private func inspected(_ bytes: [UInt8]) throws -> (schema: Schema, rows: [[String]]) {
  try bytes.withUnsafeBytes { bytes in
    var memory: BatchMemory?
    let batch = try BatchCodec.decode(bytes) { memory = $0 }
    try Inspection(memory: try #require(memory)).check(batch)
    return (batch.schema, ExactValues.rows(batch))
  }
}

@Suite struct BatchCodecTests {
  @Test func anyBatchComesBackAsItWas() throws {
    var types: Set<String> = []
    try SimulationSeeds.forEach(3000) { seed in
      var random = RandomBatch(seed: seed)
      let schema = random.schema()
      let batch = random.batch(schema)
      let rows = ExactValues.rows(batch)
      let found = try inspected(try BatchCodec.encode(batch))
      #expect(found.schema == schema, "seed \(seed)")
      #expect(found.rows == rows, "seed \(seed)")
      for field in schema.fields { types.insert(String(field.type.description.prefix { !"<([".contains($0) })) }
    }
    #expect(types.count == 17 || SimulationSeeds.first(3000).count == 1)
  }

  @Test(arguments: RandomBatch.leaves) func everyTypeComesBackFromEverySlice(_ type: DataType) throws {
    var random = RandomBatch(seed: 7)
    let schema = Schema([Field("c", type)])
    for offset in 0..<18 {
      for length in [0, 1, 7, 8, 9, 17] {
        let array = ArrowSamples.sliced(random.array(type, length: offset + length), from: offset)
        let batch = RecordBatch(schema, rows: length, columns: [array])
        #expect(try inspected(BatchCodec.encode(batch)).rows == ExactValues.rows(batch))
      }
    }
  }

  @Test func aPartOfABatchIsEncodedWithoutTheRest() throws {
    var builder = ColumnBuilder(.string)
    for number in 0..<1000 { builder.append("text number \(number)") }
    let schema = Schema([Field("c", .string)])
    let whole = RecordBatch(schema, rows: 1000, columns: [builder.finish().take()])
    let size = try BatchCodec.encode(whole).count
    let halves = whole.split(at: 990)
    let first = halves.0.take()
    let last = halves.1.take()
    let bytes = try BatchCodec.encode(last)
    #expect(bytes.count < 600 && size > 15_000)
    #expect(try inspected(bytes).rows == ExactValues.rows(last))
    #expect(try inspected(BatchCodec.encode(first)).rows.count == 990)
  }

  @Test func whatWasDecodedIsEncodedAlike() throws {
    try SimulationSeeds.forEach(300) { seed in
      var random = RandomBatch(seed: seed)
      let batch = random.batch(random.schema())
      let bytes = try BatchCodec.encode(batch)
      let again = try BatchCodec.encode(try BatchCodec.decode(bytes))
      #expect(try inspected(again).rows == inspected(bytes).rows && again.count <= bytes.count, "seed \(seed)")
    }
  }

  @Test func aBatchWithoutColumnsKeepsItsRows() throws {
    let batch = RecordBatch(adopting: OwnedArray(rows: 5, adopting: []).take(), schema: Schema([]))
    #expect(try inspected(BatchCodec.encode(batch)).rows == [[], [], [], [], []])
  }

  /// The format is for ever: what is in a queue is read by every later version.
  @Test func theBytesOfABatchAreThese() throws {
    let schema = Schema([Field("n", .integer(bits: 16), nullable: false, id: 3), Field("t", .string)])
    let columns = [ArrowSamples.numbers([Int16(1), 2], zero: 0), ArrowSamples.texts(["hi", nil])]
    let bytes = try BatchCodec.encode(RecordBatch(schema, rows: 2, columns: columns))
    let header: [UInt8] = Array("HRBATCH1".utf8) + [2, 0, 0, 0, 0, 0, 0, 0, 27, 0, 0, 0, 2, 0, 0, 0]
    let encodedSchema: [UInt8] =
      [2, 0, 0, 0] + [1, 0, 0, 0, 0x6E, 2, 3, 0, 0, 0, 0, 0, 0, 0, 2, 16] + [1, 0, 0, 0, 0x74, 1, 10]
    func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64) }
    let expected =
      padded(header + encodedSchema + [0, 8]) + padded([1, 0, 2, 0]) + padded([1])
      + padded([0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]) + padded([0x68, 0x69])
    #expect(bytes == expected)
  }

  @Test func arraysThatDoNotFitTheirSchemaAreRefused() {
    func refused(_ type: DataType, _ array: ArrowArray, rows: Int = 2) -> Failure? {
      failure { _ = try BatchCodec.encode(RecordBatch(Schema([Field("c", type)]), rows: rows, columns: [array])) }
    }
    #expect(refused(.double, ArrowSamples.numbers([1.0], zero: 0))?.message.contains("column 'c' has 1 values") == true)
    #expect(
      refused(.string, ArrowSamples.numbers([Int32(0), 5, 7], zero: 0))?.message.contains("its buffer 2") == true)
    #expect(refused(.list(Field("e", .date)), ArrowSamples.texts(["a", "b"]))?.status == .fatal)
    #expect(refused(.structure([Field("m", .date)]), ArrowSamples.texts(["a", "b"]))?.status == .fatal)
    let falling = OwnedArray(length: 2, nullCount: 0, buffers: [nil, ArrowSamples.bytes([Int32(5), 4, 3]), []])
    #expect(refused(.binary, falling.take())?.message.contains("offsets from 5 to 3") == true)
    let short = ArrowSamples.nested(
      length: 2, buffers: [nil, ArrowSamples.bytes([Int32(0), 1, 3])], children: [ArrowSamples.texts(["a", "b"])])
    #expect(refused(.list(Field("e", .string)), short)?.message.contains("column 'e' has 2 values of 3") == true)
  }

  @Test(arguments: [63, 64]) func typesMayBeNestedSoDeepAndNoDeeper(_ lists: Int) throws {
    var type = DataType.boolean
    var array = ArrowSamples.booleans([true])
    for _ in 0..<lists {
      type = .list(Field("e", type))
      array = ArrowSamples.nested(length: 1, buffers: [nil, ArrowSamples.bytes([Int32(0), 1])], children: [array])
    }
    let batch = RecordBatch(Schema([Field("c", type)]), rows: 1, columns: [array])
    guard lists > 63 else {
      #expect(try inspected(BatchCodec.encode(batch)).rows == ExactValues.rows(batch))
      return
    }
    #expect(failure { _ = try BatchCodec.encode(batch) }?.status == .unsupported)
    // Bytes that say so are refused as well, also without an end.
    let schema = SchemaCodec.encode(Schema([Field("c", type)]))
    #expect(
      failure { _ = try schema.withUnsafeBytes { try SchemaCodec.decode($0) } }?.message.contains("deeper") == true)
    let deep = (0..<1_000_000).reduce(into: [UInt8]([1, 0, 0, 0])) { bytes, _ in bytes += [0, 0, 0, 0, 0, 14] }
    #expect(failure { _ = try deep.withUnsafeBytes { try SchemaCodec.decode($0) } }?.message.contains("deeper") == true)
  }
}

@Suite struct BatchOwnershipTests {
  private func decoded() throws -> (BatchBox, () -> BatchMemory?) {
    var random = RandomBatch(seed: 5)
    let schema = Schema([Field("l", .list(Field("e", .string))), Field("n", .integer(bits: 64))])
    let bytes = try BatchCodec.encode(random.batch(schema))
    var seen: BatchMemory?
    let batch = try bytes.withUnsafeBytes { bytes in BatchBox(try BatchCodec.decode(bytes) { seen = $0 }) }
    weak let memory = seen
    seen = nil
    return (batch, { memory })
  }

  @Test func theMemoryLivesAsLongAsTheBatch() throws {
    let (box, memory) = try decoded()
    let batch = box.take()
    let rows = ExactValues.rows(batch)
    #expect(memory() != nil && !rows.isEmpty)
    release(batch)
    #expect(memory() == nil)
  }

  /// The C data interface lets a consumer move a child out and release the two in any order.
  @Test func aColumnThatWasTakenOutKeepsTheMemory() throws {
    let (box, memory) = try decoded()
    var root = box.take().take()
    let slot = try #require(root.children[0])
    var column = slot.pointee
    slot.pointee.release = nil
    let type = DataType.list(Field("e", .string))
    let before = (0..<Int(column.length)).map { ExactValues.value(column, type, $0) }
    root.release?(&root)
    #expect(root.release == nil && memory() != nil)
    #expect((0..<Int(column.length)).map { ExactValues.value(column, type, $0) } == before)
    column.release?(&column)
    #expect(column.release == nil && memory() == nil)
  }

  @Test func refusedBytesLeaveNoMemoryBehind() throws {
    var random = RandomBatch(seed: 5)
    let bytes = try BatchCodec.encode(random.batch(Schema([Field("t", .string), Field("n", .date)])))
    var seen: BatchMemory?
    let refused = failure {
      let cut = Array(bytes.dropLast(64))
      _ = try cut.withUnsafeBytes { bytes in BatchBox(try BatchCodec.decode(bytes) { seen = $0 }) }
    }
    #expect(refused?.status == .fatal)
    weak let memory = seen
    seen = nil
    #expect(memory == nil)
  }
}

@Suite struct HostileBatchTests {
  private func text(_ characters: [UInt8], _ offsets: [Int32], valid: UInt8? = nil) throws -> [UInt8] {
    let array = OwnedArray(
      length: offsets.count - 1, nullCount: valid == nil ? 0 : 1,
      buffers: [valid.map { [$0] }, ArrowSamples.bytes(offsets), characters])
    return try BatchCodec.encode(
      RecordBatch(Schema([Field("t", .string)]), rows: offsets.count - 1, columns: [array.take()]))
  }

  private func refusal(_ bytes: [UInt8]) -> String? { failure { _ = try inspected(bytes) }?.message }

  @Test func textThatIsNoUTF8IsRefusedUnlessItIsNull() throws {
    #expect(try refusal(text([0x41, 0xFF, 0x42], [0, 1, 2, 3]))?.contains("column 't': text 1 is not UTF-8") == true)
    #expect(try refusal(text([0x41, 0xFF, 0x42], [0, 1, 2, 3], valid: 0b101)) == nil)
    #expect(try refusal(text([0x41, 0xFF, 0x42], [0, 1, 2, 3], valid: 0b110)) != nil)
    // A character that is cut in two is right as a whole only.
    #expect(try refusal(text([0xC3, 0xA4], [0, 1, 2]))?.contains("text 0") == true)
    #expect(try refusal(text([0xC3, 0xA4], [0, 0, 2])) == nil)
    #expect(try refusal(text([0xED, 0xA0, 0x80], [0, 3])) != nil)
  }

  @Test func offsetsThatFallAreRefused() throws {
    #expect(try refusal(text([1, 2, 3], [0, 2, 1, 3]))?.contains("offset 2 is 1, the one before 2") == true)
    var bytes = try text([1, 2, 3], [0, 2, 3])
    let offsets = bytes.count - 128
    bytes[offsets + 3] = 0x80
    #expect(refusal(bytes)?.contains("the first offset is -") == true)
    bytes[offsets + 3] = 0
    bytes[offsets + 11] = 0x70
    #expect(refusal(bytes)?.contains("is longer than what is left") == true)
  }

  @Test func everyLengthIsRefusedButTheWhole() throws {
    var random = RandomBatch(seed: 11)
    for _ in 0..<20 {
      let bytes = try BatchCodec.encode(random.batch(random.schema()))
      for length in 0..<bytes.count { #expect(failure { _ = try inspected(Array(bytes[..<length])) } != nil) }
      #expect(refusal(bytes + [UInt8](repeating: 0, count: 64)) != nil && refusal(bytes + [0]) != nil)
    }
  }

  @Test func shapesThatNoBatchHasAreRefused() throws {
    let column = ArrowSamples.numbers([Int16(1), nil], zero: 0)
    let bytes = try BatchCodec.encode(
      RecordBatch(Schema([Field("n", .integer(bits: 16))]), rows: 2, columns: [column]))
    let place = BatchCodec.headerBytes + SchemaCodec.encode(Schema([Field("n", .integer(bits: 16))])).count
    func shaped(_ shape: UInt8, arrays: UInt8 = 1) -> [UInt8] {
      var changed = bytes
      changed[place] = shape
      changed[20] = arrays
      return changed
    }
    try #require(bytes[place] == 8 && refusal(shaped(8)) == nil)
    // An offset belongs to validity, and there is no other bit.
    for shape in [1, 7, 16, 24, 255] as [UInt8] { #expect(refusal(shaped(shape))?.contains("shape \(shape)") == true) }
    #expect(refusal(shaped(8, arrays: 0))?.contains("no such array") == true)
    #expect(refusal(shaped(8, arrays: 2))?.contains("more follows") == true)
  }

  @Test func anotherVersionIsNamedAsSuch() throws {
    var bytes = try text([1], [0, 1])
    bytes[7] = 0x32
    #expect(failure { _ = try BatchCodec.decode(bytes) }?.status == .unsupported)
    bytes[6] = 0
    #expect(failure { _ = try BatchCodec.decode(bytes) }?.status == .fatal)
  }

  /// Where most is decided: the header, the schema, the shapes, and the offsets at the ends of buffers.
  private func damaged(_ whole: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = whole
    for _ in 0...Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
      let isEarly = Bool.random(using: &generator)
      let place = Int.random(in: 0..<(isEarly ? min(bytes.count, 160) : bytes.count), using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 3:
        let end = place & ~63
        bytes.insert(contentsOf: [UInt8](repeating: 0xFF, count: 64), at: end)
      default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
    }
    return bytes
  }

  /// Whatever the bytes are: they are refused with a failure, or make a batch of which every value can be read.
  @Test func damagedBytesAreRefusedOrMakeASoundBatch() throws {
    var (refused, sound) = (0, 0)
    try SimulationSeeds.forEach(30_000) { seed in
      var random = RandomBatch(seed: seed % 1500)
      let schema = random.schema()
      let whole = try BatchCodec.encode(random.batch(schema))
      var generator = SplitMix64(seed: seed)
      let bytes = damaged(whole, &generator)
      // Millions of values that consist of nothing are sound, and slow to print.
      if schema.fields.contains(where: { "\($0.type)".contains("struct<>") }) { return }
      if bytes.count >= 16, bytes[10..<16].contains(where: { $0 != 0 }) { return }
      do {
        _ = try inspected(bytes)
        sound += 1
      } catch let error as Failure {
        #expect(!error.message.isEmpty)
        refused += 1
      }
    }
    print("batches: \(refused) damaged ones were refused, \(sound) made another batch")
    #expect((refused > 5000 && sound > 5000) || SimulationSeeds.first(2).count == 1)
  }
}
