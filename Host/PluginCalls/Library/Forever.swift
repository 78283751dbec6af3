import Synchronization

/// What is never freed, on purpose: constants that a library shows, and what a call that was given up may still touch.
///
/// A retain whose result nobody uses would not do: the optimiser takes it out.
enum Forever {
  private final class Kept: @unchecked Sendable {
    // Guarded by the mutex below; nothing is ever taken out or looked at.
    var objects: [AnyObject] = []
  }

  private static let kept = Mutex(Kept())

  static func keep(_ object: AnyObject) {
    nonisolated(unsafe) let object = object
    kept.withLock { $0.objects.append(object) }
  }
}
