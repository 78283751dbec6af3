/// Counts of the last so many calls, in a ring.
struct BreakerCountWindow: Sendable, Equatable {
  private var calls: [BreakerTally] = []
  private let capacity: Int
  private var oldest = 0
  private(set) var total = BreakerTally()

  init(capacity: Int) { self.capacity = max(1, capacity) }

  /// Only `capacity` calls are looked back on, so more of one kind than that are counted as that many.
  mutating func record(_ call: BreakerTally, times: Int) {
    for _ in 0..<min(times, capacity) { record(call) }
  }

  /// Oldest first.
  var ordered: [BreakerTally] { Array(calls[oldest...] + calls[..<oldest]) }

  private mutating func record(_ call: BreakerTally) {
    total += call
    guard calls.count == capacity else {
      calls.append(call)
      return
    }
    total -= calls[oldest]
    calls[oldest] = call
    oldest = (oldest + 1) % capacity
  }
}
