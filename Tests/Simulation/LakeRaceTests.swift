import HostFormats
@testable import HostLake
import HostModel
import Synchronization
import Testing
import TestSupport

@Suite struct LakeRaceTests {
  private static let table = LakeScript.orders
  private static let stream = LakeScript.stream(table)

  /// What a writer came to.
  private struct Ending: Sendable, Hashable {
    var committed = 0
    var isFenced = false
  }

  private final class Race: Sendable {
    let simulation: Simulation
    let world: LakeWorld
    let endings = Mutex<[Ending]>([])
    private let arrived = Atomic<Int>(0)

    init(_ seed: UInt64) throws {
      simulation = Simulation(seed: seed)
      world = try LakeWorld(seed: seed, simulation: simulation)
    }

    /// Returns once `count` lanes have come here.
    func meet(_ count: Int, _ monitor: any Monitor) {
      monitor.withLock {
        arrived.add(1, ordering: .sequentiallyConsistent)
        monitor.signalAll()
        while arrived.load(ordering: .sequentiallyConsistent) < count { _ = monitor.wait(until: .distantFuture) }
      }
    }

    /// Commits batches of two rows, each under the next ordinal, from what it has seen at the start on.
    func write(_ process: LakeProcess, batches: Int, _ seen: StreamPositions) throws -> Ending {
      var ending = Ending()
      var positions = seen
      while ending.committed < batches {
        let ordinal = positions.splits["s"]?.ordinal ?? 0
        guard let table = try process.lake.load(LakeRaceTests.table) else { break }
        let ids = Int64(ordinal) * 2..<Int64(ordinal) * 2 + 2
        var next = positions
        next.splits["s"] = SplitPosition(bytes: [], ordinal: ordinal + 1)
        let commit = TableCommit(
          LakeRaceTests.table, .append(try process.write(ids, for: table)), stream: LakeRaceTests.stream,
          expectedOrdinals: positions.ordinals, positions: next)
        guard case .committed = try process.lake.commit([commit]) else {
          ending.isFenced = true
          break
        }
        ending.committed += 1
        positions = next
      }
      return ending
    }

    /// Another program that adds rows and knows nothing of positions.
    func writeForeign(_ process: LakeProcess, _ ids: Range<Int64>) throws {
      guard let table = try process.lake.load(LakeRaceTests.table) else { return }
      let commit = TableCommit(LakeRaceTests.table, .append(try process.write(ids, for: table)))
      guard case .committed = try process.lake.commit([commit]) else {
        throw LakeProcess.Inconsistency("a commit without positions was fenced")
      }
    }

    /// Starts a lane whose errors end up as issues of the test.
    func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) throws {
      let seed = simulation.seed
      _ = try simulation.lanes.start(name) {
        do { try body() } catch { Issue.record("\(name): \(error), seed \(seed)") }
      }
    }

    func begin() throws -> LakeProcess {
      let process = try world.open()
      _ = try process.lake.create(
        LakeRaceTests.table, schema: LakeProcess.schema, TableDefinition(partition: LakeScript.byRegion))
      return process
    }
  }

  /// Two processes believe that the stream is theirs: one is fenced, whoever is faster, and every row is there once.
  @Test func ofTwoWritersOfAStreamExactlyOneIsFenced() throws {
    var winners: Set<Int> = []
    try SimulationSeeds.forEach(60) { seed in
      let race = try Race(seed)
      let order = Mutex<[Int]>([])
      try race.simulation.run {
        _ = try race.begin()
        let monitor = race.simulation.lanes.makeMonitor()
        for number in 0..<2 {
          try race.start("writer") {
            let process = try race.world.open()
            let seen = try process.lake.load(Self.table)?.positions(of: Self.stream) ?? StreamPositions()
            race.meet(2, monitor)
            let ending = try race.write(process, batches: 3, seen)
            race.endings.withLock { $0.append(ending) }
            if !ending.isFenced { order.withLock { $0.append(number) } }
          }
        }
      }
      let endings = race.endings.withLock { $0 }
      #expect(Set(endings) == [Ending(committed: 3), Ending(committed: 0, isFenced: true)], "seed \(seed)")
      winners.formUnion(order.withLock { $0 })
      let process = try race.world.open()
      try process.audit()
      #expect(try process.rows(Self.table) == Array(0..<6), "seed \(seed)")
    }
    #expect(winners == [0, 1] || SimulationSeeds.first(60).count == 1)
  }

  /// Commits of others are no reason to stop: ours are added to them, and nobody's rows are lost or doubled.
  @Test func aForeignWriterNeitherFencesNorLosesRows() throws {
    try SimulationSeeds.forEach(40) { seed in
      let race = try Race(seed)
      try race.simulation.run {
        _ = try race.begin()
        try race.start("foreign") {
          let process = try race.world.open()
          for number in Int64(0)..<3 { try race.writeForeign(process, 1000 + number..<1001 + number) }
        }
        try race.start("writer") {
          let ending = try race.write(race.world.open(), batches: 3, StreamPositions())
          race.endings.withLock { $0.append(ending) }
        }
      }
      #expect(race.endings.withLock { $0 } == [Ending(committed: 3)], "seed \(seed)")
      let process = try race.world.open()
      try process.audit()
      #expect(try process.rows(Self.table) == Array(0..<6) + [1000, 1001, 1002], "seed \(seed)")
    }
  }

  /// Two processes make the table at once: one does, and both go on with it.
  @Test func aTableThatTwoProcessesMakeIsMadeOnce() throws {
    try SimulationSeeds.forEach(40) { seed in
      let race = try Race(seed)
      let conflicts = Atomic<Int>(0)
      try race.simulation.run {
        for number in Int64(0)..<2 {
          try race.start("maker") {
            let process = try race.world.open()
            do {
              _ = try process.lake.create(Self.table, schema: LakeProcess.schema)
            } catch let failure as Failure where failure.status == .conflict {
              conflicts.add(1, ordering: .relaxed)
            }
            try race.writeForeign(process, number..<number + 1)
          }
        }
      }
      let process = try race.world.open()
      try process.audit()
      #expect(try process.rows(Self.table) == [0, 1], "seed \(seed)")
      #expect(conflicts.load(ordering: .relaxed) <= 1)
    }
  }

  @Test func oneSeedGivesOneOrderOfFileOperations() throws {
    func run(_ seed: UInt64) throws -> (log: String, trace: [FileOperation]) {
      let race = try Race(seed)
      try race.simulation.run {
        _ = try race.begin()
        for _ in 0..<2 {
          try race.start("writer") { _ = try race.write(race.world.open(), batches: 2, StreamPositions()) }
        }
      }
      return (race.simulation.log, race.world.files.trace)
    }
    for seed in SimulationSeeds.first(5) {
      let (first, second) = (try run(seed), try run(seed))
      #expect(Array(first.log.utf8) == Array(second.log.utf8) && first.trace == second.trace, "seed \(seed)")
    }
  }
}
