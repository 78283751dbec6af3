public import HostModel
public import Synchronization

/// The time as the ticker last published it, for the price of a load; and how fast the clock's counter runs.
@usableFromInline
final class CoarseClock: Sendable {
  /// Word 0 is the time, word 1 what a tick of the clock's counter lasts: a `TickRate.Nanoseconds`, `unknown` while nobody
  /// measures it.
  @usableFromInline let line = CacheLines(words: 2)
  private let measurement = Mutex(TickRate())

  init() {}

  @inlinable var now: Instant {
    Instant(nanoseconds: Int64(bitPattern: line.words[0].load(ordering: .relaxed)))
  }

  /// Publishes the clock's time and measures its counter.
  func publish(from clock: any Clock) {
    let before = clock.ticks()
    let now = clock.now()
    let after = clock.ticks()
    line.words[0].store(UInt64(bitPattern: now.nanoseconds), ordering: .relaxed)
    guard let rate = measurement.withLock({ $0.measure(now, between: before, and: after) }) else { return }
    line.words[1].store(rate.bits, ordering: .relaxed)
  }

  /// Nobody publishes any more.
  func stop() {
    line.words[1].store(TickRate.Nanoseconds.unknown.bits, ordering: .relaxed)
    measurement.withLock { $0 = TickRate() }
  }
}
