import HostGate
import HostModel
import HostPluginCalls
import HostPluginRuntime
import HostPolicy
import HostPolicyFile

extension PlannedStage {
  /// What an instance of this stage is made for.
  func context(
    _ host: PipelineHost, origin: CallOrigin, cancellation: Cancellation, lane: LaneGuard?
  ) -> InstanceContext {
    let policy = host.policies.policy(of: name) ?? policy
    return InstanceContext(
      dependency: host.gate.dependency(dependency, gate(policy)), origin: origin, pipeline: scope(host, origin),
      operation: operation, behaviour: behaviour, tuning: policy.tuning(operation, of: kind),
      cancellation: cancellation, lane: lane)
  }

  /// Lets the calls of this stage, and what it is told beside its work, go on by another policy.
  func follow(_ policy: PolicySection, _ host: PipelineHost, origin: CallOrigin) {
    for stage in [self, aside(.ack)] {
      host.gate.reconfigure(stage.dependency, stage.gate(policy), pipeline: stage.scope(host, origin)) {
        policy.tuning($0, of: kind)
      }
    }
  }

  private func gate(_ policy: PolicySection) -> GateConfiguration {
    aside == nil ? policy.gate : policy.gate.withoutBreaker
  }

  private func scope(_ host: PipelineHost, _ origin: CallOrigin) -> LevelScope {
    aside == .ack ? host.gate.aside : host.gate.pipeline(origin)
  }
}

extension GateConfiguration {
  /// Newcomers share a rehearsal's dependency: how one has failed must not keep the next from being tried. And an open
  /// breaker would call for a level, which rows have to wait for.
  fileprivate var withoutBreaker: GateConfiguration {
    var gate = self
    gate.breaker.failureThreshold = nil
    gate.breaker.failurePercent = nil
    gate.breaker.slowPercent = nil
    gate.breaker.consecutiveFailures = nil
    return gate
  }
}

extension PolicySection {
  /// What calls of a stage follow beside their dependency's settings. A detector that a level leaves out is skipped; a stage
  /// that rows have to pass waits for its level.
  func tuning(_ operation: OperationClass, of kind: PluginKind) -> CallTuning {
    CallTuning(
      retry: retry(operation), timeout: timeout(operation), breakerWait: breakerWait,
      levelWait: kind == .detector ? .zero : levelWait)
  }
}
