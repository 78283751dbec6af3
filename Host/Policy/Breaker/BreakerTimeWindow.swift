import HostModel

/// Counts of the last stretch of time, in buckets. Buckets in which nothing happened take no memory: a host may have a
/// hundred thousand breakers, and most of them are quiet.
///
/// Time only moves it forwards: an earlier instant than the last counts in the newest bucket.
struct BreakerTimeWindow: Sendable, Equatable {
  private struct Bucket: Sendable, Equatable {
    /// Since the clock's zero.
    let number: Int64
    var tally: BreakerTally
  }

  private let bucketNanoseconds: Int64
  private let count: Int64
  /// Those with calls, oldest first.
  private var buckets: [Bucket] = []
  /// The number of the newest bucket, which may be empty.
  private var head: Int64
  private(set) var total = BreakerTally()

  init(length: Duration, buckets count: Int, at now: Instant) {
    self.count = Int64(max(1, count))
    bucketNanoseconds = max(1, length.wholeNanoseconds / self.count)
    head = Self.floor(now.nanoseconds, bucketNanoseconds)
  }

  /// Bucket numbers rise with time also before the clock's zero, where restored windows begin.
  private static func floor(_ nanoseconds: Int64, _ length: Int64) -> Int64 {
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: length)
    return rest < 0 ? quotient - 1 : quotient
  }

  mutating func advance(to now: Instant) {
    let target = Self.floor(now.nanoseconds, bucketNanoseconds)
    guard target > head else { return }
    head = target
    let gone = buckets.prefix { target - $0.number >= count }
    guard !gone.isEmpty else { return }
    for bucket in gone { total -= bucket.tally }
    buckets.removeFirst(gone.count)
  }

  /// Counts in the newest bucket, without moving time.
  mutating func record(_ tally: BreakerTally) {
    add(tally, number: head, at: buckets.endIndex)
  }

  /// What is not empty, with the age of its bucket in buckets, newest first.
  var aged: [BreakerRecord.AgedTally] {
    buckets.reversed().map { BreakerRecord.AgedTally(age: Int(head - $0.number), tally: $0.tally) }
  }

  mutating func restore(_ aged: [BreakerRecord.AgedTally]) {
    for entry in aged where (0..<count).contains(Int64(entry.age)) {
      let number = head - Int64(entry.age)
      add(entry.tally, number: number, at: buckets.firstIndex { $0.number > number } ?? buckets.endIndex)
    }
  }

  /// - Parameter end: where the bucket's successor is.
  private mutating func add(_ tally: BreakerTally, number: Int64, at end: Int) {
    if end > 0, buckets[end - 1].number == number {
      buckets[end - 1].tally += tally
    } else {
      buckets.insert(Bucket(number: number, tally: tally), at: end)
    }
    total += tally
  }
}
