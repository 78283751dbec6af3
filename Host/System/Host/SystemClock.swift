import CLinux
package import HostModel

/// The clocks of this machine.
package struct SystemClock: Clock {
  private let countsTicks = headrace_has_counter() != 0

  package init() {}

  package func now() -> Instant { Instant(nanoseconds: headrace_monotonic_ns()) }

  package func wallTime() -> WallTime { WallTime(microseconds: headrace_realtime_us()) }

  package func ticks() -> UInt64 { countsTicks ? headrace_counter() : UInt64(bitPattern: now().nanoseconds) }
}
