import HostGate
import HostModel
import HostPolicy
import TestSupport

/// What the policies say of one dependency and the calls to it.
struct DependencyPolicy: Sendable {
  var gate = GateConfiguration()
  var retry = RetryConfiguration(maxRetries: 3, baseDelay: .milliseconds(100), maxDelay: .seconds(5))
  var timeout: Duration?
  var breakerWait: Duration = .zero
  var levelWait: Duration = .zero
  var isIdempotent = true

  var probesAtOnce: Int {
    switch gate.breaker.halfOpen {
    case .consecutive: 1
    case .sample(let permits, _): max(1, permits)
    }
  }
}

/// What the seed has chosen before the run.
struct ResiliencePlan: Sendable {
  enum End: Sendable {
    /// The process is gone between two operations on its files.
    case between
    /// It is gone within the n-th operation after its time has come.
    case within(Int)
    /// It is gone within the n-th operation of its start.
    case atStart(Int)
  }

  struct Life: Sendable {
    let until: Instant
    let end: End
    let loss: CrashLoss
  }

  let lives: [Life]
  let policies: [String: DependencyPolicy]
  let degradation: DegradationConfiguration
  /// What the monitor measures latencies over.
  let latencyWindow: Duration

  init(_ seed: UInt64) {
    var dice = Dice(seed ^ 0x9E37)
    let ends = Set((0..<dice.number(0...3)).map { _ in Int64(dice.number(3...55)) }).sorted()
    var lives: [Life] = []
    for second in ends {
      let end: End = dice.one(of: [.between, .within(dice.number(0...25)), .atStart(dice.number(0...12))])
      lives.append(Life(until: .second(second), end: end, loss: dice.one(of: CrashLoss.allCases)))
    }
    lives.append(Life(until: ResilienceWorld.faultsEnd, end: .between, loss: .nothing))
    self.lives = lives
    var all: [String: DependencyPolicy] = [:]
    for name in ResilienceWorld.names { all[name] = DependencyPolicy(&dice) }
    policies = all
    latencyWindow = .seconds(dice.number(3...12))
    degradation = DegradationConfiguration(&dice)
  }
}

/// Draws from a seed.
struct Dice {
  private var generator: SplitMix64
  init(_ seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(number(range)) }
  mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }
  mutating func one<T>(of all: [T]) -> T { all[number(0...all.count - 1)] }
}

extension DependencyPolicy {
  init(_ dice: inout Dice) {
    gate.breaker = BreakerConfiguration(&dice)
    gate.load(&dice)
    gate.askAgain = dice.milliseconds(200...1000)
    gate.timesEveryCall = dice.chance(50)
    gate.noticeInterval = .seconds(dice.number(1...10))
    gate.budget = RetryBudget.Configuration(
      percentOfCalls: dice.number(0...30), reservePerSecond: dice.number(0...1), capacity: dice.number(0...5))
    let jitter: RetryConfiguration.Jitter = dice.one(of: [.additive(percent: 10), .full, .decorrelated])
    retry = RetryConfiguration(
      maxRetries: dice.number(1...5), baseDelay: dice.milliseconds(0...500), maxDelay: dice.milliseconds(500...5000),
      jitter: jitter)
    if dice.chance(50) { timeout = dice.milliseconds(300...3000) }
    if dice.chance(40) { breakerWait = dice.milliseconds(200...6000) }
    if dice.chance(40) { levelWait = dice.milliseconds(200...6000) }
    isIdempotent = dice.chance(80)
  }
}

extension GateConfiguration {
  fileprivate mutating func load(_ dice: inout Dice) {
    switch dice.number(0...3) {
    case 0: adaptive = .init(minimum: 1, initial: dice.number(1...6), maximum: 8)
    case 1: maxInFlight = nil
    default: maxInFlight = dice.number(1...3)
    }
    if dice.chance(60) { maxWait = dice.milliseconds(1...1500) }
    maxWaiting = dice.one(of: [0, 1, 2, 1000])
    guard dice.chance(30) else { return }
    throttle = .init(
      multiplier: Double(dice.number(11...20)) / 10, window: dice.milliseconds(2000...4000),
      minimumRequests: dice.number(3...6))
  }
}

extension BreakerConfiguration {
  fileprivate init(_ dice: inout Dice) {
    self.init()
    window =
      dice.chance(50)
      ? .time(length: .seconds(dice.number(5...20)), buckets: dice.number(1...20)) : .count(dice.number(5...30))
    failureThreshold = dice.chance(50) ? dice.number(2...5) : nil
    failurePercent = dice.chance(60) ? dice.number(30...80) : nil
    slowPercent = dice.chance(40) ? dice.number(30...80) : nil
    consecutiveFailures = dice.chance(30) ? dice.number(2...5) : nil
    slowDuration = dice.milliseconds(400...2000)
    minimumCalls = dice.number(2...8)
    if [failureThreshold, failurePercent, slowPercent, consecutiveFailures].allSatisfy({ $0 == nil }) {
      failureThreshold = 3
    }
    openDuration = dice.milliseconds(1000...5000)
    openGrowth = dice.one(of: [1, 1.5, 2])
    maxOpenDuration = .seconds(dice.number(5...12))
    openJitterPercent = dice.one(of: [0, 20])
    halfOpenLimit = .seconds(dice.number(2...6))
    halfOpen =
      dice.chance(50)
      ? .consecutive(successes: dice.number(1...3))
      : .sample(permits: dice.number(1...4), failurePercent: dice.number(30...70))
  }
}

extension DegradationConfiguration {
  fileprivate init(_ dice: inout Dice) {
    self.init()
    latencyFactor = dice.chance(40) ? Double(dice.number(2...4)) : nil
    latencyDeadlinePercent = dice.chance(40) ? dice.number(50...90) : nil
    latencyMinimumCalls = dice.number(3...10)
    latencyHold = dice.milliseconds(0...3000)
    cpuPercent = 80
    memoryPercent = 85
    queueDepth = dice.chance(40) ? dice.number(3...20) : nil
    computeHold = dice.milliseconds(0...3000)
    diskFreeBytes = 1 << 30
    failureHold = dice.milliseconds(0...2000)
    recoveryHold = dice.milliseconds(1000...4000)
  }
}

extension Instant {
  static func second(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
}
