import HostModel
@testable import HostPolicy
import Testing

func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// Gives the same word for ever: 1 for no jitter, all ones for the most of it. Not 0, which the standard library's ranges
/// reject and ask again.
struct ConstantGenerator: RandomNumberGenerator, Sendable {
  let word: UInt64
  static let least = ConstantGenerator(word: 1)
  static let most = ConstantGenerator(word: .max)
  mutating func next() -> UInt64 { word }
}

extension Breaker {
  /// The answer to a call, for tests that do not look at the transition.
  mutating func ask(_ now: Instant) -> Acquisition.Answer {
    var generator = ConstantGenerator.least
    return callRequested(at: now, using: &generator).answer
  }

  /// A permit; nil if the call was refused.
  mutating func take(_ now: Instant) -> BreakerPermit? {
    guard case .permitted(let permit) = ask(now) else { return nil }
    return permit
  }

  /// A permit, or the end of the test.
  mutating func permit(_ now: Instant) throws -> BreakerPermit {
    let permit = take(now)
    return try #require(permit)
  }

  @discardableResult
  mutating func end(
    _ permit: BreakerPermit, _ verdict: BreakerVerdict, slow: Bool = false, _ now: Instant
  ) -> BreakerTransition? {
    var generator = ConstantGenerator.least
    return callEnded(permit, verdict, isSlow: slow, at: now, using: &generator)
  }

  /// A whole call; false if it was refused.
  @discardableResult
  mutating func call(_ verdict: BreakerVerdict, slow: Bool = false, _ now: Instant) -> Bool {
    guard let permit = take(now) else { return false }
    end(permit, verdict, slow: slow, now)
    return true
  }

  @discardableResult
  mutating func tell(_ command: Command, _ now: Instant) -> BreakerTransition? {
    var generator = ConstantGenerator.least
    return commanded(command, at: now, using: &generator)
  }

  @discardableResult
  mutating func pass(_ now: Instant) -> BreakerTransition? {
    var generator = ConstantGenerator.least
    return timePassed(to: now, using: &generator)
  }
}

let failure = BreakerVerdict.failure(.transient, retryAfter: nil)

/// Only the count of failures trips.
func countingOnly(_ threshold: Int = 5) -> BreakerConfiguration {
  var configuration = BreakerConfiguration()
  configuration.failureThreshold = threshold
  configuration.failurePercent = nil
  return configuration
}
