import HostFormats
import Testing

@Suite struct TimeTextTests {
  @Test func datesBeyondFourDigitsCarryTheirSign() {
    #expect(TimeText.date(day: 19_782) == "2024-02-29")
    #expect(TimeText.date(day: -719_528) == "0000-01-01")
    #expect(TimeText.date(day: -719_529) == "-0001-12-31")
    #expect(TimeText.date(day: 2_932_896) == "9999-12-31")
    #expect(TimeText.date(day: 2_932_897) == "+10000-01-01")
  }

  @Test func fractionsAreShownWhereThereAreAny() {
    #expect(TimeText.time(microseconds: 49_500_000_000) == "13:45:00")
    #expect(TimeText.time(microseconds: 86_399_999_999) == "23:59:59.999999")
    #expect(TimeText.time(microseconds: 250_000) == "00:00:00.250000")
  }

  @Test func theFirstAndTheLastTimestampHaveATextToo() {
    #expect(TimeText.timestamp(microseconds: .max, zoned: true) == "+294247-01-10T04:00:54.775807Z")
    #expect(TimeText.timestamp(microseconds: .min, zoned: false) == "-290308-12-21T19:59:05.224192")
  }
}

@Suite struct DecimalTextTests {
  @Test func thePointIsWhereTheScaleSays() {
    #expect(DecimalText.text(0, scale: 0) == "0")
    #expect(DecimalText.text(0, scale: 3) == "0.000")
    #expect(DecimalText.text(-5, scale: 1) == "-0.5")
    #expect(DecimalText.text(-12, scale: 0) == "-12")
    #expect(DecimalText.text(10, scale: 1) == "1.0")
    #expect(DecimalText.text(1, scale: 38) == "0." + String(repeating: "0", count: 37) + "1")
  }

  @Test func theEndsOfTheRangeHaveAText() {
    #expect(DecimalText.text(.max, scale: 0) == "170141183460469231731687303715884105727")
    #expect(DecimalText.text(.min, scale: 38) == "-1.70141183460469231731687303715884105728")
  }
}
