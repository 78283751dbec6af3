import HostFormats
import Testing

@Suite struct UnitsTests {
  @Test(arguments: [
    ("30s", Duration?.some(.seconds(30))), ("250ms", .milliseconds(250)), ("5m", .seconds(300)),
    ("1h30m", .seconds(5400)),
    ("2d", .seconds(172_800)), ("1.5s", .milliseconds(1500)), ("0.001ms", .microseconds(1)), ("0s", .zero), ("30", nil),
    ("", nil), ("s", nil), ("-5s", nil), ("5 s", nil), ("5S", nil), ("1.s", nil), (".5s", nil), ("5us", nil),
    ("106751d", .seconds(106_751 * 86_400)), ("106752d", nil), ("106751d24h", nil), ("9999999999999999999s", nil),
  ])
  func durationIsReadExactly(_ text: String, _ value: Duration?) { #expect(Units.duration(text) == value) }

  @Test(arguments: [
    ("128MiB", Int64?.some(134_217_728)), ("1KB", 1000), ("0B", 0), ("1.5KiB", 1536), ("8TiB", 8_796_093_022_208),
    ("128", nil), ("128mib", nil), ("MiB", nil), ("8388608TiB", nil), ("8388607TiB", 9_223_370_937_343_148_032),
  ])
  func sizeIsReadExactly(_ text: String, _ bytes: Int64?) { #expect(Units.bytes(text)?.bytes == bytes) }

  @Test(arguments: [
    ("0.1%", Double?.some(0.001)), ("100%", 1), ("0%", 0), ("100.1%", nil), ("5", nil), ("%", nil), ("5 %", nil),
  ])
  func percentageIsAFraction(_ text: String, _ value: Double?) { #expect(Units.percent(text) == value) }

  @Test(arguments: [
    (Duration.seconds(30), "30s"), (.seconds(90), "90s"), (.seconds(120), "2m"), (.seconds(7200), "2h"),
    (.milliseconds(1500), "1500ms"), (.zero, "0s"), (.seconds(86_400), "1d"),
  ])
  func durationIsShownAsItCouldBeWritten(_ duration: Duration, _ text: String) {
    #expect(Units.durationText(duration) == text)
    #expect(Units.duration(text) == duration)
  }

  @Test func sizeIsShownAsItCouldBeWritten() {
    #expect(ByteCount(134_217_728).description == "128MiB")
    #expect(ByteCount(1000).description == "1000B" && ByteCount(0).description == "0B")
  }
}
