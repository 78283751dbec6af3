package import HostModel
import Synchronization

/// The time as the ticker last published it, for the price of a load.
package final class CoarseClock: Sendable {
  @usableFromInline package let line = CacheLines(words: 1)

  package init() {}

  @inlinable package var now: Instant {
    Instant(nanoseconds: Int64(bitPattern: line.words[0].load(ordering: .relaxed)))
  }

  func publish(_ now: Instant) { line.words[0].store(UInt64(bitPattern: now.nanoseconds), ordering: .relaxed) }
}
