import Testing

@testable import HeadracePlugin

@Suite struct TextTests {
  private func bytes<R>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    Array(text.utf8).withUnsafeBufferPointer(body)
  }

  @Test func everyDayOfEightCenturiesComesBack() {
    var expected = Civil.days(year: 1600, month: 1, day: 1)
    for year in 1600..<2400 {
      for month in 1...12 {
        for day in 1...Civil.daysInMonth(month, year: year) {
          let days = Civil.days(year: year, month: month, day: day)
          let date = Civil.date(days: days)
          guard days == expected, date == (year, month, day) else {
            Issue.record("\(year)-\(month)-\(day)")
            return
          }
          expected += 1
        }
      }
    }
    #expect(Civil.days(year: 1970, month: 1, day: 1) == 0)
  }

  @Test(
    arguments: [
      ("1969-12-31T23:59:59.999999", -1), ("1970-01-01", 0), ("2000-02-29 00:00", 951_782_400_000_000),
      ("294247-01-10T04:00:54.775807", nil), ("+294247-01-10T04:00:54.775807", Int64.max),
      ("+294247-01-10T04:00:54.775808", nil), ("2024-01-01T00:00:00.1234567", nil),
      ("2024-13-01", nil), ("2024-1-01", nil), ("2024-01-01T", nil), ("2024-01-01x", nil),
    ] as [(String, Int64?)])
  func timestamps(text: String, expected: Int64?) {
    #expect(bytes(text, TimeText.timestamp) == expected)
  }

  @Test(arguments: [
    ("2024-01-01T00:00:00+05:30", "2023-12-31T18:30:00Z"), ("2024-01-01T00:00:00-0800", "2024-01-01T08:00:00Z"),
    ("2024-01-01T00:00:00.25+01", "2023-12-31T23:00:00.25Z"),
  ])
  func instants(text: String, expected: String) throws {
    let value = try #require(bytes(text, TimeText.instant))
    var written: [UInt8] = []
    TimeText.append(timestamp: value, unit: .microsecond, isInstant: true, to: &written)
    #expect(String(decoding: written, as: UTF8.self) == expected)
  }

  @Test(arguments: [
    ("0", "0", 0), ("-0.10", "-10", 2), ("+5", "5", 0), ("00012.5", "125", 1), (".5", "5", 1),
    ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999", 0),
  ])
  func decimals(text: String, unscaled: String, scale: Int) throws {
    let value = try #require(bytes(text, NumberText.decimal))
    #expect(String(value.unscaled) == unscaled)
    #expect(value.scale == scale)
    #expect(bytes("1" + String(repeating: "0", count: 38), NumberText.decimal) == nil)
    for wrong in ["", ".", "-", "1.2.3", "1e5", "a"] { #expect(bytes(wrong, NumberText.decimal) == nil) }
  }

  /// Shortest texts come back as the same number, whichever of the two ways reads them.
  @Test(arguments: [11, 12] as [UInt64])
  func doublesComeBack(seed: UInt64) {
    var state = seed
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = state & 1 == 0 ? Double(bitPattern: state) : Double(state >> 44) / 100
      guard value.isFinite else { continue }
      let read = bytes("\(value)", NumberText.double)
      if read?.bitPattern != value.bitPattern { Issue.record("seed \(seed): \(value) is read as \(read ?? .nan)") }
    }
    #expect(bytes("-0", NumberText.double)?.sign == .minus)
    #expect(bytes("nan", NumberText.double)?.isNaN == true)
    for wrong in ["", "0x1p3", "1e", " 1", "1 ", "--1", "1,5"] { #expect(bytes(wrong, NumberText.double) == nil) }
  }

  @Test func halfPrecision() {
    #expect(JSONText.double(half: 0x3C00) == 1)
    #expect(JSONText.double(half: 0xC000) == -2)
    #expect(JSONText.double(half: 0x0001) == 0x1p-24)
    #expect(JSONText.double(half: 0x7BFF) == 65504)
    #expect(JSONText.double(half: 0xFC00) == -.infinity)
  }
}
