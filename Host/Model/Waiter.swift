/// Why a wait is over.
public enum WaitResult: Sendable {
  case elapsed, cancelled
}

/// Blocks the calling thread. The simulation replaces it, so that waiting takes no real time and is a place where the
/// seed chooses who runs next.
public protocol Waiter: Sendable {
  /// Returns at `instant`, or as soon as `cancellation` is cancelled. Callers hold no lock and no permit.
  func wait(until instant: Instant, cancellation: Cancellation?) -> WaitResult
}
