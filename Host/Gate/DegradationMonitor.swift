package import HostModel
package import HostPolicy
import Synchronization

/// Measures what the levels depend on and reports to the gate what the controllers decide: one controller for the platform
/// and one for each pipeline that the gate knows. Used by one thread at a time.
package final class DegradationMonitor: Sendable {
  private struct State: Sendable {
    var platform: DegradationController
    var pipelines: [String: DegradationController] = [:]
    /// Of pipelines that state their own.
    var configurations: [String: DegradationConfiguration] = [:]
    var latencies: [DependencyKey: LatencyBaseline] = [:]
    var latest: [DependencyKey: LatencyBaseline.Measurement] = [:]
    /// Levels of an earlier process, for pipelines that the gate does not know yet.
    var kept: [String: KeptLevel] = [:]
  }

  private let gate: Gate
  private let window: Duration
  private let state: Mutex<State>

  /// - Parameter window: what the latencies are measured over.
  package init(_ gate: Gate, _ configuration: DegradationConfiguration, window: Duration = .seconds(60)) {
    self.gate = gate
    self.window = window
    state = Mutex(State(platform: DegradationController(configuration)))
  }

  /// Goes on from the levels of an earlier process. Before the first evaluation.
  package func restore(_ levels: [KeptLevel]) {
    state.withLock { state in
      for kept in levels {
        guard let name = kept.pipeline else {
          state.platform = DegradationController(
            state.platform.configuration, level: kept.level, reason: kept.reason)
          report(kept, of: gate.platform)
          continue
        }
        state.kept[name] = kept
      }
    }
  }

  /// The levels as they can be kept across a restart: those that are not normal.
  package func levelsToKeep() -> [KeptLevel] {
    state.withLock { state in
      let own = state.pipelines.map { KeptLevel(pipeline: $0.key, level: $0.value.level, reason: $0.value.reason) }
      let all =
        [KeptLevel(pipeline: nil, level: state.platform.level, reason: state.platform.reason)] + own
        + Array(state.kept.values)
      return all.filter { $0.level != .normal }.sorted { ($0.pipeline ?? "") < ($1.pipeline ?? "") }
    }
  }

  /// The platform's configuration, and that of pipelines that state none, from the next evaluation on.
  package func configure(_ configuration: DegradationConfiguration) {
    state.withLock { state in
      guard state.platform.configuration != configuration else { return }
      state.platform = DegradationController(
        configuration, level: state.platform.level, reason: state.platform.reason)
    }
  }

  /// A pipeline's own configuration, from the next evaluation on; its level stays as it is.
  package func configure(_ scope: LevelScope, _ configuration: DegradationConfiguration) {
    guard let name = scope.name else { return }
    state.withLock { state in
      state.configurations[name] = configuration
      guard let known = state.pipelines[name], known.configuration != configuration else { return }
      state.pipelines[name] = DegradationController(configuration, level: known.level, reason: known.reason)
    }
  }

  /// Looks at everything once. Call it about once a second.
  /// - Parameter machine: what the machine says of itself now.
  package func evaluate(_ machine: MachineSignal, at now: Instant) {
    state.withLock { state in
      let signals = DegradationSignals(machine: machine)
      let configuration = state.platform.configuration
      let decision = state.platform.observed(DegradationRules.conditions(signals, configuration), at: now)
      report(decision, of: gate.platform)
      let dependencies = gate.dependencies.map { ($0, $0.metrics(), $0.uses) }
      for (dependency, metrics, _) in dependencies { measure(dependency.key, metrics, at: now, &state) }
      for scope in gate.pipelines { evaluate(scope, dependencies, at: now, &state) }
    }
  }

  /// When the level of a scope can next change by itself; nil if the measurements have to change first.
  package func nextChange(of scope: LevelScope, at now: Instant) -> Instant? {
    state.withLock { state in
      guard let name = scope.name else { return state.platform.nextChange(at: now) }
      return state.pipelines[name]?.nextChange(at: now)
    }
  }

  private func evaluate(
    _ scope: LevelScope, _ dependencies: [(Dependency, DependencyMetrics, [DependencyUse])], at now: Instant,
    _ state: inout State
  ) {
    guard let name = scope.name else { return }
    let configuration = state.configurations[name] ?? state.platform.configuration
    var controller = state.pipelines[name] ?? begin(scope, name, configuration, &state)
    let signals = dependencies.compactMap { dependency, metrics, uses in
      uses.first { $0.scope === scope }.map { signal(metrics, $0, state.latest[dependency.key], at: now) }
    }
    let conditions = DegradationRules.conditions(DegradationSignals(dependencies: signals), configuration)
    let decision = controller.observed(conditions, at: now)
    state.pipelines[name] = controller
    report(decision, of: scope)
  }

  private func begin(
    _ scope: LevelScope, _ name: String, _ configuration: DegradationConfiguration, _ state: inout State
  ) -> DegradationController {
    guard let kept = state.kept.removeValue(forKey: name) else { return DegradationController(configuration) }
    report(kept, of: scope)
    return DegradationController(configuration, level: kept.level, reason: kept.reason)
  }

  private func measure(
    _ key: DependencyKey, _ metrics: DependencyMetrics, at now: Instant, _ state: inout State
  ) {
    var baseline = state.latencies[key] ?? LatencyBaseline(window: window, at: now)
    state.latest[key] = baseline.observed(metrics.latencies, state.platform.configuration, at: now)
    state.latencies[key] = baseline
  }

  private func signal(
    _ metrics: DependencyMetrics, _ use: DependencyUse, _ latency: LatencyBaseline.Measurement?, at now: Instant
  ) -> DependencySignal {
    DependencySignal(
      metrics.key.description, role: use.role, isUnavailable: metrics.rejection?.isFinal(at: now) ?? false,
      p95: latency?.p95, baseline: latency?.baseline, calls: latency?.calls ?? 0, timeout: use.timeout)
  }

  private func report(_ decision: DegradationController.Decision?, of scope: LevelScope) {
    guard let decision else { return }
    gate.report(decision.level, of: scope, cause: decision.condition.cause, evidence: decision.condition.evidence)
  }

  private func report(_ kept: KeptLevel, of scope: LevelScope) {
    guard let reason = kept.reason else { return }
    gate.report(kept.level, of: scope, cause: reason.cause, evidence: reason.evidence)
  }
}

/// A level on its way from one process to the next.
package struct KeptLevel: Sendable, Equatable {
  /// nil for the platform.
  package let pipeline: String?
  package let level: DegradationLevel
  package let reason: DegradationCondition?

  package init(pipeline: String?, level: DegradationLevel, reason: DegradationCondition?) {
    self.pipeline = pipeline
    self.level = level
    self.reason = reason
  }
}

extension LevelScope {
  /// Tenant and pipeline; nil for the platform.
  package var name: String? { origin.map { "\($0.tenant.name)/\($0.pipeline)" } }
}
