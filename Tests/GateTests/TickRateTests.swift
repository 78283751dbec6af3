@testable import HostGate
import HostModel
@testable import HostPolicy
import Testing

@Suite struct TickRateTests {
  @Test func theRateOfACounterOfNanosecondsIsExactlyOne() {
    var rate = TickRate()
    let first = rate.measure(at(1), between: 1_000_000, and: 1_000_000)
    let second = rate.measure(at(6), between: 6_000_000, and: 6_000_000)
    #expect(first == nil && second == .one)
    #expect(TickRate.Nanoseconds.one.nanoseconds(from: 7, to: 5_000_007) == 5_000_000)
  }

  @Test(arguments: [UInt64(24_000_000), 1_000_000_000, 2_649_998_000, 5_700_000_000])
  func aSpanIsRightToAMillionth(hertz: UInt64) throws {
    var rate = TickRate()
    let origin = UInt64.max - hertz / 2  // The counter wraps under way.
    _ = rate.measure(at(0), between: origin, and: origin)
    let second = origin &+ hertz
    let found = rate.measure(at(1000), between: second, and: second)
    let measured = try #require(found)
    for nanoseconds in [Int64(1_000_000), 5_000_000_000, 3_600_000_000_000] {
      let ticks = UInt64(Double(nanoseconds) * Double(hertz) / 1e9)
      let span = measured.nanoseconds(from: origin, to: origin &+ ticks)
      #expect(abs(span - nanoseconds) <= nanoseconds / 1_000_000 + 50)
    }
  }

  @Test func aReadingDuringWhichTheThreadSleptIsLeftOut() {
    var rate = TickRate()
    _ = rate.measure(at(0), between: 0, and: 0)
    let torn = rate.measure(at(5), between: 5_000_000, and: 9_000_000)
    let whole = rate.measure(at(10), between: 10_000_000, and: 10_000_100)
    #expect(torn == nil && whole?.isKnown == true)
  }

  @Test func aRateThatTheSystemCorrectsIsFollowedWithinTwoSeconds() throws {
    var rate = TickRate()
    var measured: TickRate.Nanoseconds?
    for tick in 0...100 {
      // Two ticks in a nanosecond, and three from the first second on.
      let counted = UInt64(tick) * 100_000_000 * 2 + UInt64(max(0, tick - 10)) * 100_000_000
      measured = rate.measure(at(Int64(tick) * 100), between: counted, and: counted) ?? measured
    }
    let last = try #require(measured)
    #expect(abs(last.nanoseconds(from: 0, to: 3_000_000) - 1_000_000) < 10)
  }

  @Test func aCounterThatWentBackHasNotMoved() {
    #expect(TickRate.Nanoseconds.one.nanoseconds(from: 100, to: 90) == 0)
    #expect(TickRate.Nanoseconds(bits: .max).nanoseconds(from: 0, to: .max / 2) == .max)
  }

  @Test func aTimedCallIsMeasuredByTheCounterWhileThereIsATicker() {
    let world = World(ticksPerNanosecond: 3)
    let dependency = world.dependency { $0.timesEveryCall = true }
    let site = world.site(dependency)
    for isTicking in [false, true] {
      if isTicking {
        world.gate.tick()
        world.time.advance(.milliseconds(5))
        world.gate.tick()
      }
      let readings = world.time.readings
      let result = site.perform(deadline: .distantFuture) { _ in
        world.time.advance(.milliseconds(40))
        return .ok
      }
      #expect(result.isSuccess)
      #expect(world.time.readings - readings == (isTicking ? 0 : 2), "readings of the clock itself")
    }
    let latencies = dependency.metrics().latencies
    #expect(latencies.total == 2)
    #expect(latencies.count(ofBucket: LatencyHistogram.bucket(ofNanoseconds: 40_000_000)) == 2)
  }
}
