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
