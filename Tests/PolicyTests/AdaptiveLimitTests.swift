import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct AdaptiveLimitTests {
  private func run(
    _ limit: inout AdaptiveLimit, calls: Int, latency: Duration, isDropped: Bool = false
  ) {
    for _ in 0..<calls { limit.callEnded(latency: latency, inFlight: limit.limit, isDropped: isDropped) }
  }

  @Test func itGrowsWhileLatencyStays() {
    var limit = AdaptiveLimit(.init())
    #expect(limit.limit == 20)
    run(&limit, calls: 1000, latency: .milliseconds(10))
    #expect(limit.limit == 200)
  }

  @Test func itShrinksWhenCallsTakeLongerAndRecovers() {
    var limit = AdaptiveLimit(.init())
    run(&limit, calls: 1000, latency: .milliseconds(10))
    run(&limit, calls: 60, latency: .milliseconds(100))
    let low = limit.limit
    #expect(low < 40, "\(low)")
    run(&limit, calls: 3000, latency: .milliseconds(10))
    #expect(limit.limit == 200)
  }

  @Test func withinTheToleranceNothingShrinks() {
    var limit = AdaptiveLimit(.init())
    run(&limit, calls: 1000, latency: .milliseconds(10))
    run(&limit, calls: 10, latency: .milliseconds(14))
    #expect(limit.limit == 200)
  }

  @Test func whatIsNotUsedDoesNotGrow() {
    var limit = AdaptiveLimit(.init())
    for _ in 0..<100 { limit.callEnded(latency: .milliseconds(10), inFlight: 9, isDropped: false) }
    #expect(limit.limit == 20)
    limit.callEnded(latency: .milliseconds(10), inFlight: 10, isDropped: false)
    for _ in 0..<5 { limit.callEnded(latency: .milliseconds(10), inFlight: 15, isDropped: false) }
    #expect(limit.limit > 20)
  }

  @Test func aDropTakesATenth() {
    var limit = AdaptiveLimit(.init(initial: 100))
    run(&limit, calls: 1, latency: .zero, isDropped: true)
    #expect(limit.limit == 90)
    run(&limit, calls: 1000, latency: .zero, isDropped: true)
    #expect(limit.limit == 1)
  }

  /// At full smoothing and with a queue of 5 every move is a whole number: 20 becomes 25, 21 becomes 26.
  @Test(
    arguments: [
      (20, 9, 20), (20, 10, 25), (20, 11, 25), (21, 10, 21), (21, 11, 26), (21, 12, 26), (20, 0, 20), (20, -1, 20),
      (20, .min, 20), (20, .max, 25), (1, 0, 1), (1, 1, 6),
    ] as [(Int, Int, Int)])
  func itGrowsFromHalfOfItOn(_ initial: Int, _ inFlight: Int, _ next: Int) {
    var limit = AdaptiveLimit(.init(initial: initial, smoothing: 1, queue: .constant(5)))
    limit.callEnded(latency: .milliseconds(10), inFlight: inFlight, isDropped: false)
    #expect(limit.limit == next)
  }

  /// The usual is the mean of 10 ms and of the sample itself, so the gradient is 1.5 * mean / sample: 1 at 30 ms.
  @Test(arguments: [(29, 25), (30, 25), (31, 24), (90, 21), (3600, 20)] as [(Int64, Int)])
  func itShrinksBeyondTheTolerance(_ milliseconds: Int64, _ next: Int) {
    var limit = AdaptiveLimit(.init(initial: 20, smoothing: 1, queue: .constant(5)))
    limit.callEnded(latency: .milliseconds(10), inFlight: 0, isDropped: false)
    limit.callEnded(latency: .milliseconds(milliseconds), inFlight: 20, isDropped: false)
    #expect(limit.limit == next)
  }

  @Test func latencyAloneStopsAtTwiceTheQueue() {
    for (queue, lowest) in [(AdaptiveLimit.Configuration.Queue.root, 4), (.constant(3), 6), (.constant(-3), 2)] {
      var limit = AdaptiveLimit(.init(smoothing: 1, queue: queue))
      var latency: Int64 = 1
      for _ in 0..<60 {
        limit.callEnded(latency: .nanoseconds(latency), inFlight: limit.limit, isDropped: false)
        latency = latency.multipliedReportingOverflow(by: 10).overflow ? .max : latency * 10
        if latency == .max { break }
      }
      #expect(limit.limit == lowest, "\(queue)")
    }
  }

  @Test(arguments: [(1, 100), (0.5, 50), (0, 7), (-1, 7), (2, 100), (.nan, 90), (-.infinity, 90)] as [(Double, Int)])
  func aDropLeavesItsFactor(_ factor: Double, _ next: Int) {
    var limit = AdaptiveLimit(.init(minimum: 7, initial: 100, dropFactor: factor))
    limit.callEnded(latency: .zero, inFlight: 0, isDropped: true)
    #expect(limit.limit == next)
  }

  @Test(arguments: [
    (Int.min, Int.min, Int.min, 1), (5, 4, 3, 5), (.max, .max, .max, 1_000_000), (1, .max, .max, 1_000_000),
  ])
  func settingsOutsideAreTheNearest(_ minimum: Int, _ initial: Int, _ maximum: Int, _ first: Int) {
    var limit = AdaptiveLimit(.init(minimum: minimum, initial: initial, maximum: maximum))
    #expect(limit.limit == first)
    run(&limit, calls: 100, latency: .milliseconds(1))
    #expect(limit.limit >= first && limit.limit <= AdaptiveLimit.Configuration.mostCalls)
  }

  @Test func everyMoveIsOneThatTheSamplesAllow() throws {
    var moves = 0
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let queue = Int.random(in: 0...8, using: &random)
      let configuration = AdaptiveLimit.Configuration(
        minimum: Int.random(in: 1...5, using: &random), initial: Int.random(in: 1...100, using: &random),
        maximum: Int.random(in: 20...200, using: &random), tolerance: Double.random(in: 1...3, using: &random),
        smoothing: Double.random(in: 0.05...1, using: &random), longWindow: Int.random(in: 5...100, using: &random),
        queue: queue == 0 ? .root : .constant(queue), dropFactor: Double.random(in: 0.3...1, using: &random))
      var limit = AdaptiveLimit(configuration)
      var model = LimitModel(configuration)
      // Some dependencies are steady, some are not.
      let spreads: [Double] = [1.1, 1.9, 50]
      let spread = spreads.randomElement(using: &random) ?? 1.1
      for _ in 0..<60 {
        let latency = Int64(1_000_000 * Double.random(in: 1...spread, using: &random))
        let inFlight = Int.random(in: 0...(limit.limit + 1), using: &random)
        let isDropped = Int.random(in: 0..<10, using: &random) == 0
        limit.callEnded(latency: .nanoseconds(latency), inFlight: inFlight, isDropped: isDropped)
        moves += try model.moved(to: limit.limit, latency: latency, inFlight: inFlight, isDropped: isDropped) ? 1 : 0
      }
    }
    #expect(moves > 0)
  }

  /// Whatever comes, the limit is a number between its bounds.
  @Test func theBoundsHoldForAnySequence() throws {
    let extremes: [Duration] = [.zero, .nanoseconds(1), .nanoseconds(-5), .nanoseconds(Int64.max), .seconds(3600)]
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let minimum = Int.random(in: -2...10, using: &random)
      let configuration = AdaptiveLimit.Configuration(
        minimum: minimum, initial: Int.random(in: -5...300, using: &random),
        maximum: Int.random(in: 0...200, using: &random),
        tolerance: Double.random(in: 0...5, using: &random), smoothing: Double.random(in: 0...2, using: &random),
        longWindow: Int.random(in: 0...50, using: &random))
      var limit = AdaptiveLimit(configuration)
      for _ in 0..<50 {
        let latency = extremes.randomElement(using: &random) ?? .zero
        limit.callEnded(
          latency: Bool.random(using: &random) ? latency : .microseconds(Int64.random(in: 0...100_000, using: &random)),
          inFlight: Int.random(in: 0...300, using: &random), isDropped: Int.random(in: 0..<8, using: &random) == 0)
        #expect((configuration.minimum...configuration.maximum).contains(limit.limit), "seed \(seed)")
        #expect(limit.limit >= 1, "seed \(seed)")
      }
    }
  }
}

/// Judges each move of a limit by the list of all samples. It knows the usual latency exactly while that is a plain mean;
/// afterwards only that it lies between the shortest and the longest sample, which still forbids most moves.
private struct LimitModel {
  struct Illegal: Error { let what: String }

  let configuration: AdaptiveLimit.Configuration
  private var samples: [Double] = []
  private var isPlain = true
  /// What the limit is exactly, within these bounds.
  private var low: Double
  private var high: Double
  private var limit: Int

  init(_ configuration: AdaptiveLimit.Configuration) {
    self.configuration = configuration
    limit = configuration.initial
    low = Double(limit)
    high = low
  }

  /// - Returns: whether it moved.
  mutating func moved(to next: Int, latency: Int64, inFlight: Int, isDropped: Bool) throws -> Bool {
    defer { limit = next }
    let inUse = inFlight * 2 >= limit
    if !isDropped { learn(Double(latency)) }
    low = bounded(isDropped ? low * configuration.dropFactor : step(low, Double(latency), usual.lowerBound, inUse))
    high = bounded(isDropped ? high * configuration.dropFactor : step(high, Double(latency), usual.upperBound, inUse))
    if next > limit, isDropped { throw Illegal(what: "grew by a drop: \(limit) to \(next)") }
    if next > limit, !inUse { throw Illegal(what: "grew with \(inFlight) of \(limit) in use, to \(next)") }
    // What is rounded in another order may fall on the other side of a whole number.
    guard Double(next) <= high + 0.001, Double(next + 1) > low - 0.001 else {
      throw Illegal(what: "\(limit) to \(next), outside \(low)...\(high), plain mean: \(isPlain)")
    }
    if !isPlain {
      // Nothing finer is known of the inside than what the outside shows.
      low = max(low, Double(next))
      high = min(high, Double(next + 1))
    }
    return next != limit
  }

  private func bounded(_ value: Double) -> Double {
    min(max(value, Double(configuration.minimum)), Double(configuration.maximum))
  }

  private mutating func learn(_ sample: Double) {
    samples.append(sample)
    let mean = samples.reduce(0, +) / Double(samples.count)
    if samples.count > configuration.longWindow || mean > sample * 2 { isPlain = false }
  }

  private var usual: ClosedRange<Double> {
    let mean = samples.reduce(0, +) / Double(max(1, samples.count))
    return isPlain ? mean...mean : (samples.min() ?? 0)...(samples.max() ?? 0)
  }

  private func step(_ value: Double, _ sample: Double, _ usual: Double, _ inUse: Bool) -> Double {
    var queue = value.squareRoot()
    if case .constant(let calls) = configuration.queue { queue = Double(calls) }
    let change = value * min(1, max(0.5, configuration.tolerance * usual / sample)) + queue - value
    return change > 0 && !inUse ? value : value + change * configuration.smoothing
  }
}
