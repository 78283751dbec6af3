public import HostModel
public import Synchronization

/// The time as the ticker last published it, for the price of a load.
@usableFromInline
final class CoarseClock: Sendable {
  @usableFromInline let line = CacheLines(words: 1)

  init() {}

  @inlinable var now: Instant {
    Instant(nanoseconds: Int64(bitPattern: line.words[0].load(ordering: .relaxed)))
  }

  func publish(_ now: Instant) { line.words[0].store(UInt64(bitPattern: now.nanoseconds), ordering: .relaxed) }
}
