import HostModel
import HostQueue
import HostSystem
import Synchronization
import Testing
import TestSupport

@Suite struct QueueModelTests {
  private static func configuration(_ generator: inout SplitMix64) -> QueueConfiguration {
    let policies: [QueueConfiguration.SyncPolicy] = [.everyRecord, .bytes(1), .bytes(150), .bytes(10_000)]
    return QueueWorld.configuration(
      policies.randomElement(using: &generator) ?? .everyRecord,
      segmentBytes: Int.random(in: 1...400, using: &generator),
      maxBytes: 2 * (32 + 20 + 100) + Int.random(in: 0...2000, using: &generator))
  }

  /// What a sequence has met, so that the test can tell that it has met everything.
  private struct Tally {
    var full = 0
    var stored = 0
    var failures = 0
    var crashes = 0
    var freed = 0
  }

  /// One operation that the seed chooses.
  private func step(_ world: QueueWorld, _ generator: inout SplitMix64, _ tally: inout Tally) throws {
    let queue = world.queue
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<9:
      let length = Int.random(in: 0...100, using: &generator)
      let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      if try world.append(payload) == .full {
        tally.full += 1
        // With a header it would really be too much.
        guard queue.bytes + 32 + 20 + length > queue.configuration.maxBytes else {
          throw QueueLedger.Broken("full with \(queue.bytes) bytes")
        }
      } else {
        tally.stored += 1
      }
    case 9..<14: try world.read(UInt64.random(in: queue.firstOffset...queue.nextOffset, using: &generator))
    case 14..<16:
      let before = queue.firstOffset
      defer { tally.freed += Int(queue.firstOffset - before) }
      try world.free(upTo: UInt64.random(in: before...queue.nextOffset, using: &generator))
    case 16: try world.sync()
    case 17:
      // The process ends in order.
      try queue.close()
      world.ledger.syncedAll()
      try world.reopen(.nothing, Bool.random(using: &generator) ? Self.configuration(&generator) : nil)
    default: try world.readAll()
    }
  }

  /// Faults of the next operations: some fail, the disk is full for a while, or the process ends in the middle.
  private func injectFault(_ world: QueueWorld, _ generator: inout SplitMix64) {
    let ahead = Int.random(in: 0..<8, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: world.disk.fail(at: world.disk.operations + ahead)
    case 1: world.disk.setRoom(Int.random(in: 0...300, using: &generator))
    case 2: world.memory.inject(.crashBefore(world.memory.trace.count + ahead))
    default: world.memory.inject(.crashAfter(world.memory.trace.count + ahead))
    }
  }

  private func run(_ seed: UInt64, faults: Bool, _ tally: inout Tally) throws {
    var generator = SplitMix64(seed: seed)
    let world = try QueueWorld(seed: seed, Self.configuration(&generator))
    for _ in 0..<Int.random(in: 5...60, using: &generator) {
      if faults, Int.random(in: 0..<6, using: &generator) == 0 { injectFault(world, &generator) }
      do { try step(world, &generator, &tally) } catch let error as Failure {
        guard faults else { throw error }
        tally.failures += 1
        if error.status != .transient, error.status != .crashed { throw error }
        if Int.random(in: 0..<3, using: &generator) == 0 { world.disk.recover() }
      }
      if world.memory.isCrashed || !world.isOpen || (faults && Int.random(in: 0..<15, using: &generator) == 0) {
        tally.crashes += 1
        world.disk.recover()
        try world.crash(CrashLoss.allCases.randomElement(using: &generator) ?? .nothing)
      }
      guard !faults else { continue }
      let (bytes, found) = (world.queue.bytes, try world.fileBytes)
      guard bytes == found else { throw QueueLedger.Broken("\(found) bytes, the queue says \(bytes)") }
    }
    world.disk.recover()
    try world.crash(.nothing)
    try world.readAll()
    try world.queue.verify()
  }

  @Test(arguments: [false, true]) func aQueueKeepsItsPromises(_ faults: Bool) throws {
    var tally = Tally()
    try SimulationSeeds.forEach(2000) { try run($0, faults: faults, &tally) }
    print("queue model: 2000 sequences from seed 1 on, faults \(faults): \(tally)")
    // One seed alone need not meet everything.
    guard SimulationSeeds.first(2000).count == 2000 else { return }
    #expect(tally.full > 500 && tally.stored > 10_000 && tally.freed > 5000)
    if faults { #expect(tally.failures > 2000 && tally.crashes > 5000) }
  }

  /// The bound holds for the files themselves, at every moment and with a segment that is being begun.
  @Test func theFolderKeepsItsBound() throws {
    try SimulationSeeds.forEach(300) { seed in
      var generator = SplitMix64(seed: seed)
      let configuration = Self.configuration(&generator)
      let world = try QueueWorld(seed: seed, configuration)
      var longest = 0
      for _ in 0..<60 {
        let length = Int.random(in: 0...100, using: &generator)
        if try world.append([UInt8](repeating: 1, count: length)) == .full {
          try world.free(upTo: world.queue.firstOffset + (world.queue.nextOffset - world.queue.firstOffset) / 2)
        }
        longest = max(longest, try world.fileBytes)
      }
      #expect(longest <= configuration.maxBytes && longest > configuration.maxBytes / 3)
    }
  }
}

@Suite struct QueueLaneTests {
  /// A writer that waits when the queue is full, a reader that frees what it has read, and one that looks at random places:
  /// each record comes to the reader once, in order.
  @Test func whatIsAppendedByOneLaneIsReadByOthers() throws {
    try SimulationSeeds.forEach(150) { seed in
      let simulation = Simulation(seed: seed)
      let files = MemoryFileSystem(seed: seed, simulation: simulation)
      let read = Mutex<[[UInt8]]>([])
      try simulation.run {
        var configuration = QueueWorld.configuration(seed % 2 == 0 ? .everyRecord : .bytes(300), maxBytes: 700)
        configuration.maxRecordBytes = 100
        let queue = try LocalQueue(
          folder: QueueWorld.folder, files: files, lanes: simulation.lanes, configuration: configuration
        ) { 7 }
        let count = 25
        _ = try simulation.lanes.start("writer") {
          do {
            for number in 0..<count {
              while try queue.append(QueueWorld.payload(number)) == .full { simulation.point() }
            }
          } catch { Issue.record("writer: \(error), seed \(seed)") }
        }
        _ = try simulation.lanes.start("looker") {
          var generator = SplitMix64(seed: seed)
          for _ in 0..<30 {
            let offset = UInt64.random(in: 0..<UInt64(count), using: &generator)
            do {
              guard let record = try queue.read(from: offset) else { continue }
              #expect(record.offset == offset && record.payload == QueueWorld.payload(Int(offset)))
            } catch let error as Failure where error.status == .notFound || error.status == .conflict {
            } catch { Issue.record("looker: \(error), seed \(seed)") }
          }
        }
        var next: UInt64 = 0
        while next < count {
          guard let record = try queue.read(from: next) else {
            simulation.point()
            continue
          }
          read.withLock { $0.append(record.payload) }
          next = record.offset + 1
          try queue.free(upTo: next)
        }
      }
      #expect(read.withLock { $0 } == (0..<25).map { QueueWorld.payload($0) }, "seed \(seed)")
    }
  }

  /// Real threads and real files: nothing of this depends on who is faster.
  @Test func threadsOfTheSystemShareAQueue() throws {
    let folder = Folder()
    var configuration = QueueConfiguration()
    configuration.segmentBytes = 4000
    configuration.sync = .bytes(10_000)
    let queue = try LocalQueue(
      folder: folder.path, files: SystemFiles(), lanes: SystemLanes(), configuration: configuration)
    let count = 400
    let writers = try (0..<2).map { writer in
      try SystemLanes().start("writer") {
        do {
          for number in 0..<count { _ = try queue.append(Array("\(writer) \(number)".utf8)) }
        } catch { Issue.record("\(error)") }
      }
    }
    var next: UInt64 = 0
    var seen = [0, 0]
    while next < 2 * count {
      guard let record = try queue.read(from: next) else { continue }
      let parts = String(decoding: record.payload, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
      try #require(record.offset == next && parts.count == 2)
      // Each writer's records are in its order.
      #expect(seen[parts[0]] == parts[1])
      seen[parts[0]] += 1
      next += 1
      if next % 50 == 0 { try queue.free(upTo: next) }
    }
    for writer in writers { writer.join() }
    #expect(try seen == [count, count] && queue.read(from: next) == nil)
  }
}
