import Glibc
import HeadracePlugin
import Synchronization

/// Ends what an instance waits for: the host's `cancel`, the call's own flag, or its deadline.
///
/// `cancel` only sets a flag, since it must not block; whoever waits looks at it every 20 ms.
final class Interrupt: Sendable {
  /// The longest that a wait goes on without looking around, in milliseconds.
  private static let slice: Int32 = 20

  private let isCancelled = Atomic(false)

  /// [any thread]
  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// A new call begins; what came too late for the last one does not concern it.
  func reset() { isCancelled.store(false, ordering: .relaxed) }

  /// Throws `cancelled` or `deadlineExceeded`.
  func check(_ call: Call) throws(PluginError) {
    if isCancelled.load(ordering: .relaxed) { throw PluginError(.cancelled, "the call was cancelled") }
    try call.check()
  }

  /// Waits until the descriptor is ready for `events` (`POLLIN`, `POLLOUT`), or for one slice: TLS may hold bytes that
  /// the descriptor does not show. Throws `cancelled` or `deadlineExceeded`.
  func wait(for events: Int32, on descriptor: Int32, _ call: Call) throws(PluginError) {
    try check(call)
    var watched = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
    _ = poll(&watched, 1, Self.milliseconds(until: call))
    try check(call)
  }

  private static func milliseconds(until call: Call) -> Int32 {
    guard let left = call.timeLeft else { return slice }
    let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
    return Int32(min(Int64(slice), milliseconds))
  }
}
