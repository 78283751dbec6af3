import HostModel
import HostPolicy
import Synchronization

/// The part of a call site that its dependency keeps: the words of the fast path and what they are computed from.
final class SiteCore: Sendable {
  /// Word 0 is the `SiteWord`, word 1 the lease, words 2 to 4 what the policy says of calls (`SiteTuning`); the latencies
  /// begin on a line of their own.
  static let firstLatency = 16

  private let tunedTerms: Mutex<CallTerms>
  let operation: OperationClass
  let origin: CallOrigin
  let pipeline: LevelScope
  let lines = CacheLines(words: SiteCore.firstLatency + LatencyHistogram.bucketCount)

  init(terms: CallTerms, operation: OperationClass, origin: CallOrigin, pipeline: LevelScope) {
    tunedTerms = Mutex(terms)
    self.operation = operation
    self.origin = origin
    self.pipeline = pipeline
  }

  var terms: CallTerms { tunedTerms.withLock { $0 } }

  /// - Parameter configuration: the dependency's.
  func tune(_ tuning: CallTuning?, _ configuration: GateConfiguration) {
    let terms = tunedTerms.withLock { terms in
      if let tuning { terms = terms.tuned(tuning) }
      return terms
    }
    let timeout = terms.timeout.map { max(0, $0.wholeNanoseconds) } ?? .max
    let slow = configuration.breaker.needsLatencies ? configuration.breaker.slowDuration.wholeNanoseconds : .max
    SiteTuning.store(timeout, slow, isLimited: configuration.maxInFlight != nil, in: lines.words)
  }

  var word: SiteWord { SiteWord(bits: lines.words[0].load(ordering: .acquiring)) }

  /// Takes the successes out, whatever else the word says, and returns it as it was.
  func harvest() -> SiteWord { replace { $0.emptied } }

  /// Puts a word without successes in place and returns the one that was there, successes included.
  func publish(_ word: SiteWord) -> SiteWord { replace { _ in word } }

  private func replace(_ next: (SiteWord) -> SiteWord) -> SiteWord {
    var current = lines.words[0].load(ordering: .relaxed)
    while true {
      let wanted = next(SiteWord(bits: current)).bits
      let (exchanged, original) = lines.words[0].compareExchange(
        expected: current, desired: wanted, ordering: .acquiringAndReleasing)
      if exchanged { return SiteWord(bits: original) }
      current = original
    }
  }

  func record(latencyNanoseconds: Int64) {
    let bucket = LatencyHistogram.bucket(ofNanoseconds: latencyNanoseconds)
    lines.words[Self.firstLatency + bucket].add(1, ordering: .relaxed)
  }

  func addLatencies(to histogram: inout LatencyHistogram) {
    for bucket in 0..<LatencyHistogram.bucketCount {
      let count = lines.words[Self.firstLatency + bucket].load(ordering: .relaxed)
      if count > 0 { histogram.add(count, toBucket: bucket) }
    }
  }
}

/// What the fast path has to know of the policy, beside the site's word. A change reaches calls that begin after it.
@usableFromInline
enum SiteTuning {
  /// What an attempt may take, in nanoseconds; `Int64.max` if only the deadline counts.
  @inlinable static var timeout: Int { 2 }
  /// A call that takes this long is the machine's to count; `Int64.max` if slow calls do not matter.
  static let slow = 3
  /// 1 if there is a bulkhead.
  @inlinable static var limited: Int { 4 }

  static func store(
    _ timeoutNanoseconds: Int64, _ slowNanoseconds: Int64, isLimited: Bool,
    in words: UnsafeMutablePointer<Atomic<UInt64>>
  ) {
    words[timeout].store(UInt64(bitPattern: timeoutNanoseconds), ordering: .relaxed)
    words[slow].store(UInt64(bitPattern: slowNanoseconds), ordering: .relaxed)
    words[limited].store(isLimited ? 1 : 0, ordering: .relaxed)
  }
}
