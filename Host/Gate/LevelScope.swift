package import HostPolicy
import Synchronization

/// The degradation level of the platform or of one pipeline, as calls read it. Set through the `Gate`.
package final class LevelScope: Sendable {
  /// The pipeline; nil for the platform.
  package let origin: CallOrigin?
  private let scope = Mutex(DegradationScope())
  private let published = Atomic<UInt8>(DegradationLevel.normal.rawValue)

  init(origin: CallOrigin?) { self.origin = origin }

  package var level: DegradationLevel {
    DegradationLevel(rawValue: published.load(ordering: .acquiring)) ?? .emergency
  }

  /// What was reported, what is pinned, and why the level is what it is.
  package var state: DegradationScope { scope.withLock { $0 } }

  func change(_ body: (inout DegradationScope) -> DegradationScope.Change?) -> DegradationScope.Change? {
    scope.withLock { scope in
      let change = body(&scope)
      published.store(scope.level.rawValue, ordering: .releasing)
      return change
    }
  }
}
