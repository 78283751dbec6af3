import HostModel
@testable import HostPolicy
import Testing

@Suite struct LatencyBaselineTests {
  private let configuration = DegradationConfiguration()
  private func second(_ seconds: Int64) -> Instant { at(seconds * 1000) }

  private func add(_ calls: Int, of milliseconds: Int64, to histogram: inout LatencyHistogram) {
    for _ in 0..<calls { histogram.record(.milliseconds(milliseconds)) }
  }

  @Test func tooFewCallsSayNothing() {
    var baseline = LatencyBaseline(at: second(0))
    var histogram = LatencyHistogram()
    add(19, of: 10, to: &histogram)
    #expect(baseline.observed(histogram, configuration, at: second(1)) == nil)
    add(1, of: 10, to: &histogram)
    let measurement = baseline.observed(histogram, configuration, at: second(2))
    #expect(measurement?.calls == 20 && measurement?.baseline == nil)
  }

  @Test func onlyRecentCallsCount() throws {
    var baseline = LatencyBaseline(at: second(0))
    var histogram = LatencyHistogram()
    add(1000, of: 10, to: &histogram)
    _ = baseline.observed(histogram, configuration, at: second(60))
    _ = baseline.observed(histogram, configuration, at: second(120))
    #expect(baseline.observed(histogram, configuration, at: second(121)) == nil, "all of them are old")
    add(20, of: 1000, to: &histogram)
    let observed = baseline.observed(histogram, configuration, at: second(122))
    let measurement = try #require(observed)
    #expect(measurement.calls == 20)
    #expect(measurement.p95 >= .milliseconds(1000) && measurement.p95 <= .milliseconds(1250))
  }

  @Test func anOutageDoesNotBecomeTheUsual() throws {
    var baseline = LatencyBaseline(at: second(0))
    var histogram = LatencyHistogram()
    var last: LatencyBaseline.Measurement?
    for minute in 1...5 as ClosedRange<Int64> {
      add(100, of: 10, to: &histogram)
      last = baseline.observed(histogram, configuration, at: second(minute * 60))
    }
    let usual = try #require(last?.baseline)
    #expect(usual >= .milliseconds(10) && usual <= .milliseconds(13))
    for minute in 6...60 as ClosedRange<Int64> {
      add(100, of: 100, to: &histogram)
      last = baseline.observed(histogram, configuration, at: second(minute * 60))
    }
    #expect(last?.baseline == usual)
    #expect(try #require(last?.p95) > usual * 3)
  }

  @Test func aSlowDriftIsFollowed() throws {
    var baseline = LatencyBaseline(at: second(0))
    var histogram = LatencyHistogram()
    var last: LatencyBaseline.Measurement?
    for minute in 1...30 as ClosedRange<Int64> {
      add(100, of: minute < 10 ? 10 : 20, to: &histogram)
      last = baseline.observed(histogram, configuration, at: second(minute * 60))
    }
    #expect(try #require(last?.baseline) > .milliseconds(20))
  }
}
