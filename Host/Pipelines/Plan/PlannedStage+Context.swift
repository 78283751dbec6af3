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
      dependency: host.gate.dependency(dependency, policy.gate), origin: origin, pipeline: host.gate.pipeline(origin),
      operation: operation, behaviour: behaviour, tuning: policy.tuning(operation, of: kind),
      cancellation: cancellation, lane: lane)
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
