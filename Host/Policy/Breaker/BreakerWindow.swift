import HostModel

/// What a breaker looks back on, by time or by count.
struct BreakerWindow: Sendable, Equatable {
  private enum Storage: Sendable, Equatable {
    case time(BreakerTimeWindow)
    case count(BreakerCountWindow)
  }

  private var storage: Storage
  /// Failures since the last success. Not bounded by the window.
  private(set) var consecutiveFailures = 0

  init(_ configuration: BreakerConfiguration.Window, at now: Instant) {
    switch configuration {
    case .time(let length, let buckets):
      storage = .time(BreakerTimeWindow(length: length, buckets: buckets, at: now))
    case .count(let capacity):
      storage = .count(BreakerCountWindow(capacity: capacity))
    }
  }

  var total: BreakerTally {
    switch storage {
    case .time(let window): window.total
    case .count(let window): window.total
    }
  }

  mutating func advance(to now: Instant) {
    guard case .time(var window) = storage else { return }
    window.advance(to: now)
    storage = .time(window)
  }

  mutating func succeeded(_ count: Int, slow: Bool = false) {
    guard count > 0 else { return }
    consecutiveFailures = 0
    record(BreakerTally(calls: 1, slow: slow ? 1 : 0), times: count)
  }

  mutating func failed(slow: Bool) {
    consecutiveFailures += 1
    record(BreakerTally(calls: 1, failures: 1, slow: slow ? 1 : 0), times: 1)
  }

  private mutating func record(_ call: BreakerTally, times: Int) {
    switch storage {
    case .time(var window):
      window.record(BreakerTally(calls: times, failures: call.failures * times, slow: call.slow * times))
      storage = .time(window)
    case .count(var window):
      window.record(call, times: times)
      storage = .count(window)
    }
  }

  /// Looks back on another stretch. Between a time and a number of calls nothing can be taken along.
  mutating func resize(
    from before: BreakerConfiguration.Window, to next: BreakerConfiguration.Window, at now: Instant
  ) {
    guard before != next else { return }
    let tallies = exported
    let consecutive = consecutiveFailures
    self = BreakerWindow(next, at: now)
    consecutiveFailures = consecutive
    switch (before, next) {
    case (.time(let old, let oldBuckets), .time(let new, let newBuckets)):
      let (oldLength, newLength) = (
        old.wholeNanoseconds / Int64(max(1, oldBuckets)), new.wholeNanoseconds / Int64(max(1, newBuckets))
      )
      let aged = tallies.map { entry -> BreakerRecord.AgedTally in
        let age = Int64(entry.age).multipliedReportingOverflow(by: max(1, oldLength))
        return .init(age: age.overflow ? .max : Int(age.partialValue / max(1, newLength)), tally: entry.tally)
      }
      restore(aged, consecutiveFailures: consecutive)
    case (.count, .count): restore(tallies, consecutiveFailures: consecutive)
    case (.time, .count), (.count, .time): break
    }
  }

  var exported: [BreakerRecord.AgedTally] {
    switch storage {
    case .time(let window): window.aged
    case .count(let window): window.ordered.map { BreakerRecord.AgedTally(age: 0, tally: $0) }
    }
  }

  mutating func restore(_ tallies: [BreakerRecord.AgedTally], consecutiveFailures: Int) {
    self.consecutiveFailures = consecutiveFailures
    switch storage {
    case .time(var window):
      window.restore(tallies)
      storage = .time(window)
    case .count(var window):
      for entry in tallies { window.record(entry.tally, times: 1) }
      storage = .count(window)
    }
  }
}
