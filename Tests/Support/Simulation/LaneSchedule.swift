import HostModel

/// Decides which lane of a simulation runs next. A machine: it knows what each lane waits for and has no threads.
///
/// Terms: a lane *can run* if it waits for nothing, or for a lock that nobody holds. Exactly one lane runs at a time and
/// asks for the next whenever it comes to a scheduling point:
/// 1. deadlines that have been reached end their waits;
/// 2. of the lanes that can run the generator chooses one;
/// 3. if none can, time goes on to the earliest deadline, and 1 follows;
/// 4. if there is no deadline either, the lanes are deadlocked.
///
/// How willingly lanes are changed is drawn from the seed too: uniform choices seldom let one lane get far ahead of the
/// others, and some faults need just that.
struct LaneSchedule {
  /// What a lane waits for.
  enum Standing: Equatable {
    case ready
    case wantsLock(Int)
    case waits(Int, until: Instant)
    case sleeps(until: Instant)
    case joins(Int)
    case ended
  }

  /// How a lane's last wait ended.
  enum Wake { case signalled, elapsed, cancelled }

  struct Lane {
    let name: String
    var standing = Standing.ready
    var wake = Wake.signalled
  }

  enum Decision: Equatable {
    case run(Int)
    /// All lanes have ended.
    case finished
    case stuck(SimulationStuck)
  }

  private(set) var lanes: [Lane] = []
  /// The lane that holds each monitor.
  private(set) var holders: [Int?] = []
  private(set) var running = 0
  private(set) var log = SimulationLog()
  private let clock: VirtualClock
  private let options: Simulation.Options
  private var generator: SplitMix64
  private var steps = 0
  /// Of 8: how often the running lane goes on if it can.
  private let stickiness: Int

  init(seed: UInt64, clock: VirtualClock, options: Simulation.Options) {
    self.clock = clock
    self.options = options
    generator = SplitMix64(seed: seed)
    stickiness = [0, 0, 4, 7].randomElement(using: &generator) ?? 0
  }

  // MARK: What a lane did

  mutating func laneStarted(_ name: String) -> Int {
    let number = lanes.count
    lanes.append(Lane(name: lanes.contains { $0.name == name } ? "\(name)#\(number)" : name))
    record(.started(number))
    return number
  }

  mutating func monitorMade() -> Int {
    holders.append(nil)
    return holders.count - 1
  }

  mutating func lockWanted(_ monitor: Int) { lanes[running].standing = .wantsLock(monitor) }

  /// - Returns: false if the lane does not hold it.
  mutating func unlocked(_ monitor: Int) -> Bool {
    guard holders[monitor] == running else { return false }
    holders[monitor] = nil
    record(.unlocked(monitor))
    return true
  }

  /// - Returns: false if the lane does not hold the monitor.
  mutating func waitBegan(_ monitor: Int, until deadline: Instant) -> Bool {
    guard holders[monitor] == running else { return false }
    holders[monitor] = nil
    record(.waits(monitor))
    lanes[running].wake = .signalled
    let isSpurious = options.spuriousWakes && Int.random(in: 0..<16, using: &generator) == 0
    lanes[running].standing = isSpurious ? .wantsLock(monitor) : .waits(monitor, until: deadline)
    return true
  }

  /// - Returns: false if the lane does not hold the monitor.
  mutating func signalled(_ monitor: Int) -> Bool {
    guard holders[monitor] == running else { return false }
    record(.signalled(monitor))
    for index in lanes.indices {
      if case .waits(monitor, _) = lanes[index].standing { lanes[index].standing = .wantsLock(monitor) }
    }
    return true
  }

  mutating func sleepBegan(until instant: Instant) {
    record(.sleeps(until: instant))
    lanes[running].wake = .elapsed
    lanes[running].standing = .sleeps(until: instant)
  }

  /// Somebody cancelled what a lane sleeps for.
  mutating func sleepCancelled(_ lane: Int) {
    guard case .sleeps = lanes[lane].standing else { return }
    lanes[lane].standing = .ready
    lanes[lane].wake = .cancelled
  }

  mutating func joinBegan(_ lane: Int) {
    if lanes[lane].standing != .ended { lanes[running].standing = .joins(lane) }
  }

  mutating func laneEnded() {
    record(.ended)
    lanes[running].standing = .ended
    for index in lanes.indices where lanes[index].standing == .joins(running) { lanes[index].standing = .ready }
  }

  mutating func noted(_ text: String) { record(.note(text)) }

  private mutating func record(_ what: SimulationLog.Event) {
    log.add(what, lane: running, at: clock.now())
  }

  // MARK: Who is next

  mutating func next() -> Decision {
    if let heldBy = holders.firstIndex(where: { $0.map { lanes[$0].standing == .ended } ?? false }) {
      return .stuck(stuck("a lane ended that holds monitor \(heldBy)"))
    }
    steps += 1
    guard steps <= options.maxSteps else {
      return .stuck(stuck("still running after \(options.maxSteps) steps"))
    }
    while true {
      endWaits()
      let able = lanes.indices.filter(canRun)
      if let chosen = choose(able) {
        run(chosen)
        return .run(chosen)
      }
      if lanes.allSatisfy({ $0.standing == .ended }) { return .finished }
      guard let deadline = earliestDeadline else { return .stuck(stuck("deadlock")) }
      clock.advance(to: deadline)
    }
  }

  private func canRun(_ lane: Int) -> Bool {
    switch lanes[lane].standing {
    case .ready: true
    case .wantsLock(let monitor): holders[monitor] == nil
    default: false
    }
  }

  private mutating func choose(_ able: [Int]) -> Int? {
    guard able.count > 1 else { return able.first }
    if able.contains(running), Int.random(in: 0..<8, using: &generator) < stickiness { return running }
    return able.randomElement(using: &generator)
  }

  private mutating func run(_ lane: Int) {
    running = lane
    guard case .wantsLock(let monitor) = lanes[lane].standing else { return }
    holders[monitor] = lane
    lanes[lane].standing = .ready
    record(.locked(monitor))
  }

  private mutating func endWaits() {
    let now = clock.now()
    for index in lanes.indices {
      switch lanes[index].standing {
      case .waits(let monitor, let deadline) where deadline <= now:
        lanes[index].wake = .elapsed
        lanes[index].standing = .wantsLock(monitor)
      case .sleeps(let until) where until <= now:
        lanes[index].standing = .ready
      default: continue
      }
    }
  }

  private var earliestDeadline: Instant? {
    let deadlines = lanes.compactMap { lane -> Instant? in
      switch lane.standing {
      case .waits(_, let deadline), .sleeps(let deadline): deadline == .distantFuture ? nil : deadline
      default: nil
      }
    }
    return deadlines.min()
  }

  func stuck(_ what: String) -> SimulationStuck {
    let waits = lanes.indices.filter { lanes[$0].standing != .ended }.map { "'\(lanes[$0].name)' \(describe($0))" }
    return SimulationStuck(what: what, lanes: waits)
  }

  private func describe(_ lane: Int) -> String {
    switch lanes[lane].standing {
    case .ready: return lane == running ? "runs" : "could run"
    case .wantsLock(let monitor):
      let holder = holders[monitor].map { "that '\(lanes[$0].name)' holds" } ?? "that nobody holds"
      return "wants the lock of monitor \(monitor), \(holder)"
    case .waits(let monitor, .distantFuture): return "waits on monitor \(monitor) without a deadline"
    case .waits(let monitor, let deadline): return "waits on monitor \(monitor) until \(deadline.nanoseconds) ns"
    case .sleeps(.distantFuture): return "sleeps without a deadline"
    case .sleeps(let until): return "sleeps until \(until.nanoseconds) ns"
    case .joins(let other): return "waits for the end of '\(lanes[other].name)'"
    case .ended: return "has ended"
    }
  }
}
