import HostModel
@testable import HostQueue
import HostSystem
import Testing
import TestSupport

private func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure }
  return nil
}

@Suite struct LocalQueueTests {
  private let everyRecord = QueueWorld.configuration(.everyRecord)

  private func names(_ world: QueueWorld) -> [String] {
    world.memory.files.map { String($0.dropFirst(QueueWorld.folder.count + 1)) }
  }

  private func name(_ offset: Int) -> String { SegmentFormat.name(first: UInt64(offset)) }

  @Test func recordsComeOutInOrderUnderConsecutiveOffsets() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    for number in 0..<20 { try world.append(QueueWorld.payload(number)) }
    #expect(world.queue.nextOffset == 20 && world.queue.firstOffset == 0 && world.queue.syncedOffset == 20)
    #expect(names(world).count > 5)
    try world.readAll()
    for offset in [19, 3, 11, 0] as [UInt64] { try world.read(offset) }
    try world.queue.verify()
  }

  @Test func anEmptyQueueHasNothingAndAnEmptyRecordIsOne() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    #expect(try world.queue.read(from: 0) == nil && world.queue.bytes == 0)
    #expect(try world.append([]) == .stored(offset: 0))
    #expect(try world.queue.read(from: 0) == LocalQueue.Record(offset: 0, payload: []))
    try world.crash(.everythingUnsynced)
    #expect(world.queue.nextOffset == 1)
  }

  @Test func openingWritesNothingAndGoesOnWhereTheFormerProcessEnded() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    for number in 0..<10 { try world.append(QueueWorld.payload(number)) }
    try world.queue.close()
    let before = names(world)
    let writes = world.memory.trace.count { if case .write = $0 { true } else { false } }
    _ = try QueueWorld.open(world.disk, everyRecord)
    #expect(names(world) == before)
    #expect(world.memory.trace.count { if case .write = $0 { true } else { false } } == writes)
    try world.crash(.nothing)
    #expect(try world.append([1]) == .stored(offset: 10))
    try world.readAll()
  }

  @Test func aQueueThatWasClosedGoesOnInAnotherSegment() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    try world.append([1])
    try world.queue.close()
    try world.queue.close()
    try world.append([2])
    #expect(names(world) == [name(0), name(1)])
    try world.readAll()
  }

  @Test func segmentsEndBeforeTheRecordThatIsTooMuch() throws {
    var configuration = everyRecord
    configuration.segmentBytes = SegmentFormat.headerBytes + 2 * (SegmentFormat.frameBytes + 10)
    let world = try QueueWorld(seed: 1, configuration)
    for _ in 0..<2 { try world.append([UInt8](repeating: 1, count: 10)) }
    #expect(names(world) == [name(0)])
    try world.append([])
    #expect(names(world) == [name(0), name(2)])
    // A record longer than a segment has one of its own.
    try world.append([UInt8](repeating: 1, count: 100))
    try world.append([])
    #expect(names(world) == [name(0), name(2), name(3), name(4)])
    try world.readAll()
  }

  @Test func onlySegmentsWithoutARecordFromTheOffsetOnAreFreed() throws {
    var configuration = everyRecord
    configuration.segmentBytes = SegmentFormat.headerBytes + 3 * (SegmentFormat.frameBytes + 1)
    let world = try QueueWorld(seed: 1, configuration)
    for number in 0..<8 { try world.append([UInt8(number)]) }
    #expect(names(world) == [name(0), name(3), name(6)])
    for (offset, first) in [(0, 0), (2, 0), (3, 3), (5, 3), (4, 3), (6, 6), (7, 6)] {
      try world.free(upTo: UInt64(offset))
      #expect(world.queue.firstOffset == first)
      for kept in first..<8 { try world.read(UInt64(kept)) }
    }
    #expect(names(world) == [name(6)])
    #expect(failure { try world.read(5) }?.status == .notFound)
    #expect(failure { try world.read(9) }?.status == .conflict)
    #expect(failure { try world.queue.free(upTo: 9) }?.status == .conflict)
  }

  /// Whatever became of the process, the next record has the next offset.
  @Test(arguments: CrashLoss.allCases) func offsetsAreNeverGivenAgain(_ loss: CrashLoss) throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    for number in 0..<5 { try world.append(QueueWorld.payload(number)) }
    try world.free(upTo: 5)
    #expect(names(world) == [name(5)] && world.queue.bytes == SegmentFormat.headerBytes)
    for _ in 0..<3 {
      try world.crash(loss)
      #expect(world.queue.nextOffset == 5 && world.queue.firstOffset == 5)
      try world.free(upTo: 5)
    }
    #expect(try world.append([1]) == .stored(offset: 5))
  }

  @Test func recordsAreRefusedAboveTheirBoundAlone() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    for length in [99, 100] { try world.append([UInt8](repeating: 7, count: length)) }
    let refused = failure { _ = try world.queue.append([UInt8](repeating: 7, count: 101)) }
    #expect(refused?.status == .badRecord)
    #expect(world.queue.nextOffset == 2)
  }

  /// The queue is full when the next record would make its files longer than the bound, by the byte.
  @Test(arguments: [-1, 0, 1]) func theQueueIsFullByTheByte(_ missing: Int) throws {
    let frame = SegmentFormat.frameBytes + 100
    var configuration = QueueWorld.configuration(.everyRecord, segmentBytes: 10_000)
    configuration.maxBytes = SegmentFormat.headerBytes + 5 * frame - missing
    let world = try QueueWorld(seed: 1, configuration)
    let payload = [UInt8](repeating: 7, count: 100)
    for number in 0..<4 { #expect(try world.append(payload) == .stored(offset: UInt64(number))) }
    let before = world.memory.trace
    #expect(try world.append(payload) == (missing > 0 ? .full : .stored(offset: 4)))
    if missing > 0 {
      #expect(world.memory.trace == before)
      // A shorter one has room.
      #expect(try world.append(Array(payload.dropLast(missing))) == .stored(offset: 4))
    }
    #expect(try world.queue.bytes == world.fileBytes && world.fileBytes <= configuration.maxBytes)
    #expect(try world.append([]) == .full)
    try world.free(upTo: 5)
    #expect(try world.append(payload) == .stored(offset: 5))
  }

  @Test func theHeaderOfANewSegmentCounts() throws {
    let frame = SegmentFormat.frameBytes + 100
    for missing in [0, 1] {
      var configuration = QueueWorld.configuration(.everyRecord, segmentBytes: 10)
      configuration.maxBytes = 3 * (SegmentFormat.headerBytes + frame) - missing
      let world = try QueueWorld(seed: 1, configuration)
      let payload = [UInt8](repeating: 7, count: 100)
      for _ in 0..<2 { try world.append(payload) }
      #expect(try world.append(payload) == (missing > 0 ? .full : .stored(offset: 2)))
      #expect(try world.queue.bytes == world.fileBytes)
    }
  }

  @Test func impossibleNumbersAreRefused() throws {
    func refusal(_ change: (inout QueueConfiguration) -> Void) -> Status? {
      var configuration = everyRecord
      change(&configuration)
      return failure { _ = try QueueWorld(seed: 1, configuration) }?.status
    }
    #expect(refusal { $0.segmentBytes = 0 } == .invalidConfig)
    #expect(refusal { $0.maxRecordBytes = 0 } == .invalidConfig)
    #expect(refusal { $0.maxRecordBytes = 1 << 30 + 1 } == .invalidConfig)
    #expect(refusal { $0.maxBytes = 2 * (32 + 20 + 100) - 1 } == .invalidConfig)
    #expect(refusal { $0.maxBytes = 2 * (32 + 20 + 100) } == nil)
    #expect(refusal { $0.sync = .bytes(0) } == .invalidConfig)
    #expect(refusal { $0.sync = .bytes(1) } == nil)
  }

  @Test func anIntervalSyncsWhenItsBytesAreFull() throws {
    let frame = SegmentFormat.frameBytes + 10
    let world = try QueueWorld(seed: 1, QueueWorld.configuration(.bytes(3 * frame), segmentBytes: 10_000))
    for number in 1...7 {
      try world.append([UInt8](repeating: 1, count: 10))
      #expect(world.queue.syncedOffset == UInt64(number / 3 * 3))
    }
    try world.sync()
    #expect(world.queue.syncedOffset == 7)
  }

  /// Otherwise its offset could become another record's.
  @Test func aRecordThatWasReadIsDurable() throws {
    let world = try QueueWorld(seed: 1, QueueWorld.configuration(.bytes(1000), segmentBytes: 10_000))
    for number in 0..<3 { try world.append([UInt8(number)]) }
    #expect(world.queue.syncedOffset == 0)
    try world.read(1)
    try world.crash(.everythingUnsynced)
    #expect(world.queue.nextOffset == 3)
    // A killed process had it on no disk.
    try world.append([3])
    world.memory.crash(.nothing)
    let second = try QueueWorld.open(world.disk, world.queue.configuration)
    #expect(try second.read(from: 3)?.payload == [3])
    world.memory.crash(.everythingUnsynced)
    #expect(try QueueWorld.open(world.disk, world.queue.configuration).nextOffset == 4)
  }

  @Test func otherFilesAreLeftAloneAndOldAttemptsRemoved() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    try world.append([1])
    for other in ["notes.txt", "5.segment", "\(name(7)).old", "\(name(3)).tmp"] {
      try world.memory.create("\(QueueWorld.folder)/\(other)").writeAll([9])
    }
    try world.crash(.nothing)
    #expect(names(world) == [name(0), "\(name(7)).old", "5.segment", "notes.txt"])
    #expect(world.queue.nextOffset == 1)
  }

  @Test func aMissingSegmentIsNoticed() throws {
    let world = try QueueWorld(seed: 1, everyRecord)
    for number in 0..<20 { try world.append(QueueWorld.payload(number)) }
    let lost = try #require(SegmentFormat.first(ofName: names(world)[2]))
    try world.memory.remove("\(QueueWorld.folder)/\(names(world)[2])")
    let queue = try QueueWorld.open(world.disk, everyRecord)
    for offset in 0..<lost { #expect(try queue.read(from: offset)?.payload == QueueWorld.payload(Int(offset))) }
    let missing = failure { _ = try queue.read(from: lost) }
    #expect(missing?.message.contains("damaged at byte") == true && missing?.status == .fatal)
    #expect(failure { try queue.verify() }?.message == missing?.message)
  }

  @Test func theFilesOfThisMachineServeAsWell() throws {
    let folder = Folder()
    var configuration = QueueConfiguration()
    configuration.segmentBytes = 100_000
    func open() throws -> LocalQueue {
      try LocalQueue(
        folder: folder.path + "/a/queue", files: SystemFiles(), lanes: SystemLanes(), configuration: configuration)
    }
    let queue = try open()
    let payloads = (0..<30).map { [UInt8](repeating: UInt8($0), count: $0 * 1000) }
    for payload in payloads { _ = try queue.append(payload) }
    for process in [queue, try open()] {
      for (offset, payload) in payloads.enumerated() {
        #expect(try process.read(from: UInt64(offset))?.payload == payload)
      }
      try process.verify()
    }
    let last = try open()
    #expect(try last.append([1, 2, 3]) == .stored(offset: 30))
    try last.free(upTo: 31)
    #expect(last.bytes == SegmentFormat.headerBytes)
    #expect(try open().nextOffset == 31)
  }
}
