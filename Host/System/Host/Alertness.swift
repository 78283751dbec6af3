import CLinux
import Glibc

/// Whether to go on looking for something before one sleeps until it comes.
///
/// To sleep and to be woken takes about as long as a plugin needs for a small batch. So what came soon the last time is looked for a
/// while; what did not is waited for, until a wait turns out to be short again. On one processor nobody could bring it meanwhile.
struct Alertness {
  private static let pays = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
  /// Nanoseconds of looking, and of a wait that looking would have spared: waking up is a part of it.
  private static let patience: Int64 = 40_000
  private static let short: Int64 = 80_000
  private var isAwake = pays

  /// - Parameter isThere: is asked again and again.
  /// - Returns: whether it came.
  mutating func look(_ isThere: () -> Bool) -> Bool {
    guard isAwake else { return false }
    let end = headrace_monotonic_ns() + Self.patience
    repeat {
      if isThere() { return true }
    } while headrace_monotonic_ns() < end
    isAwake = false
    return false
  }

  /// - Parameter sleep: returns once it is there.
  mutating func wait<R>(_ sleep: () -> R) -> R {
    let began = headrace_monotonic_ns()
    defer { isAwake = Self.pays && headrace_monotonic_ns() - began < Self.short }
    return sleep()
  }
}
