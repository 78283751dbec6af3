/// A lock with a condition to wait for: the one thing that lanes wait on.
///
/// In the simulation every wait is a place where the seed chooses who runs next and virtual time moves.
public protocol Monitor: AnyObject, Sendable {
  func lock()
  func unlock()

  /// Gives up the lock until `signalAll` or `deadline`, and takes it again. Wakes may be spurious: test the condition.
  ///
  /// - Returns: false if the deadline has passed.
  func wait(until deadline: Instant) -> Bool

  /// Wakes all who wait. The lock is held by the caller.
  func signalAll()
}

extension Monitor {
  public func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    lock()
    defer { unlock() }
    return try body()
  }
}

/// A running lane, to be waited for.
public protocol LaneHandle: Sendable {
  /// Returns once the lane's body has returned.
  func join()
}

/// Where blocking work runs: threads of the host's own, never Swift's cooperative pool.
public protocol Lanes: Sendable {
  /// Starts `body` on a thread of its own.
  ///
  /// - Throws: a `Failure` of the environment when no thread can be had.
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) -> any LaneHandle

  func makeMonitor() -> any Monitor
}
