package import HostModel
package import HostPolicy

/// A breaker's state on its way from one process to the next.
package struct KeptBreaker: Sendable, Equatable {
  package let key: DependencyKey
  package let record: BreakerRecord
  /// When the record was made.
  package let at: WallTime

  package init(key: DependencyKey, record: BreakerRecord, at: WallTime) {
    self.key = key
    self.record = record
    self.at = at
  }

  /// How long ago it was made. A wall clock that was set back says nothing: no time has passed then.
  func elapsed(until now: WallTime) -> Duration {
    let (microseconds, overflow) = now.microseconds.subtractingReportingOverflow(at.microseconds)
    return overflow || microseconds < 0 ? .zero : .microseconds(microseconds)
  }
}

extension Dependency {
  func restore(_ kept: KeptBreaker, _ now: WallTime) { restore(kept.record, elapsed: kept.elapsed(until: now)) }
}
