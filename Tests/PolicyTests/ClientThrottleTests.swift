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
