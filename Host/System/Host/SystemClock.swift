import CLinux
package import HostModel

/// The clocks of this machine.
package struct SystemClock: Clock {
  package init() {}

  package func now() -> Instant { Instant(nanoseconds: headrace_monotonic_ns()) }

  package func wallTime() -> WallTime { WallTime(microseconds: headrace_realtime_us()) }
}
