import Foundation
import HostModel
@testable import HostPipelines
import HostPolicy
import Synchronization
import Testing
import TestSupport

/// Runs that are stopped, crashed and raced against each other at seeded places: in the end each row is there once.
@Suite(.serialized) struct RunSimulationTests {
  /// Tables that were exported, for one look at all of them by a reader that is not ours.
  private final class Exports: Sendable {
    let folder = FileManager.default.temporaryDirectory.path + "/headrace-exports-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func add(_ world: RunWorld, _ name: String) throws { try world.export(to: "\(folder)/\(name)") }

    /// Tables that have not exactly the rows of the source, or, where their name begins with "part", have one twice.
    func wrong() throws -> String {
      let script = """
        import os, sys, pyarrow.parquet as pq
        folder, rows = sys.argv[1], int(sys.argv[2])
        for name in sorted(os.listdir(folder)):
            ids = []
            for file in os.listdir(f"{folder}/{name}"):
                ids += pq.read_table(f"{folder}/{name}/{file}", columns=["id"])["id"].to_pylist()
            whole = not name.startswith("part")
            if len(ids) != len(set(ids)) or (whole and sorted(ids) != list(range(rows))):
                print(f"{name}: {len(ids)} rows, {len(set(ids))} of them different, instead of {rows}")
        """
      let output = try PythonOracle.run(script, arguments: [folder, String(RunWorld.rows)])
      return String(decoding: output, as: UTF8.self)
    }
  }

  /// Counts events, and says when the chosen one has come.
  private final class Countdown: Sendable {
    private let left: Atomic<Int>
    init(_ count: Int) { left = Atomic(count) }
    func isOver() -> Bool { left.subtract(1, ordering: .relaxed).newValue == 0 }
  }

  private static let seeds = HeadraceInstallation.isSoak ? 120 : 12
  private let installation: ScriptedInstallation

  init() throws { installation = try ScriptedInstallation() }

  @Test(arguments: ["append", "replace"])
  func aRunThatIsStoppedAnywhereGoesOnToTheEnd(write: String) throws {
    let exports = Exports()
    var endings: [RunStatus: Int] = [:]
    try SimulationSeeds.forEach(Self.seeds) { seed in
      let world = try RunWorld(installation, seed: seed, write: write)
      let summaries = try world.simulation.run {
        var generator = SplitMix64(seed: seed)
        var summaries: [RunSummary] = []
        // Each run is stopped a little later than it could be at the earliest, until one comes to the end.
        while summaries.last?.status != .succeeded, summaries.count < 40 {
          let countdown = Countdown(Int.random(in: 3...14, using: &generator))
          summaries.append(try world.run { _ in countdown.isOver() })
        }
        return summaries
      }
      for summary in summaries {
        endings[summary.status, default: 0] += 1
        if let failure = summary.failure { Issue.record("seed \(seed): \(failure)") }
      }
      let written = summaries.flatMap(\.streams).reduce(0) { $0 + $1.rowsWritten }
      #expect(written == RunWorld.rows, "seed \(seed): \(summaries.map(\.status))")
      try exports.add(world, "seed-\(seed)")
    }
    print("simulated runs, stopped, \(write): \(endings)")
    #expect(endings[.interrupted, default: 0] > Self.seeds)
    let wrong = try exports.wrong()
    #expect(wrong == "")
  }

  @Test(arguments: ["append", "replace"])
  func aCrashAtAnyDurableOperationLosesAndDoublesNothing(write: String) throws {
    let exports = Exports()
    let crashes = Atomic<Int>(0)
    try SimulationSeeds.forEach(Self.seeds) { seed in
      let world = try RunWorld(installation, seed: seed, write: write)
      try world.simulation.run {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<4 where try !world.isLoaded() {
          let operation = world.lake.files.trace.count + Int.random(in: 1...60, using: &generator)
          world.lake.files.inject(.crashBefore(operation))
          _ = try? world.run()
          if world.lake.files.isCrashed { crashes.add(1, ordering: .relaxed) }
          world.lake.files.crash(.someUnsynced)
        }
        // What is loaded would be loaded once more.
        guard try !world.isLoaded() else { return }
        let last = try world.run()
        if last.status != .succeeded {
          Issue.record("seed \(seed): \(last.status) \(String(describing: last.failure))")
        }
      }
      try exports.add(world, "seed-\(seed)")
    }
    let count = crashes.load(ordering: .relaxed)
    print("simulated runs, crashed, \(write): \(count) crashes")
    #expect(count > Self.seeds)
    let wrong = try exports.wrong()
    #expect(wrong == "")
  }

  /// The level jumps between normal and emergency while runs are crashed and stopped: what was queued and what was not, what
  /// was committed and what was not, meet in every order.
  @Test(arguments: ["append", "replace"])
  func emergenciesAtAnyTimeLoseAndDoubleNothing(write: String) throws {
    let counts = try disturb(write, levels: [.emergency, nil])
    for name in ["queue_started", "queue_replayed", "queue_found", "crashed"] {
      #expect(counts[name, default: 0] > 0, "\(name)")
    }
  }

  /// Rows that may not be transformed stand in the raw table until they are: at no moment a reader of both finds one twice,
  /// and in the end all are in the table and none is raw.
  @Test func levelsThatForbidTransformsAtAnyTimeLoseAndDoubleNothing() throws {
    let levels: [DegradationLevel?] = [.level2, nil, .level2, .emergency, .level2, nil]
    let counts = try disturb("append", transforms: "[{plugin: scripted}, {plugin: scripted}]", levels: levels)
    for name in ["passing_through", "raw commits", "rows were raw", "queue_replayed", "queue_found", "crashed"] {
      #expect(counts[name, default: 0] > 0, "\(name)")
    }
  }

  /// Disturbs runs at their levels, by stops and by crashes, until one comes to its end.
  ///
  /// - Returns: what was seen, and how often.
  private func disturb(
    _ write: String, transforms: String = "[]", levels: [DegradationLevel?]
  ) throws -> [String: Int] {
    let exports = Exports()
    let seen = Mutex<[String: Int]>([:])
    try SimulationSeeds.forEach(Self.seeds * 2) { seed in
      let world = try RunWorld(installation, seed: seed, write: write, transforms: transforms)
      try world.simulation.run {
        var generator = SplitMix64(seed: seed)
        let note: @Sendable (String) -> Void = { name in seen.withLock { $0[name, default: 0] += 1 } }
        var part = 0
        for _ in 0..<4 where try !world.isLoaded() {
          let isCrash = Bool.random(using: &generator)
          let operation = world.lake.files.trace.count + Int.random(in: 1...90, using: &generator)
          if isCrash { world.lake.files.inject(.crashBefore(operation)) }
          let countdown = Countdown(isCrash ? .max : Int.random(in: 3...20, using: &generator))
          let summary = try? world.run(levels: levels) { event in
            note(event.name)
            if event.name == "commit_finished", event.details["raw_rows"] != nil { note("raw commits") }
            return countdown.isOver()
          }
          if world.lake.files.isCrashed { note("crashed") }
          if let failure = summary?.failure, !world.lake.files.isCrashed { Issue.record("seed \(seed): \(failure)") }
          world.lake.files.crash(isCrash ? .someUnsynced : .nothing)
          if write == "append" { try exports.add(world, "part-\(part)-of-seed-\(seed)") }
          if try world.rawRows() > 0 { note("rows were raw") }
          part += 1
        }
        guard try !world.isLoaded() else { return }
        let last = try world.run { event in
          note(event.name)
          return false
        }
        if last.status != .succeeded {
          Issue.record("seed \(seed): \(last.status) \(String(describing: last.failure))")
        }
      }
      try exports.add(world, "seed-\(seed)")
      let raw = try world.rawRows()
      #expect(raw == 0, "seed \(seed): \(raw) rows are still raw")
    }
    let counts = seen.withLock { $0 }
    print("simulated runs, levels, \(write): \(counts.sorted { $0.key < $1.key })")
    let wrong = try exports.wrong()
    #expect(wrong == "")
    return counts
  }

  @Test(arguments: ["append", "replace"])
  func ofTwoRunsAtOnceOneLoadsAndTheOtherIsFenced(write: String) throws {
    let exports = Exports()
    var fenced = 0
    try SimulationSeeds.forEach(Self.seeds) { seed in
      let world = try RunWorld(installation, seed: seed, write: write)
      let statuses = Mutex<[RunStatus]>([])
      try world.simulation.run {
        let handles = try (0..<2).map { number in
          try world.simulation.lanes.start("run-\(number)") {
            do {
              let summary = try world.run(levels: seed % 2 == 0 ? [.emergency, nil] : [])
              statuses.withLock { $0.append(summary.status) }
            } catch { Issue.record("seed \(seed): \(error)") }
          }
        }
        for handle in handles { handle.join() }
      }
      let ended = statuses.withLock { $0 }
      #expect(ended.count == 2 && ended.contains(.succeeded), "seed \(seed): \(ended)")
      #expect(ended.allSatisfy { $0 == .succeeded || $0 == .fenced }, "seed \(seed): \(ended)")
      fenced += ended.filter { $0 == .fenced }.count
      // Two whole loads, one after the other, double what is appended: that is what the file allows.
      if write == "replace" || ended.contains(.fenced) { try exports.add(world, "seed-\(seed)") }
    }
    print("simulated runs, two at once, \(write): \(fenced) of \(Self.seeds) fenced")
    #expect(fenced > 0)
    let wrong = try exports.wrong()
    #expect(wrong == "")
  }
}
