import CLinux
import Glibc

/// Whether to go on looking for something before one sleeps until it comes.
///
/// To sleep and to be woken takes about as long as a plugin needs for a small batch. So what came soon the last time is looked for a
/// while; what did not is waited for, until a wait turns out to be short again. On one processor nobody could bring it meanwhile.
struct Alertness {
  private static let pays = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
  /// Nanoseconds of looking.
  private static let patience: Int64 = 50_000
  /// Nanoseconds of a whole wait that looking would have spared: waking up is a part of it.
  private static let short: Int64 = 70_000
  private var isAwake = pays
  /// How long one has looked in vain.
  private var looked: Int64 = 0

  /// - Parameter isThere: is asked again and again.
  /// - Returns: whether it came.
  mutating func look(_ isThere: () -> Bool) -> Bool {
    guard isAwake else { return false }
    let began = headrace_monotonic_ns()
    looked = 0
    while looked < Self.patience {
      if isThere() { return true }
      // Where processors are scarce, whoever brings it may be waiting for ours.
      sched_yield()
      looked = headrace_monotonic_ns() - began
    }
    return false
  }

  /// After `look` was in vain.
  ///
  /// - Parameter sleep: returns once it is there.
  mutating func wait<R>(_ sleep: () -> R) -> R {
    let began = headrace_monotonic_ns() - looked
    defer {
      isAwake = Self.pays && headrace_monotonic_ns() - began < Self.short
      looked = 0
    }
    return sleep()
  }
}
