import HostModel
@testable import HostPolicy
import Testing

@Suite struct LatencyHistogramTests {
  @Test func everyBucketBeginsWhereTheOneBeforeItEnds() {
    for bucket in 1..<LatencyHistogram.bucketCount {
      let first = LatencyHistogram.lowerBound(ofBucket: bucket).wholeNanoseconds
      #expect(LatencyHistogram.bucket(ofNanoseconds: first) == bucket)
      #expect(LatencyHistogram.bucket(ofNanoseconds: first - 1) == bucket - 1)
    }
    #expect(LatencyHistogram.bucket(ofNanoseconds: .max) == LatencyHistogram.bucketCount - 1)
    #expect(LatencyHistogram.bucket(ofNanoseconds: -1) == 0)
  }

  @Test func percentilesAreWithinAQuarterAbove() throws {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(50) == nil)
    for milliseconds in 1...100 { histogram.record(.milliseconds(milliseconds)) }
    for percent in [1, 50, 95, 100] {
      let estimate = try #require(histogram.percentile(Double(percent)))
      let exact = Duration.milliseconds(percent)
      #expect(estimate > exact && estimate <= exact * 5 / 4, "p\(percent) is \(estimate)")
    }
  }
}
