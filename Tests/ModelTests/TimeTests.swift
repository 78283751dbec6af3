import HostModel
import Testing

@Suite struct TimeTests {
  @Test func instantsStopAtTheEndsOfTheirRange() {
    let late = Instant(nanoseconds: .max - 5)
    #expect(late.advanced(by: .seconds(1)) == .distantFuture)
    #expect(Instant.distantFuture.advanced(by: .seconds(10_000_000_000_000)) == .distantFuture)
    #expect(Instant(nanoseconds: .min + 5).advanced(by: .seconds(-1)) == Instant(nanoseconds: .min))
    #expect(Instant(nanoseconds: 5).advanced(by: .nanoseconds(-7)) == Instant(nanoseconds: -2))
  }

  @Test func differenceOfTheEndsIsClamped() {
    let (first, last) = (Instant(nanoseconds: .min), Instant(nanoseconds: .max))
    #expect(last.duration(since: first) == .nanoseconds(Int64.max))
    #expect(first.duration(since: last) == .nanoseconds(Int64.min))
    #expect(Instant(nanoseconds: 9).duration(since: Instant(nanoseconds: 4)) == .nanoseconds(5))
  }

  @Test func durationsAreClampedTo64BitsOfNanoseconds() {
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    #expect(Duration.milliseconds(1500).wholeNanoseconds == 1_500_000_000)
    let justAbove = Duration(secondsComponent: 9_223_372_036, attosecondsComponent: 999_999_999_999_999_999)
    #expect(justAbove.wholeNanoseconds == .max)
    #expect(Duration.nanoseconds(-3).wholeNanoseconds == -3)
  }

  @Test func millisecondsOfATimeBefore1970AreRoundedDown() {
    #expect(WallTime(microseconds: -1).milliseconds == -1)
    #expect(WallTime(microseconds: -1000).milliseconds == -1)
    #expect(WallTime(microseconds: -1001).milliseconds == -2)
    #expect(WallTime(microseconds: 1999).milliseconds == 1)
  }
}
