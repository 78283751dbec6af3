import Dispatch
import Foundation
import Glibc
import HostModel
import Synchronization

/// A little world in which threads, waits and time are ruled by a seed.
///
/// Each lane is a real thread, of which exactly one runs at a time. Whenever it locks, unlocks, waits, signals, starts or
/// joins a lane, or comes to a `point()`, the seed chooses who goes on. Time moves only when nobody can run, and then to
/// the earliest deadline: a minute's wait takes no time. One seed gives one order of events, whatever the machine.
///
/// Between two such points a lane must not block on anything that another lane of the simulation may hold: locks that are
/// not of the simulation are fine as long as they are given back before the next point.
package final class Simulation: Sendable {
  package struct Options: Sendable {
    /// A simulation that takes more scheduling points than this does not end.
    package var maxSteps = 1_000_000
    /// Whether waits end now and then for no reason, as real ones may.
    package var spuriousWakes = true
    /// Real time that a lane may run from one scheduling point to the next.
    package var stallLimit = 60

    package init() {}
  }

  package let seed: UInt64
  package let clock: VirtualClock
  private let options: Options
  private let schedule: Mutex<LaneSchedule>
  private let threads = Mutex<[LaneThread]>([])
  private let stuck = Mutex<SimulationStuck?>(nil)
  private let done = DispatchSemaphore(value: 0)
  private let isRunning = Atomic<Bool>(false)

  package init(seed: UInt64, clock: VirtualClock = VirtualClock(), options: Options = Options()) {
    self.seed = seed
    self.clock = clock
    self.options = options
    schedule = Mutex(LaneSchedule(seed: seed, clock: clock, options: options))
  }

  package var lanes: SimulatedLanes { SimulatedLanes(simulation: self) }
  package var waiter: SimulatedWaiter { SimulatedWaiter(simulation: self) }

  /// What happened so far, one line an event.
  package var log: String { schedule.withLock { $0.log.text($0.lanes) } }

  /// Runs `body` on the first lane and returns when all lanes have ended. Once only.
  ///
  /// - Throws: `SimulationStuck`, in which case the lanes' threads are left behind, or what `body` threw.
  package func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) throws -> R {
    let result = Mutex<Result<R, any Error>?>(nil)
    precondition(threads.withLock { $0.isEmpty }, "a simulation runs once")
    isRunning.store(true, ordering: .sequentiallyConsistent)
    _ = launch("main") {
      let made = Result { try body() }
      result.withLock { $0 = made }
    }
    go(schedule.withLock { $0.next() })
    try awaitEnd()
    guard let made = result.withLock({ $0 }) else { throw SimulationStuck(what: "no result", lanes: []) }
    return try made.get()
  }

  private func awaitEnd() throws {
    while done.wait(timeout: .now() + .seconds(options.stallLimit)) == .timedOut {
      let before = threads.withLock { $0.map(\.switches).reduce(0, +) }
      if done.wait(timeout: .now() + .seconds(options.stallLimit)) == .success { break }
      guard threads.withLock({ $0.map(\.switches).reduce(0, +) }) == before else { continue }
      throw schedule.withLock {
        $0.stuck("no scheduling point for \(options.stallLimit) s; does a lane hold a lock of another kind?")
      }
    }
    if let stuck = stuck.withLock({ $0 }) { throw stuck }
  }

  /// A scheduling point: another lane may go on here. Does nothing outside of the simulation's lanes.
  package func point() {
    guard isInside else { return }
    pass { _ in }
  }

  /// Writes a line into the log.
  package func note(_ text: String) { schedule.withLock { $0.noted(text) } }

  // MARK: For lanes, monitors and waiters

  /// Makes a lane that runs as soon as it is chosen.
  func launch(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int {
    let number = schedule.withLock { $0.laneStarted(name) }
    let thread = LaneThread()
    threads.withLock { $0.append(thread) }
    let system = Thread { [self] in
      thread.begin()
      thread.bell.wait()
      body()
      thread.end()
      let decision = schedule.withLock { schedule in
        schedule.laneEnded()
        return schedule.next()
      }
      go(decision)
    }
    system.stackSize = 4 << 20
    system.start()
    return number
  }

  func makeMonitor() -> Int { schedule.withLock { $0.monitorMade() } }

  /// Before and after the run, when there is nobody to wait for.
  var isIdle: Bool { !isRunning.load(ordering: .sequentiallyConsistent) }

  /// Whether the calling thread is the running lane.
  var isInside: Bool {
    let running = schedule.withLock { $0.running }
    return threads.withLock { $0.indices.contains(running) && $0[running].isCurrent }
  }

  /// The running lane does something, and then the next lane goes on; returns when the lane is chosen again.
  func pass(_ change: (inout LaneSchedule) -> Void) {
    precondition(isInside, "a lock, wait or signal of a simulation on a thread that is none of its lanes")
    let (lane, decision) = schedule.withLock { schedule in
      let lane = schedule.running
      change(&schedule)
      return (lane, schedule.next())
    }
    if decision == .run(lane) { return }
    go(decision)
    threads.withLock { $0[lane] }.bell.wait()
  }

  /// Like `pass`, for what only the holder of a monitor may do.
  func passAsHolder(_ monitor: Int, _ action: String, _ change: (inout LaneSchedule) -> Bool) {
    precondition(isInside, "a monitor of a simulation on a thread that is none of its lanes")
    let misuse = schedule.withLock { schedule -> SimulationStuck? in
      let lane = schedule.lanes[schedule.running].name
      return change(&schedule) ? nil : schedule.stuck("'\(lane)' \(action) monitor \(monitor) without holding it")
    }
    guard let misuse else { return pass { _ in } }
    go(.stuck(misuse))
    park()
  }

  func wake() -> LaneSchedule.Wake { schedule.withLock { $0.lanes[$0.running].wake } }

  var runningLane: Int { schedule.withLock { $0.running } }

  func cancelSleep(_ lane: Int) { schedule.withLock { $0.sleepCancelled(lane) } }

  private func go(_ decision: LaneSchedule.Decision) {
    switch decision {
    case .run(let lane): threads.withLock { $0[lane] }.ring()
    case .finished: finish(nil)
    case .stuck(let why): finish(why)
    }
  }

  private func finish(_ why: SimulationStuck?) {
    stuck.withLock { $0 = why }
    isRunning.store(false, ordering: .sequentiallyConsistent)
    done.signal()
  }

  /// A lane that can never go on. Its thread cannot be ended from outside and stays behind.
  private func park() { DispatchSemaphore(value: 0).wait() }
}

/// The thread of a lane, which runs while its bell has rung.
private final class LaneThread: Sendable {
  let bell = DispatchSemaphore(value: 0)
  private let rings = Atomic<Int>(0)
  private let identity = Atomic<UInt>(0)

  var switches: Int { rings.load(ordering: .relaxed) }

  func ring() {
    rings.add(1, ordering: .relaxed)
    bell.signal()
  }

  /// From here on the calling thread is this lane's.
  func begin() { identity.store(pthread_self(), ordering: .releasing) }

  func end() { identity.store(0, ordering: .releasing) }

  var isCurrent: Bool { identity.load(ordering: .acquiring) == pthread_self() }
}
