import HostModel

/// How many calls may be in flight, found from how long they take.
///
/// A gradient algorithm, in the form of Netflix's concurrency-limits (`Gradient2Limit`, Apache 2.0; the formula is theirs, the
/// code is ours): while calls take as long as they usually do the limit grows, and it shrinks as they take longer.
/// 1. The usual latency is a moving average over `longWindow` samples.
/// 2. `gradient = clamp(tolerance * usual / latency, 0.5...1)`
/// 3. `wanted = limit * gradient + queue`: the queue that is allowed for is the root of the limit unless stated.
/// 4. The limit moves towards `wanted` by `smoothing`, within `minimum...maximum`.
/// It does not grow while less than half of it is used, since nothing was learnt about more. A call that the dependency
/// refused for its load, or did not answer in time, says nothing of how long calls take: the limit is multiplied by
/// `dropFactor` at once, however little of it is used. Theirs leaves that to another algorithm.
///
/// Since the gradient is never below a half, latency alone does not shrink the limit below twice the queue (4 for the
/// root): only drops take it further.
package struct AdaptiveLimit: Sendable, Equatable {
  package struct Configuration: Sendable, Hashable {
    /// The calls in flight beyond what the gradient allows: what the limit grows by.
    package enum Queue: Sendable, Hashable {
      /// The root of the limit: quick while it is low, and a small part of it when it is high.
      case root
      /// Always so many. 1 grows slowest; values below are 1, or the limit would never grow.
      case constant(Int)
    }

    /// No limit is higher: as many calls in flight are none.
    package static let mostCalls = 1_000_000

    /// The limit never goes below; 1 still lets one call after another through.
    package var minimum: Int
    package var initial: Int
    /// The limit never goes above. The same as `minimum` holds it there.
    package var maximum: Int
    /// How much longer than usual a call may take before the limit shrinks. 1 shrinks at any growth; a very large one
    /// leaves only drops to shrink it.
    package var tolerance: Double
    /// How far the limit moves at once. 1 follows each sample; 0.01, the least, hardly any.
    package var smoothing: Double
    /// Samples that the usual latency is an average of. 1 takes each call for usual, so that nothing ever shrinks; very
    /// many keep to the first that were seen.
    package var longWindow: Int
    package var queue: Queue
    /// What a drop leaves of the limit. 1 ignores drops; 0, or less, goes to the minimum at the first.
    package var dropFactor: Double

    package init(
      minimum: Int = 1, initial: Int = 20, maximum: Int = 200, tolerance: Double = 1.5, smoothing: Double = 0.2,
      longWindow: Int = 600, queue: Queue = .root, dropFactor: Double = 0.9
    ) {
      self.minimum = min(max(1, minimum), Self.mostCalls)
      self.maximum = min(max(self.minimum, maximum), Self.mostCalls)
      self.initial = min(max(self.minimum, initial), self.maximum)
      self.tolerance = tolerance.isFinite ? max(1, tolerance) : 1.5
      self.smoothing = smoothing.isFinite ? min(max(0.01, smoothing), 1) : 0.2
      self.longWindow = max(1, longWindow)
      self.queue = queue
      self.dropFactor = dropFactor.isFinite ? min(max(0, dropFactor), 1) : 0.9
    }
  }

  package let configuration: Configuration
  private var exact: Double
  private var usual: Double = 0
  private var samples = 0

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    exact = Double(configuration.initial)
  }

  package var limit: Int { Int(exact.rounded(.down)) }

  /// A call ended.
  /// - Parameters:
  ///   - inFlight: how many there were, this one included.
  ///   - isDropped: the dependency refused it for its load or did not answer in time.
  package mutating func callEnded(latency: Duration, inFlight: Int, isDropped: Bool) {
    if isDropped { return move(to: exact * configuration.dropFactor) }
    let sample = Double(max(1, latency.wholeNanoseconds))
    learn(sample)
    let gradient = min(1, max(0.5, configuration.tolerance * usual / sample))
    let wanted = exact * gradient + queue
    // At least half, without doubling what may be any number.
    guard wanted <= exact || inFlight >= limit - limit / 2 else { return }
    move(to: exact + (wanted - exact) * configuration.smoothing)
  }

  private var queue: Double {
    switch configuration.queue {
    case .root: exact.squareRoot()
    case .constant(let calls): Double(max(1, calls))
    }
  }

  /// The first samples are averaged as they are, so that the first of all does not weigh for ever.
  private mutating func learn(_ sample: Double) {
    samples = min(samples + 1, configuration.longWindow)
    usual += (sample - usual) / Double(samples)
    // After an outage the usual would be far too long for a long time.
    if usual > sample * 2 { usual *= 0.95 }
  }

  private mutating func move(to next: Double) {
    exact = min(max(Double(configuration.minimum), next), Double(configuration.maximum))
  }
}
