import HostModel
@testable import HostPolicy
import TestSupport
import Testing

@Suite struct ClientThrottleTests {
  private func throttle(
    requests: Int, accepts: Int, _ configuration: ClientThrottle.Configuration = .init(minimumRequests: 0)
  ) -> ClientThrottle {
    var throttle = ClientThrottle(configuration, at: at(0))
    var generator = ConstantGenerator.most
    for _ in 0..<requests { _ = throttle.requested(at: at(0), using: &generator) }
    for _ in 0..<accepts { throttle.accepted(at: at(0)) }
    return throttle
  }

  @Test(
    arguments: [
      (0, 0, 0), (1, 0, 0.5), (9, 0, 0.9), (10, 5, 0), (10, 4, 2.0 / 11), (100, 50, 0), (100, 49, 2.0 / 101),
      (100, 0, 100.0 / 101),
    ] as [(Int, Int, Double)])
  func theShareIsThatOfTheBook(_ requests: Int, _ accepts: Int, _ share: Double) {
    var throttle = throttle(requests: requests, accepts: accepts)
    #expect(throttle.share(at: at(0)) == share)
  }

  @Test func belowTheMinimumNothingIsHeldBack() {
    var few = throttle(requests: 9, accepts: 0, .init())
    #expect(few.share(at: at(0)) == 0)
    var enough = throttle(requests: 10, accepts: 0, .init())
    #expect(enough.share(at: at(0)) > 0.9)
  }

  @Test func whatIsOldIsForgotten() {
    var throttle = throttle(requests: 100, accepts: 0)
    #expect(throttle.share(at: at(118_000)) > 0.9)
    #expect(throttle.share(at: at(120_000)) == 0)
  }

  @Test func aHealthyDependencyDrawsNoRandomNumber() {
    var throttle = throttle(requests: 10, accepts: 10)
    var generator = CountingGenerator()
    for _ in 0..<5 { #expect(throttle.requested(at: at(0), using: &generator) == true) }
    #expect(generator.count == 0)
  }

  /// A dependency takes 80 calls; at a K of 1.5 it may be asked for 120.
  @Test(arguments: [(119, false), (120, false), (121, true)])
  func itHoldsBackBeyondKTimesWhatIsAccepted(_ requests: Int, _ holdsBack: Bool) {
    var throttle = throttle(requests: requests, accepts: 80, .init(multiplier: 1.5, minimumRequests: 0))
    #expect((throttle.share(at: at(0)) > 0) == holdsBack)
  }

  /// At half of the calls, a draw below the share holds back and one at it does not.
  @Test func theDrawDecides() {
    var (least, most) = (ConstantGenerator.least, ConstantGenerator.most)
    var held = throttle(requests: 1, accepts: 0)
    #expect(held.requested(at: at(0), using: &least) == false)
    var sent = throttle(requests: 1, accepts: 0)
    #expect(sent.requested(at: at(0), using: &most) == true)
    // Held back or not, it was wanted.
    #expect(held.share(at: at(0)) == 2.0 / 3 && sent.share(at: at(0)) == 2.0 / 3)
  }

  @Test(arguments: [.nan, -.infinity, .infinity, 0, 1] as [Double])
  func multipliersThatMakeNoSenseAreReplaced(_ multiplier: Double) {
    let configuration = ClientThrottle.Configuration(multiplier: multiplier, window: .seconds(-1), minimumRequests: -1)
    #expect(configuration.multiplier == (multiplier.isFinite ? 1 : 2))
    #expect(configuration.window == .milliseconds(1) && configuration.minimumRequests == 0)
  }

  /// Almost all calls take up to 60.129542144 s, the upper end of their bucket: that has to be at most 59 of 60 parts.
  @Test(arguments: [(61_148_686_926, false), (61_148_686_927, true), (61_148_686_928, true)] as [(Int64, Bool)])
  func aWindowIsLongerThanAlmostAllCalls(_ nanoseconds: Int64, _ covers: Bool) {
    let configuration = ClientThrottle.Configuration(window: .nanoseconds(nanoseconds))
    var latencies = LatencyHistogram()
    #expect(configuration.covers(latencies))
    for _ in 0..<100 { latencies.record(.seconds(55)) }
    // One of a hundred may take longer.
    latencies.record(.seconds(3600))
    #expect(configuration.covers(latencies) == covers)
  }

  /// Against an exact account of everything that was wanted and accepted in the window.
  @Test func theShareAgreesWithAnAccountOfAllCalls() throws {
    try SimulationSeeds.forEach(10_000) { seed in
      var random = SplitMix64(seed: seed)
      let configuration = ClientThrottle.Configuration(
        multiplier: Double.random(in: 1...4, using: &random), window: .seconds(60), minimumRequests: 3)
      var throttle = ClientThrottle(configuration, at: at(0))
      var wanted: [Int64] = []
      var accepted: [Int64] = []
      var second: Int64 = 0
      for _ in 0..<30 {
        second += Int64.random(in: 0...20, using: &random)
        // The window has 60 buckets of a second: a call counts until the bucket that is 60 later.
        let (requests, accepts) = (wanted.count { second - $0 < 60 }, accepted.count { second - $0 < 60 })
        let exact = max(0, (Double(requests) - configuration.multiplier * Double(accepts)) / Double(requests + 1))
        #expect(throttle.share(at: at(second * 1000)) == (requests < 3 ? 0 : exact), "seed \(seed)")
        wanted.append(second)
        guard throttle.requested(at: at(second * 1000), using: &random) else { continue }
        if Bool.random(using: &random) {
          throttle.accepted(at: at(second * 1000))
          accepted.append(second)
        }
      }
    }
  }

  private struct CountingGenerator: RandomNumberGenerator {
    var count = 0
    mutating func next() -> UInt64 {
      count += 1
      return 1
    }
  }
}
