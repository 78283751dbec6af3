package import HostModel
package import HostPolicy

/// A breaker's state on its way from one process to the next.
package struct KeptBreaker: Sendable, Equatable {
  package let key: DependencyKey
  package let record: BreakerRecord
  /// When the record was made.
  package let at: WallTime
  /// What the dependency last said of a failure, for who asks why.
  package let lastFailure: LastFailure?

  package init(key: DependencyKey, record: BreakerRecord, at: WallTime, lastFailure: LastFailure? = nil) {
    self.key = key
    self.record = record
    self.at = at
    self.lastFailure = lastFailure
  }

  /// How long ago it was made. A wall clock that was set back says nothing: no time has passed then.
  func elapsed(until now: WallTime) -> Duration {
    let (microseconds, overflow) = now.microseconds.subtractingReportingOverflow(at.microseconds)
    return overflow || microseconds < 0 ? .zero : .microseconds(microseconds)
  }
}

extension Dependency {
  func restore(_ kept: KeptBreaker, _ now: WallTime) {
    restore(kept.record, lastFailure: kept.lastFailure, elapsed: kept.elapsed(until: now))
  }

  /// The breaker as it can be kept.
  func kept(at now: WallTime) -> KeptBreaker {
    look { state, instant in
      KeptBreaker(
        key: key, record: state.machine.breaker.record(at: instant), at: now, lastFailure: state.lastFailure)
    }
  }
}
