/// How many calls a stretch of the window saw.
package struct BreakerTally: Sendable, Hashable {
  package var calls = 0
  package var failures = 0
  package var slow = 0

  package init(calls: Int = 0, failures: Int = 0, slow: Int = 0) {
    self.calls = calls
    self.failures = failures
    self.slow = slow
  }

  package static func += (a: inout BreakerTally, b: BreakerTally) {
    a.calls += b.calls
    a.failures += b.failures
    a.slow += b.slow
  }

  package static func -= (a: inout BreakerTally, b: BreakerTally) {
    a.calls -= b.calls
    a.failures -= b.failures
    a.slow -= b.slow
  }

  /// Whether this percentage of the calls, or more, is in `part`. Compared without dividing, so 1 of 2 is 50 %.
  package func reaches(_ percent: Int, _ part: Int) -> Bool { part * 100 >= percent * calls }
}
