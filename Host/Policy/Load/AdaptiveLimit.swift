import HostModel

/// How many calls may be in flight, found from how long they take.
///
/// A gradient algorithm, in the form of Netflix's concurrency-limits (`Gradient2Limit`, Apache 2.0; the formula is theirs, the
/// code is ours): while calls take as long as they usually do the limit grows, and it shrinks as they take longer.
/// 1. The usual latency is a moving average over `longWindow` samples.
/// 2. `gradient = clamp(tolerance * usual / latency, 0.5...1)`
/// 3. `wanted = limit * gradient + sqrt(limit)`: the root is the queue that is allowed for.
/// 4. The limit moves towards `wanted` by `smoothing`, within `minimum...maximum`.
/// It does not grow while less than half of it is used, since nothing was learnt about more. A call that the dependency
/// refused for its load, or did not answer in time, shrinks the limit by a tenth.
package struct AdaptiveLimit: Sendable, Equatable {
  package struct Configuration: Sendable, Hashable {
    /// The limit never goes below; 1 still lets one call after another through.
    package var minimum: Int
    package var initial: Int
    /// The limit never goes above.
    package var maximum: Int
    /// How much longer than usual a call may take before the limit shrinks. 1 shrinks at any growth.
    package var tolerance: Double
    /// How far the limit moves at once. 1 follows each sample.
    package var smoothing: Double
    /// Samples that the usual latency is an average of.
    package var longWindow: Int

    package init(
      minimum: Int = 1, initial: Int = 20, maximum: Int = 200, tolerance: Double = 1.5, smoothing: Double = 0.2,
      longWindow: Int = 600
    ) {
      self.minimum = max(1, minimum)
      self.maximum = max(self.minimum, maximum)
      self.initial = min(max(self.minimum, initial), self.maximum)
      self.tolerance = tolerance.isFinite ? max(1, tolerance) : 1.5
      self.smoothing = smoothing.isFinite ? min(max(0.01, smoothing), 1) : 0.2
      self.longWindow = max(1, longWindow)
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
    if isDropped { return move(to: exact * 0.9) }
    let sample = Double(max(1, latency.wholeNanoseconds))
    learn(sample)
    let gradient = min(1, max(0.5, configuration.tolerance * usual / sample))
    let wanted = exact * gradient + exact.squareRoot()
    guard wanted <= exact || inFlight * 2 >= limit else { return }
    move(to: exact + (wanted - exact) * configuration.smoothing)
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
