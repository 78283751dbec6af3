import Synchronization

/// Tells those who work that their work is no longer wanted. Set once, read from any thread.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  private let listeners = Mutex<[Int: @Sendable () -> Void]>([:])
  private let nextKey = Atomic<Int>(0)

  public init() {}

  public var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// Cancels; listeners run once, on this thread. Later calls do nothing.
  public func cancel() {
    guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let pending = listeners.withLock { listeners in
      defer { listeners = [:] }
      return Array(listeners.values)
    }
    for listener in pending { listener() }
  }

  /// Calls `listener` when cancelled, at once if that has happened.
  ///
  /// - Returns: a key for `removeListener`.
  public func addListener(_ listener: @escaping @Sendable () -> Void) -> Int {
    let key = nextKey.add(1, ordering: .relaxed).newValue
    let runsNow = listeners.withLock { listeners in
      if isCancelled { return true }
      listeners[key] = listener
      return false
    }
    if runsNow { listener() }
    return key
  }

  public func removeListener(_ key: Int) {
    listeners.withLock { $0[key] = nil }
  }
}
