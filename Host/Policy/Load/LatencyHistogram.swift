import HostModel

/// Latencies in buckets four to an octave, so that a percentile is off by at most a quarter of its value.
package struct LatencyHistogram: Sendable, Equatable {
  /// The last bucket begins at about 34 hours; what is longer is counted there.
  package static let bucketCount = 184

  package private(set) var counts = [UInt64](repeating: 0, count: bucketCount)
  package private(set) var total: UInt64 = 0

  package init() {}

  /// Small enough to be inlined where latencies are counted without a lock.
  @inlinable package static func bucket(ofNanoseconds nanoseconds: Int64) -> Int {
    guard nanoseconds >= 8 else { return Int(max(0, nanoseconds)) }
    let exponent = 63 - nanoseconds.leadingZeroBitCount
    let quarter = Int(truncatingIfNeeded: nanoseconds >> Int64(exponent - 2)) & 3
    return min((exponent - 1) * 4 + quarter, 183)
  }

  /// The shortest latency that the bucket counts.
  package static func lowerBound(ofBucket bucket: Int) -> Duration {
    guard bucket >= 8 else { return .nanoseconds(max(0, bucket)) }
    let exponent = bucket / 4 + 1
    return .nanoseconds((Int64(4 + bucket % 4)) << Int64(exponent - 2))
  }

  package mutating func record(_ latency: Duration) {
    add(1, toBucket: Self.bucket(ofNanoseconds: latency.wholeNanoseconds))
  }

  package mutating func add(_ count: UInt64, toBucket bucket: Int) {
    counts[bucket] += count
    total += count
  }

  /// What was counted since an earlier state of the same histogram.
  package func subtracting(_ earlier: LatencyHistogram) -> LatencyHistogram {
    var result = LatencyHistogram()
    for bucket in 0..<Self.bucketCount where counts[bucket] > earlier.counts[bucket] {
      result.add(counts[bucket] - earlier.counts[bucket], toBucket: bucket)
    }
    return result
  }

  /// The latency that this share of the calls stayed below, as the upper end of its bucket; nil without any.
  /// - Parameter percent: 0...100; values outside are the nearest end.
  package func percentile(_ percent: Double) -> Duration? {
    guard total > 0 else { return nil }
    let wanted = max(1, UInt64((Double(total) * min(max(percent, 0), 100) / 100).rounded(.up)))
    var seen: UInt64 = 0
    for (bucket, count) in counts.enumerated() {
      seen += count
      if seen >= wanted { return Self.lowerBound(ofBucket: min(bucket + 1, Self.bucketCount - 1)) }
    }
    return nil
  }
}
