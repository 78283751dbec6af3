import HostModel
import HostPolicy
import Synchronization

/// The part of a call site that its dependency keeps: the words of the fast path and what they are computed from.
final class SiteCore: Sendable {
  /// Word 0 is the `SiteWord`, word 1 the lease; the latencies begin on a line of their own.
  static let firstLatency = 16

  let terms: CallTerms
  let operation: OperationClass
  let origin: CallOrigin
  let pipeline: LevelScope
  let lines = CacheLines(words: SiteCore.firstLatency + LatencyHistogram.bucketCount)

  init(terms: CallTerms, operation: OperationClass, origin: CallOrigin, pipeline: LevelScope) {
    self.terms = terms
    self.operation = operation
    self.origin = origin
    self.pipeline = pipeline
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
