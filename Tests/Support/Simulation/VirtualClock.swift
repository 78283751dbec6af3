package import HostModel
import Synchronization

/// A clock that stands still until it is moved: by a test, or by a `Simulation` when none of its lanes can run.
///
/// Monotonic time begins at 0. Calendar time goes along with it and can jump, as that of real machines does.
package final class VirtualClock: Clock {
  private let nanoseconds = Atomic<Int64>(0)
  private let wallOffset: Atomic<Int64>

  /// - Parameter start: the calendar time of instant 0.
  package init(start: WallTime = WallTime(microseconds: 1_767_225_600_000_000)) {
    wallOffset = Atomic(start.microseconds)
  }

  package func now() -> Instant { Instant(nanoseconds: nanoseconds.load(ordering: .acquiring)) }

  package func wallTime() -> WallTime {
    WallTime(microseconds: nanoseconds.load(ordering: .acquiring) / 1000 + wallOffset.load(ordering: .acquiring))
  }

  package func advance(by duration: Duration) { advance(to: now().advanced(by: duration)) }

  /// Moves monotonic time forward; an instant that has passed changes nothing.
  package func advance(to instant: Instant) { nanoseconds.max(instant.nanoseconds, ordering: .acquiringAndReleasing) }

  /// Sets calendar time forward or back, which monotonic time does not notice.
  package func jumpWallTime(by duration: Duration) {
    wallOffset.add(duration.wholeNanoseconds / 1000, ordering: .acquiringAndReleasing)
  }
}
