import HostModel
package import HostPolicy
public import Synchronization

/// Where a stage makes its calls to one dependency, made once and used for every call.
///
/// Its counters are its own, so that stages do not share a cache line: one site for each stage and lane. Sharing a site
/// between threads is correct and slower.
public final class CallSite: @unchecked Sendable {
  // Unchecked for the pointers: they point into memory of `core` and of the gate's clock, both of which this keeps.
  package let dependency: Dependency
  package var terms: CallTerms { core.terms }
  package let operation: OperationClass
  package let origin: CallOrigin
  package let pipeline: LevelScope
  let core: SiteCore

  /// The site's word and its lease.
  @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
  @usableFromInline let coarse: CoarseClock
  /// The coarse clock's words, which it keeps: time and rate.
  let coarseWords: UnsafeMutablePointer<Atomic<UInt64>>
  let now: @Sendable () -> Instant
  let ticks: @Sendable () -> UInt64

  /// - Parameters:
  ///   - pipeline: the level that the calls follow beside the platform's.
  ///   - retry: nil for the operation's row of the specification's table.
  ///   - timeout: the longest that an attempt may take; nil leaves it to each call's deadline.
  ///   - breakerWait: how long a call waits for a breaker that refuses it; zero rejects it at once.
  ///   - levelWait: how long a call waits for a level at which it is made; zero rejects it at once.
  package init(
    _ dependency: Dependency, operation: OperationClass, feature: Feature, variant: FeatureMode, isIdempotent: Bool,
    origin: CallOrigin, pipeline: LevelScope, retry: RetryConfiguration? = nil, timeout: Duration? = nil,
    breakerWait: Duration = .zero, levelWait: Duration = .zero
  ) {
    self.dependency = dependency
    self.operation = operation
    self.origin = origin
    self.pipeline = pipeline
    let terms = CallTerms(
      feature, variant: variant, retry: retry ?? operation.retry, isIdempotent: isIdempotent, timeout: timeout,
      breakerWait: breakerWait, levelWait: levelWait)
    core = SiteCore(terms: terms, operation: operation, origin: origin, pipeline: pipeline)
    words = core.lines.words
    coarse = dependency.environment.coarse
    coarseWords = coarse.line.words
    now = dependency.environment.now
    ticks = dependency.environment.ticks
    dependency.add(core)
  }

  deinit { dependency.remove(core) }
}
