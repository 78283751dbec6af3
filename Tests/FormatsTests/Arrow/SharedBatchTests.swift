import CArrow
@testable import HostFormats
import HostModel
import Testing
import TestSupport

/// Memory as two processes share it: buffers are put one behind the other, and somebody may write over them.
private final class Segment {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  private var end = 64

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  func layOut(_ batch: borrowing RecordBatch) throws -> BatchLayout {
    end = 64
    let layout = try BatchCodec.layOut(batch) { piece in
      let place = end
      guard place + piece.count <= memory.count, let start = memory.baseAddress else { return nil }
      piece.copy(to: start + place)
      end = BatchCodec.padded(place + piece.count)
      return place
    }
    return try #require(layout)
  }

  func read(
    _ layout: BatchLayout, _ schema: Schema, _ lending: BatchLending, owner: AnyObject? = nil
  ) throws -> RecordBatch {
    try BatchCodec.read(layout, schema, in: bytes, lending: lending, owner: owner ?? self)
  }

  func contains(_ pointer: UnsafeRawPointer) -> Bool {
    guard let start = bytes.baseAddress else { return false }
    return pointer >= start && pointer < start + bytes.count
  }

  deinit { memory.deallocate() }
}

/// Goes through all buffers of a batch, as its columns say what they are.
private struct BufferWalk {
  /// A buffer, and whether it holds values of a fixed width.
  typealias Visit = (_ start: UnsafeRawPointer, _ count: Int, _ isFixed: Bool) throws -> Void

  static func over(_ batch: borrowing RecordBatch, _ visit: Visit) throws {
    let schema = batch.schema
    let array = batch.withArray { $0.pointee }
    for (index, field) in schema.fields.enumerated() {
      try over(try #require(array.children[index]).pointee, field.type, visit)
    }
  }

  private static func over(_ array: ArrowArray, _ type: DataType, _ visit: Visit) throws {
    let end = Int(array.offset + array.length)
    if let validity = array.buffers[0] { try visit(validity, (end + 7) / 8, false) }
    switch type {
    case .boolean: try visit(try #require(array.buffers[1]), (end + 7) / 8, false)
    case .string, .binary: try visit(try #require(array.buffers[2]), try offsets(array, end, visit), false)
    case .list(let element):
      _ = try offsets(array, end, visit)
      try over(try #require(array.children[0]).pointee, element.type, visit)
    case .map(let key, let value):
      _ = try offsets(array, end, visit)
      try over(try #require(array.children[0]).pointee, .structure([key, value]), visit)
    case .structure(let fields):
      for (index, field) in fields.enumerated() {
        try over(try #require(array.children[index]).pointee, field.type, visit)
      }
    default: try visit(try #require(array.buffers[1]), end * RandomBatch.width(type), true)
    }
  }

  private static func offsets(_ array: ArrowArray, _ end: Int, _ visit: Visit) throws -> Int {
    let start = try #require(array.buffers[1])
    try visit(start, (end + 1) * 4, false)
    return Int(start.loadUnaligned(fromByteOffset: end * 4, as: Int32.self))
  }
}

@Suite struct SharedBatchTests {
  @Test(arguments: [BatchLending.nothing, .values, .everything])
  func anyBatchComesBackAsItWas(_ lending: BatchLending) throws {
    let segment = Segment()
    try SimulationSeeds.forEach(1000) { seed in
      var random = RandomBatch(seed: seed)
      let schema = random.schema()
      let batch = random.batch(schema)
      let rows = ExactValues.rows(batch)
      let found = try segment.read(try segment.layOut(batch), schema, lending)
      #expect(ExactValues.rows(found) == rows, "seed \(seed)")
    }
  }

  @Test func numbersStayWhereTheyAreAndAllElseIsCopied() throws {
    let segment = Segment()
    var lent = 0
    try SimulationSeeds.forEach(300) { seed in
      var random = RandomBatch(seed: seed)
      let schema = random.schema()
      let batch = random.batch(schema)
      let layout = try segment.layOut(batch)
      try BufferWalk.over(try segment.read(layout, schema, .values)) { start, count, isFixed in
        #expect(segment.contains(start) == (isFixed && count > 0), "seed \(seed)")
        lent += isFixed && count > 0 ? 1 : 0
      }
      try BufferWalk.over(try segment.read(layout, schema, .nothing)) { start, _, _ in
        #expect(!segment.contains(start), "seed \(seed)")
      }
    }
    #expect(lent > 50)
  }

  /// Whatever a sender writes after its batch was taken, only numbers change.
  @Test func aSenderThatGoesOnWritingChangesNumbersOnly() throws {
    let schema = Schema([
      Field("b", .boolean), Field("t", .string), Field("l", .list(Field("e", .string))), Field("y", .binary),
    ])
    let withNumbers = Schema(schema.fields + [Field("n", .integer(bits: 64))])
    let segment = Segment()
    try SimulationSeeds.forEach(300) { seed in
      var random = RandomBatch(seed: seed)
      let batch = random.batch(withNumbers)
      let width = schema.fields.count
      let rows = ExactValues.rows(batch).map { Array($0[..<width]) }
      let found = try segment.read(try segment.layOut(batch), withNumbers, .values)
      let nulls = found.withArray { $0.pointee.children[width].map { $0.pointee.null_count } }
      for place in segment.memory.indices { segment.memory[place] = 0xFF }
      #expect(ExactValues.rows(found).map { Array($0[..<width]) } == rows, "seed \(seed)")
      #expect(found.withArray { $0.pointee.children[width].map { $0.pointee.null_count } } == nulls)
    }
  }

  @Test func theOwnerIsHeldAsLongAsAnythingIsLent() throws {
    final class Owner {}
    let segment = Segment()
    func hold(_ type: DataType, _ lending: BatchLending) throws -> (BatchBox, () -> Bool) {
      var random = RandomBatch(seed: 3)
      let schema = Schema([Field("c", type)])
      let batch = RecordBatch(schema, rows: 9, columns: [random.array(type, length: 9)])
      let owner = Owner()
      weak let seen = owner
      return (BatchBox(try segment.read(try segment.layOut(batch), schema, lending, owner: owner)), { seen != nil })
    }
    let (numbers, isHeld) = try hold(.double, .values)
    #expect(isHeld())
    var root = numbers.take().take()
    // A column that was taken out of the batch needs the memory by itself.
    let slot = try #require(root.children[0])
    var column = slot.pointee
    slot.pointee.release = nil
    root.release?(&root)
    #expect(isHeld())
    column.release?(&column)
    #expect(!isHeld())
    for (type, lending) in [(DataType.string, BatchLending.values), (.double, .nothing)] {
      let (batch, isHeld) = try hold(type, lending)
      #expect(!isHeld(), "all was copied")
      withExtendedLifetime(batch) {}
    }
  }
}

@Suite struct HostileLayoutTests {
  private let segment = Segment()
  private let schema = Schema([Field("n", .integer(bits: 64)), Field("t", .string)])

  private func layout() throws -> BatchLayout {
    let columns = [ArrowSamples.numbers([Int64(1), 2, 3], zero: 0), ArrowSamples.texts(["a", "bc", ""])]
    return try segment.layOut(RecordBatch(schema, rows: 3, columns: columns))
  }

  private func refusal(_ change: (inout BatchLayout) -> Void) throws -> String? {
    var layout = try layout()
    change(&layout)
    do { _ = BatchBox(try segment.read(layout, schema, .values)) } catch { return (error as? Failure)?.message }
    return nil
  }

  @Test func liesAboutOffsetsLengthsAndAlignmentAreRefused() throws {
    #expect(try refusal { _ in } == nil)
    let buffers = try layout().buffers
    let size = UInt64(segment.memory.count)
    for index in buffers.indices where buffers[index].count > 0 {
      for count in [0, buffers[index].count - 1, buffers[index].count + 1, 1 << 32, .max] {
        #expect(try refusal { $0.buffers[index].count = count } != nil, "buffer \(index): \(count) bytes")
      }
      for offset in [size, size - buffers[index].count + 1, .max, .max - buffers[index].count + 1, 1 << 63] {
        let told = try refusal { $0.buffers[index].offset = offset }
        #expect(told?.contains("is not in the memory") == true, "buffer \(index) at \(offset)")
      }
    }
    let values = try #require(buffers.firstIndex { $0.count == 24 })
    for offset in [1, 2, 4, 8, 15, 17] as [UInt64] {
      #expect(try refusal { $0.buffers[values].offset += offset }?.contains("no multiple of 16") == true)
    }
    #expect(try refusal { $0.buffers.removeLast() }?.contains("lacks a buffer") == true)
    #expect(try refusal { $0.buffers.append($0.buffers[0]) }?.contains("more follows") == true)
    for rows in [-1, 2, 4, .max, .min] as [Int64] { #expect(try refusal { $0.rows = rows } != nil, "\(rows) rows") }
    for shape in [1, 9, 16, 255] as [UInt8] { #expect(try refusal { $0.shapes[0] = shape } != nil, "shape \(shape)") }
    #expect(try refusal { $0.shapes.removeLast() } != nil && refusal { $0.shapes.append(0) } != nil)
  }

  /// Many buffers in one place would become as many copies.
  @Test func whatIsCopiedHasABound() throws {
    let size = segment.memory.count
    let columns = Schema((0..<9).map { Field("b\($0)", .boolean) })
    segment.memory.initializeMemory(as: UInt8.self, repeating: 0)
    let whole = BatchLayout.Buffer(offset: 0, count: UInt64(size))
    let lie = BatchLayout(
      rows: Int64(8 * size), shapes: [UInt8](repeating: 0, count: 9),
      buffers: [BatchLayout.Buffer](repeating: whole, count: 9))
    var told: Failure?
    do {
      _ = BatchBox(try segment.read(lie, columns, .values))
    } catch { told = error as? Failure }
    #expect(told?.message.contains("more bytes than a batch may") == true)
  }

  /// Any layout over any bytes is refused, or is a batch whose every buffer can be read.
  @Test func anyDamageIsRefusedOrHarmless() throws {
    var (refused, taken) = (0, 0)
    try SimulationSeeds.forEach(3000) { seed in
      var random = RandomBatch(seed: seed)
      var schema = random.schema()
      var layout = try segment.layOut(random.batch(schema))
      for _ in 0...random.number(0...2) { damage(&layout, &schema, &random) }
      do {
        let batch = try segment.read(layout, schema, .values)
        try BufferWalk.over(batch) { start, count, isFixed in
          #expect(!segment.contains(start) || isFixed, "seed \(seed)")
          if segment.contains(start) { #expect(UInt(bitPattern: start) % 16 == 0, "seed \(seed)") }
          if count > 0 { #expect(!isFixed || !segment.contains(start) || segment.contains(start + count - 1)) }
        }
        _ = ExactValues.rows(batch)
        taken += 1
      } catch is Failure { refused += 1 }
    }
    #expect(refused > 100 && taken > 100 || SimulationSeeds.first(3000).count == 1, "\(refused) of \(refused + taken)")
  }

  private func damage(_ layout: inout BatchLayout, _ schema: inout Schema, _ random: inout RandomBatch) {
    let index = layout.buffers.isEmpty ? 0 : random.number(0...layout.buffers.count - 1)
    switch layout.buffers.isEmpty ? random.number(4...7) : random.number(0...7) {
    case 0: layout.buffers[index].offset ^= 1 << UInt64(random.number(0...63))
    case 1: layout.buffers[index].count ^= 1 << UInt64(random.number(0...63))
    case 2: layout.buffers.swapAt(index, random.number(0...layout.buffers.count - 1))
    case 3: layout.buffers.remove(at: index)
    case 4: layout.rows += Int64(random.number(-2...2))
    case 5 where !layout.shapes.isEmpty:
      layout.shapes[random.number(0...layout.shapes.count - 1)] ^= 1 << UInt8(random.number(0...7))
    case 6: schema = random.schema()
    default: for _ in 0..<20 { segment.memory[random.number(64...2048)] = UInt8(random.number(0...255)) }
    }
  }
}
