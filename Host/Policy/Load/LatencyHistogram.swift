import HostModel

/// Latencies in buckets four to an octave, so that a percentile is off by at most a quarter of its value.
package struct LatencyHistogram: Sendable, Equatable {
  /// The last bucket begins at about 34 hours; what is longer is counted there.
  package static let bucketCount = 184

  /// From the first bucket that has something to the last: latencies of one dependency lie close together, and a host may
  /// have a hundred thousand of them.
  private var counts: [UInt64] = []
  private var first = 0
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
    guard count > 0 else { return }
    if counts.isEmpty { first = bucket }
    if bucket < first {
      counts.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
      first = bucket
    }
    if bucket >= first + counts.count {
      counts.append(contentsOf: repeatElement(0, count: bucket - first - counts.count + 1))
    }
    counts[bucket - first] += count
    total += count
  }

  /// How many latencies a bucket has.
  package func count(ofBucket bucket: Int) -> UInt64 {
    counts.indices.contains(bucket - first) ? counts[bucket - first] : 0
  }

  /// What was counted since an earlier state of the same histogram.
  package func subtracting(_ earlier: LatencyHistogram) -> LatencyHistogram {
    var result = LatencyHistogram()
    for (offset, count) in counts.enumerated() {
      let before = earlier.count(ofBucket: first + offset)
      if count > before { result.add(count - before, toBucket: first + offset) }
    }
    return result
  }

  /// The latency that this share of the calls stayed below, as the upper end of its bucket; nil without any.
  /// - Parameter percent: 0...100; values outside are the nearest end.
  package func percentile(_ percent: Double) -> Duration? {
    guard total > 0 else { return nil }
    let wanted = max(1, UInt64((Double(total) * min(max(percent, 0), 100) / 100).rounded(.up)))
    var seen: UInt64 = 0
    for (offset, count) in counts.enumerated() {
      seen += count
      if seen >= wanted { return Self.lowerBound(ofBucket: min(first + offset + 1, Self.bucketCount - 1)) }
    }
    return nil
  }
}
