import CArrow
import HostFormats
import HostModel
@testable import HostPluginCalls
import Synchronization
import Testing
import TestSupport

/// Memory as two sides share it; it says when it is unmapped.
private final class Segment: SharedMemory, @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer
  let whenGone: @Sendable () -> Void

  init(_ size: Int, whenGone: @escaping @Sendable () -> Void = {}) {
    memory = .allocate(byteCount: size, alignment: 4096)
    self.whenGone = whenGone
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

  func contains(_ pointer: UnsafeRawPointer?) -> Bool {
    guard let start = bytes.baseAddress, let pointer else { return false }
    return pointer >= start && pointer < start + bytes.count
  }

  deinit {
    memory.deallocate()
    whenGone()
  }
}

/// Both sides of an exchange in one process.
private final class Pair {
  let toHost: Segment
  let plugin: SegmentAllocator
  let worker: BatchExchange
  var host: BatchExchange?
  private let toWorker: Segment

  init(_ size: Int = 1 << 20, whenGone: @escaping @Sendable () -> Void = {}) {
    toHost = Segment(size, whenGone: whenGone)
    toWorker = Segment(size)
    plugin = SegmentAllocator(toHost.memory)
    worker = BatchExchange(plugin, reading: toWorker, isTrusting: true)
    host = BatchExchange(SegmentAllocator(toWorker.memory), reading: toHost, isTrusting: false)
  }

  /// The frames of a message that has one batch.
  func frames(_ batch: consuming RecordBatch, from sender: BatchExchange) throws -> [[UInt8]] {
    var writer = WireWriter()
    sender.putReturned(&writer)
    try sender.put(batch, &writer)
    return WireMessage.frames(writer)
  }

  func take(_ frames: [[UInt8]], by receiver: BatchExchange, _ schema: Schema) throws -> RecordBatch {
    var message = try WireMessage(frames[0], mostAttached: WorkerLimits.batchBytes)
    for piece in frames.dropFirst() { try message.add(piece) }
    guard message.isWhole else { throw Failure(.run, "a piece is missing", status: .fatal) }
    var reader = message.reader
    try receiver.takeReturned(&reader)
    let batch = BatchBox(try receiver.take(&reader, schema))
    try reader.finish()
    return batch.take()
  }

  func send(_ batch: consuming RecordBatch, _ schema: Schema = numbers) throws -> BatchBox {
    BatchBox(try take(try frames(batch, from: worker), by: try #require(host), schema))
  }

  /// Tells the worker what the host has released.
  func settle() throws {
    var writer = WireWriter()
    try #require(host).putReturned(&writer)
    var reader = WireReader(writer.bytes)
    try worker.takeReturned(&reader)
  }
}

private let values = Schema([Field("n", .integer(bits: 64), nullable: false)])

/// A batch of a plugin's whose values are in a block of the host's allocator. It says when it is released.
private final class PluginBatch {
  private let column = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
  private let children = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>.allocate(capacity: 1)
  private let buffers = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 3)
  private let block: UnsafeMutableRawPointer
  private let allocator: SegmentAllocator
  private let released: Shared<Int>

  private init(_ rows: Int, _ allocator: SegmentAllocator, _ released: Shared<Int>) throws {
    self.allocator = allocator
    self.released = released
    block = try #require(allocator.allocate(rows * 8))
    buffers.initialize(repeating: nil, count: 3)
    buffers[2] = UnsafeRawPointer(block)
    column.initialize(
      to: ArrowArray(
        length: Int64(rows), null_count: 0, offset: 0, n_buffers: 2, n_children: 0, buffers: buffers + 1,
        children: nil, dictionary: nil, release: { $0?.pointee.release = nil }, private_data: nil))
    children.initialize(to: column)
  }

  /// Rows that count from `first`, or memory as it comes.
  static func make(_ rows: Int, from first: Int64?, _ pair: Pair, _ released: Shared<Int>) throws -> RecordBatch {
    let made = try PluginBatch(rows, pair.plugin, released)
    if let first {
      let values = made.block.bindMemory(to: Int64.self, capacity: rows)
      for row in 0..<rows { values[row] = first + Int64(row) }
    }
    let root = ArrowArray(
      length: Int64(rows), null_count: 0, offset: 0, n_buffers: 1, n_children: 1, buffers: made.buffers,
      children: made.children, dictionary: nil,
      release: { array in
        guard let array, let made = array.pointee.private_data else { return }
        array.pointee.release = nil
        Unmanaged<PluginBatch>.fromOpaque(made).release()
      }, private_data: Unmanaged.passRetained(made).toOpaque())
    return RecordBatch(adopting: root, schema: values)
  }

  deinit {
    if !allocator.free(block) { Issue.record("freed twice") }
    column.deallocate()
    children.deallocate()
    buffers.deallocate()
    released.change { $0 += 1 }
  }
}

extension RecordBatch {
  /// Where the values of the first column lie.
  fileprivate var valuesStart: UnsafeRawPointer? {
    withArray { $0.pointee.children[0].flatMap { $0.pointee.buffers[1] } }
  }
}

@Suite struct BatchExchangeTests {
  @Test func aPluginsValuesAreReadWhereItWroteThem() throws {
    let (pair, released) = (Pair(), Shared(0))
    let box = try pair.send(try PluginBatch.make(1000, from: 7, pair, released), values)
    let batch = box.take()
    #expect(batch.int64Values(0) == Array(7..<1007))
    #expect(batch.valuesStart == pair.toHost.bytes.baseAddress)
    #expect(pair.plugin.takenBytes == 8192, "nothing was copied into a block of its own")
    try pair.settle()
    #expect(released.current == 0 && pair.worker.sentCount == 1, "the host has it still")
    release(batch)
    #expect(released.current == 0, "the worker does not know yet")
    try pair.settle()
    #expect(released.current == 1 && pair.worker.sentCount == 0 && pair.plugin.takenBytes == 0)
  }

  @Test func whatLiesElsewhereIsCopiedIntoTheSegmentOnce() throws {
    let pair = Pair()
    let batch = try pair.send(numbersBatch(rows: 500)).take()
    #expect(batch.int64Values(0) == Array(0..<500))
    #expect(pair.toHost.contains(batch.valuesStart))
    #expect(pair.plugin.takenBytes > 4000)
    release(batch)
    try pair.settle()
    #expect(pair.plugin.takenBytes == 0 && pair.worker.sentCount == 0)
  }

  @Test func aWorkerReadsItsInputInPlace() throws {
    let pair = Pair()
    let host = try #require(pair.host)
    for _ in 0..<100 {
      let batch = try pair.take(try pair.frames(numbersBatch(rows: 500), from: host), by: pair.worker, numbers)
      #expect(batch.int64Values(0) == Array(0..<500) && host.sentCount == 1)
      release(batch)
      // Blocks are free again once the worker's next message says so.
      release(try pair.send(numbersBatch(rows: 1)).take())
      #expect(host.sentCount == 0)
    }
  }

  @Test func thereIsABoundOnWhatIsLent() throws {
    let (pair, released) = (Pair(WorkerLimits.segmentBytes), Shared(0))
    var held: [BatchBox] = []
    for _ in 0..<6 { held.append(try pair.send(try PluginBatch.make(1 << 20, from: nil, pair, released), values)) }
    let lent = held.map { box in
      let batch = box.take()
      let isLent = pair.toHost.contains(batch.valuesStart)
      return (BatchBox(batch), isLent)
    }
    #expect(lent.map(\.1) == [true, true, true, true, false, false])
    try pair.settle()
    #expect(released.current == 2, "what was copied is done with at once")
    withExtendedLifetime(lent) {}
  }

  @Test func manySmallBatchesHaveABoundToo() throws {
    let (pair, released) = (Pair(), Shared(0))
    var held: [BatchBox] = []
    for _ in 0..<WorkerLimits.lentBatches + 10 {
      held.append(try pair.send(try PluginBatch.make(1, from: 1, pair, released), values))
    }
    try pair.settle()
    #expect(released.current == 10)
    held = []
    try pair.settle()
    #expect(released.current == WorkerLimits.lentBatches + 10 && pair.plugin.takenBytes == 0)
  }

  @Test func whatFindsNoRoomGoesThroughTheSocket() throws {
    let pair = Pair(1 << 16)
    var held: [BatchBox] = []
    for _ in 0..<20 { held.append(try pair.send(numbersBatch(rows: 1000))) }
    for box in held {
      let batch = box.take()
      #expect(batch.int64Values(0) == Array(0..<1000))
    }
    held = []
    try pair.settle()
    #expect(pair.plugin.takenBytes == 0)
    // Larger than the segment, and more than one piece.
    let frames = try pair.frames(numbersBatch(rows: 200_000), from: pair.worker)
    #expect(frames.count > 2 && frames.allSatisfy { $0.count <= WireMessage.pieceBytes })
    let batch = try pair.take(frames, by: try #require(pair.host), numbers)
    #expect(batch.rowCount == 200_000 && batch.int64Values(0).last == 199_999)
  }

  @Test func anAttachmentOfOtherColumnsIsRefused() throws {
    let pair = Pair(1 << 10)
    let frames = try pair.frames(numbersBatch(rows: 100), from: pair.worker)
    let told = failure { _ = BatchBox(try pair.take(frames, by: try #require(pair.host), values)) }
    #expect(told?.message == "a batch has other columns")
  }

  /// The worker and all that the host had of it are gone; the batch is not, whichever thread has it.
  @Test func aBatchOutlivesItsWorker() throws {
    let (gone, released) = (Shared(false), Shared(0))
    let box: BatchBox
    do {
      let pair = Pair(whenGone: { gone.change { $0 = true } })
      box = try pair.send(try PluginBatch.make(1000, from: 7, pair, released), values)
      pair.host = nil
    }
    #expect(!gone.current)
    let sum = try Background { () throws(Failure) in box.take().int64Values(0).reduce(0, +) }.value()
    #expect(sum == (7..<1007).reduce(0, +) && gone.current)
  }

  @Test func numbersThatAWorkerMakesUpAreNobodys() throws {
    let pair = Pair()
    let host = try #require(pair.host)
    _ = try pair.frames(numbersBatch(rows: 3), from: host)
    for lie in [0, 2, .max] as [UInt64] {
      var writer = WireWriter()
      writer.put(list: [lie, lie]) { $0.put($1) }
      var reader = WireReader(writer.bytes)
      try host.takeReturned(&reader)
      #expect(host.sentCount == 1)
    }
  }
}

@Suite struct HostileAnswerTests {
  /// Everything that a batch leads to can be read, and nothing but numbers is where a worker could change it.
  private func inspect(_ batch: borrowing RecordBatch, _ pair: Pair) throws {
    let array = batch.withArray { $0.pointee }
    let (ids, names) = (try #require(array.children[0]).pointee, try #require(array.children[1]).pointee)
    let end = Int(names.offset + names.length)
    if pair.toHost.contains(ids.buffers[1]), end > 0 {
      #expect(pair.toHost.contains(try #require(ids.buffers[1]) + Int(ids.offset + ids.length) * 8 - 1))
    }
    for buffer in [ids.buffers[0], names.buffers[0], names.buffers[1], names.buffers[2]] {
      #expect(!pair.toHost.contains(buffer))
    }
    let offsets = try #require(names.buffers[1])
    var last: Int32 = 0
    for row in 0...end {
      let offset = offsets.loadUnaligned(fromByteOffset: row * 4, as: Int32.self)
      try #require(offset >= last)
      last = offset
    }
    let characters = UnsafeRawBufferPointer(start: names.buffers[2], count: Int(last))
    #expect(String(validating: characters, as: UTF8.self) != nil)
  }

  /// Every byte of an answer, one after the other, is changed to others: the answer is refused, or harmless.
  @Test func anyByteOfAnAnswerMayLie() throws {
    var (refused, taken) = (0, 0)
    try SimulationSeeds.forEach(20) { seed in
      var random = SplitMix64(seed: seed)
      let pair = Pair()
      let host = try #require(pair.host)
      let frame = try pair.frames(numbersBatch(rows: Int.random(in: 0...40, using: &random)), from: pair.worker)[0]
      for place in frame.indices {
        for change in [1, 0x80, 0xFF, UInt8.random(in: 1...255, using: &random)] {
          var lie = frame
          lie[place] ^= change
          do {
            try inspect(try pair.take([lie], by: host, numbers), pair)
            taken += 1
          } catch is Failure { refused += 1 } catch is ExpectationFailedError where place >= frame.count - 4 {
            refused += 1
          }
        }
      }
    }
    print("answers: seeds \(SimulationSeeds.first(20)): \(refused) refused, \(taken) harmless")
    #expect(refused > 1000 && taken > 100 || SimulationSeeds.first(20).count == 1)
  }

  /// Frames and memory of random bytes, and right ones with several changes.
  @Test func anyAnswerOverAnyMemoryIsRefusedOrHarmless() throws {
    var (refused, taken) = (0, 0)
    try SimulationSeeds.forEach(3000) { seed in
      var random = SplitMix64(seed: seed)
      let pair = Pair(1 << 14)
      let host = try #require(pair.host)
      var frame = try pair.frames(numbersBatch(rows: Int.random(in: 1...40, using: &random)), from: pair.worker)[0]
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0..<frame.count - 4, using: &random)
        frame[place] = UInt8.random(in: 0...255, using: &random)
      }
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        let place = Int.random(in: 0..<2048, using: &random)
        pair.toHost.memory[place] = UInt8.random(in: 0...255, using: &random)
      }
      if seed % 10 == 0 {
        frame = (0..<frame.count).map { _ in UInt8.random(in: 0...255, using: &random) } + [0, 0, 0, 0]
      }
      do {
        try inspect(try pair.take([frame], by: host, numbers), pair)
        taken += 1
      } catch is Failure { refused += 1 }
    }
    print("answers: 3000 seeds: \(refused) refused, \(taken) harmless")
    #expect(refused > 300 && taken > 300 || SimulationSeeds.first(3000).count == 1)
  }
}

private func release(_ batch: consuming RecordBatch) {}
