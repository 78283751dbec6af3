package import HostModel
package import HostPolicy
import Synchronization

/// The one way by which the host calls plugins and servers.
///
/// Dependencies are made once and kept for the gate's life. Any thread.
package final class Gate: Sendable {
  private struct Registry {
    var dependencies = DependencyTable()
    var pipelines: [String: LevelScope] = [:]
    /// Breakers as they were kept, until somebody asks for their dependency.
    var kept: [DependencyKey: KeptBreaker] = [:]
    /// What operators hold, for dependencies that are not made yet.
    var holds: [String: Breaker.Command] = [:]
    private var known: [GateConfiguration: GateSettings] = [:]

    /// One for all that have the same configuration.
    mutating func settings(_ configuration: GateConfiguration) -> GateSettings {
      if let settings = known[configuration] { return settings }
      // Sharing saves memory and nothing depends on it: policies that come and go are not collected.
      if known.count >= 256 { known = [:] }
      let made = GateSettings(configuration)
      known[configuration] = made
      return made
    }
  }

  private static let fewDependencies = 64

  let environment: GateEnvironment
  private let registry = Mutex(Registry())
  /// Levels change one at a time, so that their events come in the order of the changes.
  private let levels = Mutex(())

  /// - Parameters:
  ///   - waiter: blocks a caller between two attempts.
  ///   - seed: of jitter and nothing else.
  ///   - sink: gets every event, on the thread that caused it, under no lock of the gate's. It must not block for long.
  package init(
    clock: any Clock, waiter: any Waiter, seed: UInt64, sink: @escaping @Sendable (GateEvent) -> Void = { _ in }
  ) {
    environment = GateEnvironment(clock: clock, waiter: waiter, seed: seed, sink: sink)
  }

  /// The dependency of that key; made now, with that configuration, if there is none.
  package func dependency(_ key: DependencyKey, _ configuration: GateConfiguration = .init()) -> Dependency {
    let (dependency, hold) = registry.withLock { registry -> (Dependency, Breaker.Command?) in
      if let known = registry.dependencies[key] { return (known, nil) }
      let made = Dependency(key, registry.settings(configuration), environment)
      if let kept = registry.kept.removeValue(forKey: key) { made.restore(kept, environment.clock.wallTime()) }
      registry.dependencies.insert(made)
      return (made, registry.holds[key.description])
    }
    if let hold { dependency.command(hold) }
    return dependency
  }

  /// Lets a dependency go on by another policy; does nothing for one that is not made yet.
  package func reconfigure(
    _ key: DependencyKey, _ configuration: GateConfiguration, pipeline: LevelScope,
    tuning: (OperationClass) -> CallTuning
  ) {
    let (dependency, settings) = registry.withLock { registry in
      (registry.dependencies[key], registry.settings(configuration))
    }
    dependency?.reconfigure(settings, pipeline: pipeline, tuning: tuning)
  }

  /// What breakers that are made later begin with, by the name of their dependency; replaces what was said before.
  package func hold(_ holds: [String: Breaker.Command]) { registry.withLock { $0.holds = holds } }

  /// Every dependency, in the order in which they were made.
  private var all: [Dependency] { registry.withLock { $0.dependencies.all } }

  /// Every dependency, by key.
  package var dependencies: [Dependency] {
    all.sorted { $0.key < $1.key }
  }

  /// Breakers of an earlier process, for dependencies that are not made yet.
  package func restore(_ breakers: [KeptBreaker]) {
    registry.withLock { registry in
      for breaker in breakers where registry.dependencies[breaker.key] == nil { registry.kept[breaker.key] = breaker }
    }
  }

  /// Every breaker as it can be kept across a restart; in no order, those of an earlier process that
  /// nobody has asked for included.
  package func breakersToKeep() -> [KeptBreaker] {
    let now = environment.clock.wallTime()
    let (made, unasked) = registry.withLock { ($0.dependencies.all, Array($0.kept.values)) }
    var kept = unasked
    kept.reserveCapacity(unasked.count + made.count)
    for dependency in made { kept.append(dependency.kept(at: now)) }
    return kept
  }

  /// The pipelines that have a level of their own.
  package var pipelines: [LevelScope] {
    registry.withLock { Array($0.pipelines.values) }.sorted {
      ($0.origin?.pipeline ?? "") < ($1.origin?.pipeline ?? "")
    }
  }

  /// The platform's level.
  package var platform: LevelScope { environment.platform }

  /// The level of a pipeline; made now, normal, if there is none. Its identity is tenant and name; the stream is left out.
  package func pipeline(_ origin: CallOrigin) -> LevelScope {
    registry.withLock { registry in
      let name = "\(origin.tenant.name)\u{0}\(origin.pipeline)"
      if let known = registry.pipelines[name] { return known }
      let own = CallOrigin(tenant: origin.tenant, sourceID: origin.sourceID, pipeline: origin.pipeline)
      let made = LevelScope(origin: own)
      registry.pipelines[name] = made
      return made
    }
  }

  /// The level of calls that no pipeline's level depends on, nor they on it: always normal, under the platform's.
  package let aside = LevelScope(origin: nil)

  /// Conditions call for a level. Whoever reports has waited until they held.
  package func report(
    _ level: DegradationLevel, of scope: LevelScope, cause: DegradationCause, evidence: DegradationEvidence? = nil
  ) {
    change(scope) { $0.levelReported(level, cause: cause, evidence: evidence) }
  }

  /// An operator holds a level; nil lets it follow the reports again.
  package func pin(_ level: DegradationLevel?, of scope: LevelScope) {
    change(scope) { $0.pinned(to: level) }
  }

  /// A plugin's process or library is gone: its breakers open, whatever endpoint they are for.
  package func instanceLost(plugin: String, _ status: Status) {
    for dependency in all where dependency.key.plugin == plugin { dependency.command(.instanceLost(status)) }
  }

  /// Publishes the time, moves the windows and tells what has gathered. Call it every few milliseconds, from one thread;
  /// from the first time on, calls that need no times of their own take the time from here.
  package func tick() {
    environment.coarse.publish(from: environment.clock)
    environment.isTicking.store(true, ordering: .releasing)
    for dependency in all { dependency.tick() }
  }

  /// Ticks until cancelled, on the caller's thread. Afterwards calls read the clock themselves again.
  ///
  /// Few dependencies are all looked at each time. Of very many each has its turn within twenty ticks, except that those
  /// with calls that wait for a slot are always looked at: nothing else is in a hurry.
  package func runTicker(every interval: Duration, cancellation: Cancellation) {
    var turn = 0
    repeat {
      environment.coarse.publish(from: environment.clock)
      environment.isTicking.store(true, ordering: .releasing)
      let all = all
      let share = max(Self.fewDependencies, all.count / 20)
      for (number, dependency) in all.enumerated() where dependency.isInHurry || (turn..<turn + share).contains(number)
      {
        dependency.tick()
      }
      turn = turn + share < all.count ? turn + share : 0
      let next = environment.clock.now().advanced(by: interval)
      _ = environment.waiter.wait(until: next, cancellation: cancellation)
    } while !cancellation.isCancelled
    environment.isTicking.store(false, ordering: .releasing)
    environment.coarse.stop()
    for dependency in all { dependency.refresh() }
  }

  private func change(_ scope: LevelScope, _ body: (inout DegradationScope) -> DegradationScope.Change?) {
    let event = levels.withLock { _ -> GateEvent? in
      guard let change = scope.change(body) else { return nil }
      for dependency in all { dependency.refresh() }
      return environment.event(.level(change), origin: scope.origin, at: environment.clock.now())
    }
    if let event { environment.emit([event]) }
  }
}
