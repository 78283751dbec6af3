import HostModel
import HostQueue
import Testing
import TestSupport

/// A fixed sequence of everything that is done with a queue, in two processes, into a fault of either.
private func runScript(_ world: QueueWorld, _ fault: FileFault? = nil) throws {
  if let fault { world.memory.inject(fault) }
  for number in 0..<7 { try world.append(QueueWorld.payload(number)) }
  try world.read(2)
  for number in 7..<10 { try world.append(QueueWorld.payload(number)) }
  try world.free(upTo: 4)
  try world.sync()
  for number in 10..<14 { try world.append(QueueWorld.payload(number)) }
  world.memory.crash(.nothing)
  if let fault { world.memory.inject(fault) }
  try world.reopen(.nothing)
  for number in 14..<18 { try world.append(QueueWorld.payload(number)) }
  try world.free(upTo: 18)
  for number in 18..<21 { try world.append(QueueWorld.payload(number)) }
  try world.queue.close()
}

private let policies: [QueueConfiguration.SyncPolicy] = [.everyRecord, .bytes(130), .bytes(100_000)]

/// Goes on after a fault: what is stored and synced now survives as well, and everything can be read and freed.
private func goOn(_ world: QueueWorld) throws {
  try world.readAll()
  for number in 30..<34 { try world.append(QueueWorld.payload(number)) }
  try world.sync()
  try world.crash(.everythingUnsynced)
  try world.readAll()
  try world.free(upTo: world.queue.nextOffset)
  guard world.queue.firstOffset == world.queue.nextOffset else { throw QueueLedger.Broken("not all is freed") }
  try world.crash(.someUnsynced)
  try world.append([1])
}

@Suite struct QueueCrashTests {
  /// Every operation of the script's run but those of opening the folder, since the world begins with an open queue.
  private func operations(_ policy: QueueConfiguration.SyncPolicy) throws -> Range<Int> {
    let world = try QueueWorld(seed: 1, QueueWorld.configuration(policy))
    let opened = world.memory.trace.count
    try runScript(world)
    return opened..<world.memory.trace.count
  }

  @Test(arguments: CrashLoss.allCases) func aCrashAtAnyOperationKeepsWhatWasSynced(_ loss: CrashLoss) throws {
    for policy in policies {
      let operations = try operations(policy)
      try SimulationSeeds.forEach(4) { seed in
        print("queue crashes: \(operations.count) operations, \(policy), \(loss), seed \(seed)")
        for number in operations {
          for fault in [FileFault.crashBefore(number), .crashAfter(number)] {
            do { try check(fault, loss, policy, seed) } catch {
              throw QueueLedger.Broken("\(fault), \(policy): \(error)")
            }
          }
        }
      }
    }
  }

  private func check(
    _ fault: FileFault, _ loss: CrashLoss, _ policy: QueueConfiguration.SyncPolicy, _ seed: UInt64
  ) throws {
    let world = try QueueWorld(seed: seed, QueueWorld.configuration(policy))
    do {
      try runScript(world, fault)
      throw QueueLedger.Broken("the script ran to its end")
    } catch let error as Failure where error.status == .crashed {}
    try world.crash(loss)
    try goOn(world)
  }

  /// The process that recovers crashes too, at any operation of its own.
  @Test(arguments: CrashLoss.allCases) func aCrashWhileRecoveringLosesNothingEither(_ loss: CrashLoss) throws {
    for policy in policies {
      try SimulationSeeds.forEach(4) { seed in
        for number in 0..<40 {
          let world = try QueueWorld(seed: seed, QueueWorld.configuration(policy))
          for number in 0..<9 { try world.append(QueueWorld.payload(number)) }
          world.memory.crash(loss)
          world.memory.inject(.crashBefore(world.memory.trace.count + number))
          do {
            try world.reopen(loss)
            for number in 9..<12 { try world.append(QueueWorld.payload(number)) }
            try world.free(upTo: 8)
          } catch let error as Failure where error.status == .crashed {}
          try world.crash(loss)
          try goOn(world)
        }
      }
    }
  }
}

@Suite struct QueueFolderTests {
  /// A process that has made the folder and was killed may have synced nothing above it.
  @Test func theFolderItselfIsDurableWhoeverHasMadeIt() throws {
    for number in 0..<8 {
      let memory = MemoryFileSystem(seed: 1)
      memory.inject(.crashBefore(number))
      let configuration = QueueWorld.configuration(.everyRecord)
      _ = try? QueueWorld.open(memory, configuration)
      memory.crash(.nothing)
      #expect(try QueueWorld.open(memory, configuration).append([1]) == .stored(offset: 0))
      memory.crash(.everythingUnsynced)
      #expect(try QueueWorld.open(memory, configuration).read(from: 0)?.payload == [1], "operation \(number)")
    }
  }

  /// Were the second segment's name gone and the first one's back, the records between would seem to be lost.
  @Test func aRemovalThatWasNotSyncedIsSyncedBeforeTheNext() throws {
    try SimulationSeeds.forEach(30) { seed in
      for number in 0..<6 {
        let world = try QueueWorld(seed: seed, QueueWorld.configuration(.everyRecord, segmentBytes: 1))
        for number in 0..<4 { try world.append(QueueWorld.payload(number)) }
        // The sync after the first removal.
        world.disk.fail(at: world.disk.operations + 1)
        do { try world.free(upTo: 2) } catch let error as Failure where error.status == .transient {}
        #expect(world.disk.failures == 1 && world.queue.firstOffset == 1)
        world.memory.inject(.crashBefore(world.memory.trace.count + number))
        do {
          try world.free(upTo: 3)
          try world.append([1])
        } catch let error as Failure where error.status == .crashed {}
        try world.crash(.someUnsynced)
      }
    }
  }
}

@Suite struct QueueFaultTests {
  /// Repeats what fails, as whoever uses the queue does; faults hit once.
  private func insist(_ body: () throws -> Void) throws {
    for _ in 0..<5 {
      do { return try body() } catch let error as Failure where error.status == .transient {}
    }
    try body()
  }

  private func runInsisting(_ world: QueueWorld) throws {
    for number in 0..<7 { try insist { try world.append(QueueWorld.payload(number)) } }
    try insist { try world.read(2) }
    for number in 7..<12 { try insist { try world.append(QueueWorld.payload(number)) } }
    try insist { try world.free(upTo: 4) }
    try insist { try world.sync() }
    for number in 12..<15 { try insist { try world.append(QueueWorld.payload(number)) } }
    try insist { try world.free(upTo: world.queue.nextOffset) }
    for number in 15..<18 { try insist { try world.append(QueueWorld.payload(number)) } }
    try insist { try world.readAll() }
  }

  @Test(arguments: [1, 2, 3]) func anOperationThatFailsLeavesTheQueueUsable(_ failures: Int) throws {
    for policy in policies {
      let quiet = try QueueWorld(seed: 1, QueueWorld.configuration(policy))
      let opened = quiet.disk.operations
      try runInsisting(quiet)
      var hit = 0
      for number in opened..<quiet.disk.operations {
        try SimulationSeeds.forEach(3) { seed in
          let world = try QueueWorld(seed: seed, QueueWorld.configuration(policy))
          for further in 0..<failures { world.disk.fail(at: number + further) }
          try runInsisting(world)
          hit += world.disk.failures
          #expect(world.queue.nextOffset == 18, "\(policy), operation \(number)")
          // The process that lives knows all; one that begins after a loss of power finds all that was durable.
          try world.crash(seed == 1 ? .everythingUnsynced : .someUnsynced)
          try goOn(world)
        }
      }
      #expect(hit >= quiet.disk.operations - opened)
    }
  }

  /// Whatever fits was written. The queue can be read meanwhile, and goes on when there is room again.
  @Test func aFullDiskHarmsNothing() throws {
    for policy in policies {
      for room in 0..<900 {
        let world = try QueueWorld(seed: UInt64(room), QueueWorld.configuration(policy))
        for number in 0..<3 { try world.append(QueueWorld.payload(number)) }
        try world.sync()
        world.disk.setRoom(room)
        var refusals = 0
        for number in 3..<12 {
          do { try world.append(QueueWorld.payload(number)) } catch let error as Failure {
            #expect(error.status == .transient)
            refusals += 1
          }
        }
        #expect(refusals > 0 || room > 600)
        for offset in 0..<world.queue.syncedOffset { try world.read(offset) }
        if room % 2 == 0 {
          // A process that begins meanwhile has all but the newest segment at once.
          let begun = try QueueWorld.open(world.disk, world.queue.configuration)
          for offset in 0..<begun.syncedOffset { try world.ledger.read(begun.read(from: offset), from: offset) }
          world.memory.crash(.someUnsynced)
        }
        world.disk.recover()
        if room % 2 == 0 { try world.reopen(.someUnsynced) }
        try world.append(QueueWorld.payload(20))
        #expect(try world.queue.bytes == world.fileBytes, "room \(room)")
        try world.crash(.nothing)
        try goOn(world)
      }
    }
  }
}
