import HostModel

/// Counts of the last stretch of time, in a ring of buckets.
///
/// Time only moves it forwards: an earlier instant than the last counts in the newest bucket.
struct BreakerTimeWindow: Sendable, Equatable {
  private let bucketNanoseconds: Int64
  private var buckets: [BreakerTally]
  /// The number of the newest bucket since the clock's zero.
  private var head: Int64
  private(set) var total = BreakerTally()

  init(length: Duration, buckets count: Int, at now: Instant) {
    let count = max(1, count)
    bucketNanoseconds = max(1, length.wholeNanoseconds / Int64(count))
    buckets = Array(repeating: BreakerTally(), count: count)
    head = now.nanoseconds / bucketNanoseconds
  }

  mutating func advance(to now: Instant) {
    let target = now.nanoseconds / bucketNanoseconds
    guard target > head else { return }
    let steps = min(target - head, Int64(buckets.count))
    for step in 1...steps { clear(slot(of: target - steps + step)) }
    head = target
  }

  /// Counts in the newest bucket, without moving time.
  mutating func record(_ tally: BreakerTally) {
    buckets[slot(of: head)] += tally
    total += tally
  }

  /// What is not empty, with the age of its bucket in buckets, newest first.
  var aged: [BreakerRecord.AgedTally] {
    (0..<buckets.count).compactMap { age in
      let tally = buckets[slot(of: head - Int64(age))]
      return tally.calls == 0 ? nil : BreakerRecord.AgedTally(age: age, tally: tally)
    }
  }

  mutating func restore(_ aged: [BreakerRecord.AgedTally]) {
    for entry in aged where (0..<buckets.count).contains(entry.age) {
      buckets[slot(of: head - Int64(entry.age))] += entry.tally
      total += entry.tally
    }
  }

  private func slot(of number: Int64) -> Int {
    let count = Int64(buckets.count)
    return Int(((number % count) + count) % count)
  }

  private mutating func clear(_ slot: Int) {
    total -= buckets[slot]
    buckets[slot] = BreakerTally()
  }
}
