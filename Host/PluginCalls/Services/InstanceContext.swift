package import HostGate
package import HostModel
package import HostPolicy

/// What an instance is made for: on whose behalf it is called, under which policy, and with which services.
package struct InstanceContext: Sendable {
  package var dependency: Dependency
  package var origin: CallOrigin
  /// The level of the pipeline, beside the platform's.
  package var pipeline: LevelScope
  package var operation: OperationClass
  package var behaviour: StageBehaviour
  /// What the policy says of the calls.
  package var tuning: CallTuning
  package var cancellation: Cancellation
  package var lane: LaneGuard?

  package init(
    dependency: Dependency, origin: CallOrigin, pipeline: LevelScope, operation: OperationClass,
    behaviour: StageBehaviour, tuning: CallTuning, cancellation: Cancellation, lane: LaneGuard? = nil
  ) {
    self.dependency = dependency
    self.origin = origin
    self.pipeline = pipeline
    self.operation = operation
    self.behaviour = behaviour
    self.tuning = tuning
    self.cancellation = cancellation
    self.lane = lane
  }
}
