package import HostModel
import Synchronization

/// Whom a call occupies: told when the call does not come back, so that the lane's work is done by another.
package final class LaneGuard: Sendable {
  package let name: String
  private let whenLost: @Sendable (Failure) -> Void
  private let lost = Atomic<Bool>(false)

  /// - Parameter whenLost: runs once, on the watchdog's thread; the lane itself is stuck in the call.
  package init(name: String, whenLost: @escaping @Sendable (Failure) -> Void) {
    self.name = name
    self.whenLost = whenLost
  }

  /// Whether the lane was written off. What it still does, if its call returns after all, counts for nothing.
  package var isLost: Bool { lost.load(ordering: .acquiring) }

  func lose(_ failure: Failure) {
    if !lost.exchange(true, ordering: .acquiringAndReleasing) { whenLost(failure) }
  }
}
