public import Synchronization

/// The caller's wish that a piece of work end early. Set once, never taken back.
///
/// Any thread may ask or cancel. Handlers run on the thread that cancels, outside of any lock; they must not block.
public final class Cancellation: Sendable {
  /// Names a handler, so that it can be taken away when the work it would interrupt is over.
  public struct Registration: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  private struct Handlers {
    var next: UInt64 = 0
    var waiting: [UInt64: @Sendable () -> Void] = [:]
  }

  @usableFromInline let flag = Atomic<Bool>(false)
  private let handlers = Mutex(Handlers())

  public init() {}

  @inlinable public var isCancelled: Bool { flag.load(ordering: .acquiring) }

  public func cancel() {
    let due = handlers.withLock { handlers -> [@Sendable () -> Void] in
      flag.store(true, ordering: .releasing)
      defer { handlers.waiting = [:] }
      return handlers.waiting.sorted { $0.key < $1.key }.map(\.value)
    }
    for handler in due { handler() }
  }

  /// Runs `handler` once upon cancellation; at once, on this thread, if that has happened already.
  public func onCancel(_ handler: @escaping @Sendable () -> Void) -> Registration {
    let (registration, isLate) = handlers.withLock { handlers -> (Registration, Bool) in
      let number = handlers.next
      handlers.next += 1
      let isLate = flag.load(ordering: .relaxed)
      if !isLate { handlers.waiting[number] = handler }
      return (Registration(number: number), isLate)
    }
    if isLate { handler() }
    return registration
  }

  /// Forgets a handler. It may still be running on another thread when this returns.
  public func remove(_ registration: Registration) {
    handlers.withLock { _ = $0.waiting.removeValue(forKey: registration.number) }
  }
}
