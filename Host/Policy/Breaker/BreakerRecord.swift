/// A breaker's state as it outlives the process. Holds spans, not instants, which mean nothing to the next process.
package struct BreakerRecord: Sendable, Hashable {
  package struct AgedTally: Sendable, Hashable {
    /// In buckets of the window; 0 is the newest.
    package let age: Int
    package let tally: BreakerTally

    package init(age: Int, tally: BreakerTally) {
      self.age = age
      self.tally = tally
    }
  }

  package let state: BreakerStateName
  package let cause: BreakerCause?
  /// How long the breaker had been in its state.
  package let sinceNanoseconds: Int64
  /// How long an open breaker was still to stay open.
  package let remainingNanoseconds: Int64
  /// Openings since the last close, the present one included.
  package let openings: Int
  package let consecutiveFailures: Int
  package let tallies: [AgedTally]

  package init(
    state: BreakerStateName, cause: BreakerCause?, sinceNanoseconds: Int64, remainingNanoseconds: Int64, openings: Int,
    consecutiveFailures: Int, tallies: [AgedTally]
  ) {
    self.state = state
    self.cause = cause
    self.sinceNanoseconds = sinceNanoseconds
    self.remainingNanoseconds = remainingNanoseconds
    self.openings = openings
    self.consecutiveFailures = consecutiveFailures
    self.tallies = tallies
  }
}
