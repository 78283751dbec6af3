public import HostModel
public import HostPolicy
public import Synchronization

extension CallSite {
  /// Makes a call through the gate, blocking, on the caller's thread: attempts, and the waits between them.
  ///
  /// While the breaker is closed and the feature is on, a successful call costs a load, a compare-and-swap on a cache line
  /// of the site's own, and a load of the coarse clock. Everything else is in functions that are not inlined.
  /// - Parameters:
  ///   - deadline: no attempt begins and no wait ends after it.
  ///   - cancellation: ends waits and begins no further attempt. The attempt under way is the body's to end.
  ///   - body: makes one attempt. Called once for each; holds whatever it likes, since the gate holds nothing.
  @inlinable @inline(__always)
  public func perform(
    deadline: Instant, cancellation: Cancellation? = nil, _ body: (borrowing Attempt) -> CallOutcome
  ) -> CallResult {
    let word = words[0].load(ordering: .acquiring)
    let now = coarse.now.nanoseconds
    // Read once: a lease that is taken is returned, whatever the policy says by then.
    let isLimited = isLimited
    // A site whose count is a multiple of 64 takes the way that times the call.
    guard word & SiteWord.gateMask == SiteWord.admit, word & SiteWord.sampleMask != 0, now < deadline.nanoseconds,
      !(cancellation?.isCancelled ?? false), takeLease(isLimited)
    else { return performWatched(deadline: deadline, cancellation: cancellation, body) }
    let ends = attemptEnd(from: now, deadline: deadline.nanoseconds)
    let outcome = body(Attempt(number: 1, deadline: Instant(nanoseconds: ends), word: SiteWord(bits: word)))
    returnLease(isLimited)
    switch outcome.status {
    case .ok, .endOfStream:
      if countSuccess(since: word) { return CallResult(status: outcome.status, attempts: 1) }
    default: break
    }
    return settle(
      SiteWord(bits: word), outcome, latencyNanoseconds: -1, deadline: deadline, cancellation: cancellation, body)
  }

  /// Whether there is a bulkhead.
  @inlinable @inline(__always)
  var isLimited: Bool { words[SiteTuning.limited].load(ordering: .relaxed) != 0 }

  /// The earlier of the deadline and the attempt's own timeout, in nanoseconds. The clock is never below zero and the
  /// deadline lies ahead, so nothing overflows. `Duration` would cost a division of 128 bits.
  @inlinable @inline(__always)
  func attemptEnd(from now: Int64, deadline: Int64) -> Int64 {
    let timeout = Int64(bitPattern: words[SiteTuning.timeout].load(ordering: .relaxed))
    return deadline &- now <= timeout ? deadline : now &+ timeout
  }

  /// Adds a success to the site's count, unless anything else in its word has changed since the call began.
  @inlinable @inline(__always)
  func countSuccess(since word: UInt64) -> Bool {
    var current = words[0].load(ordering: .relaxed)
    while (current ^ word) & ~SiteWord.countMask == 0 {
      let (exchanged, original) = words[0].weakCompareExchange(
        expected: current, desired: current &+ 1, ordering: .releasing)
      if exchanged { return true }
      current = original
    }
    return false
  }

  @inlinable @inline(__always)
  func takeLease(_ isLimited: Bool) -> Bool {
    guard isLimited else { return true }
    return words[1].compareExchange(expected: Lease.idle, desired: Lease.busy, ordering: .acquiring).exchanged
  }

  @inlinable @inline(__always)
  func returnLease(_ isLimited: Bool) {
    if isLimited { words[1].store(Lease.idle, ordering: .releasing) }
  }
}
