import HostModel
import Synchronization
import Testing
import TestSupport

@Suite struct SimulationTests {
  /// Three lanes add to a number under a lock, one of them after a wait; the log is returned.
  private func contend(_ simulation: Simulation) throws -> [Int] {
    let order = Mutex<[Int]>([])
    try simulation.run {
      let monitor = simulation.lanes.makeMonitor()
      let handles = try (0..<3).map { number in
        try simulation.lanes.start("adder") {
          for _ in 0..<3 {
            monitor.withLock { order.withLock { $0.append(number) } }
            if number == 1 {
              _ = simulation.waiter.wait(until: simulation.clock.now().advanced(by: .seconds(1)), cancellation: nil)
            }
          }
        }
      }
      for handle in handles { handle.join() }
    }
    return order.withLock { $0 }
  }

  @Test func oneSeedGivesOneLogByteForByte() throws {
    var logs: Set<String> = []
    for seed in SimulationSeeds.first(20) {
      let (first, second) = (Simulation(seed: seed), Simulation(seed: seed))
      let (one, other) = (try contend(first), try contend(second))
      #expect(one == other && Array(first.log.utf8) == Array(second.log.utf8), "seed \(seed)")
      #expect(first.clock.now() == Instant(nanoseconds: 3_000_000_000), "seed \(seed)")
      logs.insert(first.log)
    }
    #expect(logs.count > 10 || SimulationSeeds.first(20).count == 1)
  }

  @Test func theLogNamesLanesTimesAndMonitors() throws {
    let simulation = Simulation(seed: 1)
    try simulation.run {
      let monitor = simulation.lanes.makeMonitor()
      monitor.withLock { monitor.signalAll() }
      simulation.note("halfway")
      _ = simulation.waiter.wait(until: Instant(nanoseconds: 70), cancellation: nil)
    }
    #expect(
      simulation.log == """
        0 0 main starts main
        1 0 main locks 0
        2 0 main signals 0
        3 0 main unlocks 0
        4 0 main halfway
        5 0 main sleeps until 70
        6 70 main ends

        """)
  }

  /// A read, a scheduling point and a write: some seed must lose an update, and none does under a lock.
  @Test(arguments: [false, true]) func interleavingsThatLoseAnUpdateAreFound(_ isLocked: Bool) throws {
    var losses = 0
    for seed in SimulationSeeds.first(50) {
      let simulation = Simulation(seed: seed)
      let number = Atomic<Int>(0)
      try simulation.run {
        let monitor = simulation.lanes.makeMonitor()
        for _ in 0..<2 {
          _ = try simulation.lanes.start("adder") {
            func add() {
              let old = number.load(ordering: .relaxed)
              simulation.point()
              number.store(old + 1, ordering: .relaxed)
            }
            if isLocked { monitor.withLock(add) } else { add() }
          }
        }
      }
      if number.load(ordering: .relaxed) != 2 { losses += 1 }
    }
    #expect(isLocked ? losses == 0 : losses > 0 || SimulationSeeds.first(50).count == 1)
  }

  @Test func aDeadlockNamesTheLanesAndWhatTheyWaitFor() throws {
    try SimulationSeeds.forEach(10) { seed in
      let simulation = Simulation(seed: seed)
      do {
        try simulation.run {
          let (first, second) = (simulation.lanes.makeMonitor(), simulation.lanes.makeMonitor())
          let met = simulation.lanes.makeMonitor()
          let count = Atomic<Int>(0)
          @Sendable func takeBoth(_ one: any Monitor, _ other: any Monitor) {
            one.withLock {
              met.withLock {
                count.add(1, ordering: .relaxed)
                met.signalAll()
                while count.load(ordering: .relaxed) < 2 { _ = met.wait(until: .distantFuture) }
              }
              other.withLock {}
            }
          }
          _ = try simulation.lanes.start("left") { takeBoth(first, second) }
          takeBoth(second, first)
        }
        Issue.record("no deadlock was found")
      } catch let stuck as SimulationStuck {
        #expect(
          stuck
            == SimulationStuck(
              what: "deadlock",
              lanes: [
                "'main' wants the lock of monitor 0, that 'left' holds",
                "'left' wants the lock of monitor 1, that 'main' holds",
              ]))
      }
    }
  }

  @Test func aLostWakeUpIsADeadlock() throws {
    let simulation = Simulation(seed: 3)
    let stuck = #expect(throws: SimulationStuck.self) {
      try simulation.run {
        let monitor = simulation.lanes.makeMonitor()
        monitor.withLock {
          while true { _ = monitor.wait(until: .distantFuture) }
        }
      }
    }
    #expect(stuck?.lanes == ["'main' waits on monitor 0 without a deadline"])
  }

  @Test func aSimulationThatDoesNotEndIsStopped() throws {
    var options = Simulation.Options()
    options.maxSteps = 100
    let simulation = Simulation(seed: 1, options: options)
    let stuck = #expect(throws: SimulationStuck.self) {
      try simulation.run {
        while true { simulation.point() }
      }
    }
    #expect(stuck?.what == "still running after 100 steps" && stuck?.lanes == ["'main' runs"])
  }

  @Test func unlockingWhatAnotherHoldsIsReported() throws {
    let simulation = Simulation(seed: 1)
    let stuck = #expect(throws: SimulationStuck.self) {
      try simulation.run { simulation.lanes.makeMonitor().unlock() }
    }
    #expect(stuck?.what == "'main' unlocks monitor 0 without holding it")
  }

  @Test func timeMovesToTheEarliestDeadlineOnly() throws {
    try SimulationSeeds.forEach(20) { seed in
      let simulation = Simulation(seed: seed)
      let woken = Mutex<[Int64]>([])
      try simulation.run {
        for seconds in [60, 1, 30] {
          _ = try simulation.lanes.start("sleeper") {
            let until = Instant(nanoseconds: Int64(seconds) * 1_000_000_000)
            #expect(simulation.waiter.wait(until: until, cancellation: nil) == .elapsed)
            #expect(simulation.clock.now() == until)
            woken.withLock { $0.append(Int64(seconds)) }
          }
        }
      }
      #expect(woken.withLock { $0 } == [1, 30, 60])
    }
  }

  @Test func aWaitEndsBySignalOrByItsDeadline() throws {
    var options = Simulation.Options()
    options.spuriousWakes = false
    for seed in SimulationSeeds.first(20) {
      let simulation = Simulation(seed: seed, options: options)
      try simulation.run {
        let monitor = simulation.lanes.makeMonitor()
        let isReady = Atomic<Bool>(false)
        monitor.withLock {
          #expect(!monitor.wait(until: Instant(nanoseconds: 5)))
          #expect(simulation.clock.now() == Instant(nanoseconds: 5))
        }
        _ = try simulation.lanes.start("signaller") {
          monitor.withLock {
            isReady.store(true, ordering: .relaxed)
            monitor.signalAll()
          }
        }
        monitor.withLock {
          while !isReady.load(ordering: .relaxed) { #expect(monitor.wait(until: Instant(nanoseconds: 1000))) }
        }
        #expect(simulation.clock.now() == Instant(nanoseconds: 5))
      }
    }
  }

  @Test func aCancelledWaiterWakesAtOnce() throws {
    try SimulationSeeds.forEach(20) { seed in
      let simulation = Simulation(seed: seed)
      try simulation.run {
        let cancellation = Cancellation()
        _ = try simulation.lanes.start("sleeper") {
          #expect(simulation.waiter.wait(until: .distantFuture, cancellation: cancellation) == .cancelled)
        }
        _ = simulation.waiter.wait(until: Instant(nanoseconds: 9), cancellation: nil)
        cancellation.cancel()
        #expect(simulation.waiter.wait(until: .distantFuture, cancellation: cancellation) == .cancelled)
      }
      #expect(simulation.clock.now() == Instant(nanoseconds: 9))
    }
  }

  @Test func whatTheBodyThrowsLeavesTheRun() {
    let simulation = Simulation(seed: 1)
    #expect(throws: Failure.self) {
      try simulation.run { throw Failure(.run, "as expected") }
    }
  }

  @Test func calendarTimeJumpsAndMonotonicTimeDoesNot() {
    let clock = VirtualClock(start: WallTime(microseconds: 1000))
    clock.advance(by: .milliseconds(1))
    clock.jumpWallTime(by: .seconds(-1))
    #expect(clock.wallTime() == WallTime(microseconds: 2000 - 1_000_000))
    #expect(clock.now() == Instant(nanoseconds: 1_000_000))
    clock.advance(to: Instant(nanoseconds: 5))
    #expect(clock.now() == Instant(nanoseconds: 1_000_000))
  }
}
